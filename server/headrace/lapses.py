"""What the clock takes from connected people, taken in time.

The log refuses whoever reads past an expiry, and a sweeper puts the end into the streams. Should
it be late, or the log away, a node still knows from the last look at somebody's authority for how
long it holds: then it ends here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace.live.hub import Hub
    from headrace.model.entries import Authority

#: A timer may ring this much early, in seconds (the event loop's resolution).
_EARLY = 0.01


class Lapses:
    """One timer for each connected person whose authority has an end.

    ``on_lapsed(person)`` is called after something has ended: what is left has to be looked up.
    """

    def __init__(self, hub: Hub, on_lapsed: Callable[[str], None]) -> None:
        self._hub = hub
        self._on_lapsed = on_lapsed
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def expect(self, known: Authority) -> None:
        """This is what somebody reads, and for how long, as of now."""
        now = asyncio.get_running_loop().time()
        ends = {
            info.stream: now + info.seconds_left
            for info in known.streams
            if info.seconds_left is not None
        }
        self._wait(known.person, ends)

    def close(self) -> None:
        """Expect nothing any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _wait(self, person: str, ends: Mapping[str, float]) -> None:
        timer = self._timers.pop(person, None)
        if timer is not None:
            timer.cancel()
        if ends:
            loop = asyncio.get_running_loop()
            self._timers[person] = loop.call_at(min(ends.values()), self._ring, person, ends)

    def _ring(self, person: str, ends: Mapping[str, float]) -> None:
        due = asyncio.get_running_loop().time() + _EARLY
        del self._timers[person]
        if person not in self._hub.readers:
            return
        for stream, end in ends.items():
            if end <= due:
                self._hub.lapse(person, stream)
        self._wait(person, {stream: end for stream, end in ends.items() if end > due})
        self._on_lapsed(person)
