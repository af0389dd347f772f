"""The talk, played: what is due next and when, for all writers of a process together."""

from __future__ import annotations

import time
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

import gevent

from loadtests.locust.talk import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loadtests.locust.cast import Cast, Player
    from loadtests.locust.talk import Message

#: Of so many publications one is the owner's, at a level that nobody else may read.
_CONFIDENTIAL_EVERY = 50
#: And of so many, one is for guests too.
_PUBLIC_EVERY = 5
_TAGS = 20
_MOST_CHARACTERS = 4_000
_FILLING = "the water goes through the headrace to the wheel and "


class Line(NamedTuple):
    """Something to say: ``at`` is when, in seconds of ``time.time``."""

    at: float
    who: Player
    group: str
    body: dict[str, object]
    tag: str


class Play:
    """Lines in the order of their time, again from the start when the trace is at its end.

    ``part`` of ``parts`` processes takes every so many-th line. ``speed`` is how many seconds of
    the trace go by in one.
    """

    def __init__(
        self,
        cast: Cast,
        talk: Callable[[], Iterator[Message]],
        speed: float,
        part: int = 0,
        parts: int = 1,
    ) -> None:
        self._cast = cast
        self._speed = speed
        self._script = islice(_endless(talk), part, None, parts)
        self._numbers = count(part, parts)
        self._begun = 0.0
        self._under_way = 0
        self.is_over = False

    def next(self) -> Line | None:
        """Wait until the next line is due; None once the play is over."""
        if self.is_over:
            return None
        line = self._line(next(self._script), next(self._numbers))
        while not self.is_over and (wait := line.at - time.time()) > 0:
            gevent.sleep(min(wait, 0.5))
        return None if self.is_over else line

    def begin(self) -> None:
        """A writer has a line under way."""
        self._under_way += 1

    def end(self) -> None:
        """Its line is answered for, or it has been stopped."""
        self._under_way -= 1

    def stop(self, patience: float) -> None:
        """No more lines; waits for those under way."""
        self.is_over = True
        until = time.monotonic() + patience
        while self._under_way and time.monotonic() < until:
            gevent.sleep(0.02)

    def _line(self, message: Message, number: int) -> Line:
        self._begun = self._begun or time.time() - message.second / self._speed
        at = self._begun + message.second / self._speed
        tag = f"t{message.topic % _TAGS}"
        group = self._cast.groups.get(message.channel, self._cast.secret)
        who = self._cast.sender(message.sender)
        body: dict[str, object] = {
            "content": _content(at, message.characters),
            "tags": [tag],
            "mentions": [self._cast.sender(one).handle for one in message.mentions],
        }
        if number % _CONFIDENTIAL_EVERY == 0 or group not in who.member_of:
            return Line(at, self._cast.owner, group, body | {"level": "confidential"}, tag)
        if number % _PUBLIC_EVERY == 0:
            body["level"] = "public"
        return Line(at, who, group, body, tag)


def _endless(talk: Callable[[], Iterator[Message]]) -> Iterator[Message]:
    passed = 0
    while True:
        last = 0
        for message in talk():
            last = message.second
            yield message._replace(second=passed + last)
        passed += (last // DAY + 1) * DAY


def _content(at: float, characters: int) -> str:
    """A text as long as the message was, with the moment at which it was due."""
    stamp = f"t={round(at * 1e9):019} "
    size = min(_MOST_CHARACTERS, characters)
    return stamp + (_FILLING * (size // len(_FILLING) + 1))[: max(1, size - len(stamp))]
