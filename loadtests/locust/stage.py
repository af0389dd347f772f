"""What the users of one process share: cast, play, ledger; options; the check at the end."""

from __future__ import annotations

import logging
import time
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event
from locust import events

from loadtests.locust import talk
from loadtests.locust.cast import CAST, Cast
from loadtests.locust.ledger import Ledger
from loadtests.locust.play import Play

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locust.env import Environment

    from loadtests.locust.cast import Player
    from loadtests.locust.follower import Follower

log = logging.getLogger(__name__)

SPEED = 5_000.0
_PATIENCE = 30.0


class Stage:
    """``followers`` are the subscribers who are there; ``is_ending`` tells users to hold still,
    connected, until everybody has everything."""

    def __init__(self, environment: Environment) -> None:
        options = environment.parsed_options
        if options is None:
            raise AssertionError("the test begins without its options")
        self._environment = environment
        self.options = options
        self.cast = Cast.load(Path(options.cast))
        self.ledger = Ledger(self._on_breach)
        self.followers: set[Follower] = set()
        self.is_ending = Event()
        part, parts = _share(environment)
        path = Path(options.trace) if options.trace else None
        self.play = Play(
            self.cast, lambda: talk.messages(path), float(options.trace_speed), part, parts
        )
        people = self.cast.people[part::parts] or self.cast.people
        # In the trace the busiest come first; a user may be anybody.
        self._players: Iterator[Player] = cycle(Random(7).sample(people, len(people)))

    def player(self) -> Player:
        """Somebody for a user to be; in a large load several users are the same person."""
        return next(self._players)

    def settle(self) -> None:
        """End the play, and wait until everybody has everything; report what is missing."""
        self.play.stop(_PATIENCE)
        self.is_ending.set()
        until = time.monotonic() + _PATIENCE
        while self._someone_waits() and time.monotonic() < until:
            gevent.sleep(0.1)
        for follower in list(self.followers):
            follower.complain_of_missing()

    def _someone_waits(self) -> bool:
        return any(follower.is_waiting for follower in list(self.followers))

    def _on_breach(self, text: str) -> None:
        log.error("BREACH: %s", text)
        self._environment.process_exit_code = 1
        self._environment.events.request.fire(
            request_type="CHECK",
            name="the protocol is kept",
            response_time=0,
            response_length=0,
            exception=BrokenPromise(text),
            context={},
        )


class BrokenPromise(Exception):
    """An activity was missing, doubled, reordered or unauthorised."""


_current: list[Stage] = []


def stage() -> Stage:
    """The stage of the test that is running."""
    return _current[0]


def _share(environment: Environment) -> tuple[int, int]:
    """Which part of the load this process carries, of how many (``locust --processes``)."""
    runner: Any = environment.runner
    options: Any = environment.parsed_options
    parts = max(1, options.processes or 1)
    return max(0, getattr(runner, "worker_index", 0)) % parts, parts


@events.init_command_line_parser.add_listener
def _add_options(parser: Any) -> None:
    own = parser.add_argument_group("Headrace")
    own.add_argument("--cast", default=str(CAST), help="the file that setup wrote")
    own.add_argument("--trace", default="", help="a trace to play (csv.gz); default: the real year")
    own.add_argument(
        "--trace-speed",
        type=float,
        default=SPEED,
        help="seconds of the trace that go by in one; 5,000 is about 25 activities a second",
    )
    own.add_argument(
        "--storm-every",
        type=float,
        default=0.0,
        help="seconds after which all connections are cut at once, again and again; 0: never",
    )
    own.add_argument(
        "--day-seconds", type=float, default=240.0, help="how long a working day takes (day)"
    )
    own.add_argument(
        "--step-users", type=int, default=100, help="users that come with each step (capacity)"
    )
    own.add_argument(
        "--step-seconds", type=float, default=20.0, help="how long a step takes (capacity)"
    )
    own.add_argument(
        "--most-ms",
        type=float,
        default=250.0,
        help="delivery p99 in milliseconds up to which a machine carries its users (capacity)",
    )


@events.test_start.add_listener
def _begin(environment: Environment, **_: object) -> None:
    _current[:] = [Stage(environment)]


@events.test_stopping.add_listener
def _end(environment: Environment, **_: object) -> None:
    if _current:
        stage().settle()


@events.quitting.add_listener
def _report(environment: Environment, **_: object) -> None:
    if _current and not stage().ledger.breaches and not environment.stats.total.num_failures:
        log.info("Nothing was missing, doubled, reordered or unauthorised.")
