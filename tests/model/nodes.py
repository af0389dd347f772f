"""Nodes for the model: the real hub, relay, admission and pages, on a loop whose time stands
still until it is moved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from headrace.admission import Admission
from headrace.gate import Gate
from headrace.live.hub import Hub
from headrace.pages import Pages
from headrace.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from headrace.bus import Bus
    from headrace.log.database import Database
    from headrace.model.entries import Entry
    from tests.model.world import World

POLL = 20.0
LINGER = 8.0


class Loop(asyncio.SelectorEventLoop):
    """Runs what is ready, turn by turn; nothing ever waits for real time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.complaints: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        return self.now

    def inside(self, work: Callable[[], object]) -> None:
        """Do something as a callback of the loop would."""

        async def run() -> None:
            work()

        self.run_until_complete(run())

    def note(self, task: asyncio.Task[None]) -> None:
        """A task has ended: keep what it died of."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.complaints.append({"exception": error})

    def step(self, turns: int, seconds: float = 0.0) -> None:
        """Let time pass, then run so many turns of the loop."""
        self.now += seconds
        for _ in range(turns):
            self.call_soon(self.stop)
            self.run_forever()


class QuietBus:
    """Follows at once; what it carries is up to the test."""

    is_up = True

    def __init__(self) -> None:
        self.followed: set[str] = set()

    async def follow(self, streams: Iterable[str], wait: float = 1.0) -> None:
        self.followed.update(streams)

    def unfollow(self, streams: Iterable[str]) -> None:
        self.followed.difference_update(streams)

    def doubt(self) -> None:
        """There is nothing to dial."""


class ModelNode:
    """A node without sockets. ``incoming`` is what the bus has for it and has not brought yet."""

    def __init__(self, loop: Loop, world: World) -> None:
        self.loop = loop
        self.world = world
        self.incoming: list[Entry] = []
        database = cast("Database", world)
        self.hub = Hub(
            window_bytes=1_500,
            burst_bytes=700,
            on_dirty=lambda: None,
            on_stale=lambda person: self.admission.stale(person),
            on_rewritten=lambda stream, gone: self.pages.forget(stream, gone),
        )
        self.relay = Relay(
            self.hub, database, poll_interval=POLL, poll_degraded=POLL, page=4, linger=LINGER
        )
        self.admission = Admission(self.hub, self.relay, database, Gate(2, POLL), most=8)
        self.pages = Pages(self.hub, database, size=4, kept=3)
        self.bus = QuietBus()
        loop.run_until_complete(self.relay.start(cast("Bus", self.bus)))

    def take(self, entries: Sequence[Entry]) -> None:
        """The bus brings entries, all in one turn of the loop."""
        heard = [entry for entry in entries if entry.stream in self.bus.followed]
        self.loop.inside(lambda: self.relay.offer_all(heard))

    def tick(self) -> None:
        self.loop.inside(self.hub.flush)

    def flush(self) -> None:
        """All ticks that are due."""
        while any(s.flushed < s.window.top for s in self.hub.streams.values()):
            self.tick()

    def stop(self) -> None:
        self.loop.run_until_complete(self.admission.close())
        self.loop.run_until_complete(self.relay.close())
