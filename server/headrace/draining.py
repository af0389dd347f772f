"""Draining: a node that goes down sends its clients away a few at a time.

All at once they would come to the other nodes all at once.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Protocol

from headrace.live.codes import DRAINING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from headrace.live.codes import CloseCode

_STEP = 0.1
_LAST_WAIT = 3.0


class Guest(Protocol):
    """What draining asks of a connection."""

    def close(self, code: CloseCode) -> None:
        """Close it with a code."""

    def abort(self) -> None:
        """End it at once."""


class Drain:
    """Takes at most ``seconds``, less where ``rate`` connections a second are faster than that.

    ``guests`` are the connections there are, oldest first; whoever has left is not in it.
    """

    def __init__(
        self,
        guests: Collection[Guest],
        *,
        seconds: float,
        rate: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._guests = guests
        self._seconds = seconds
        self._rate = rate
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self.sent_away = 0

    @property
    def has_begun(self) -> bool:
        """Whether the node is going down."""
        return self._task is not None

    def begin(self) -> asyncio.Task[None]:
        """Begin, or go on; the task ends when nobody is left."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return self._task

    def give_up(self) -> None:
        """No longer wait for anybody."""
        if self._task is not None:
            self._task.cancel()

    def dismiss(self, guest: Guest) -> None:
        """See to it that a connection goes: in its turn, or now if all turns are over."""
        if self.begin().done():
            guest.close(DRAINING)

    async def _run(self) -> None:
        await self._send_away()
        waited = 0.0
        while self._guests and waited < _LAST_WAIT:
            await self._sleep(_STEP)
            waited += _STEP
        for guest in list(self._guests):
            guest.abort()  # it does not answer our close

    async def _send_away(self) -> None:
        guests = list(self._guests)
        pause = max(_STEP, 1 / self._rate)
        size = batch_size(len(guests), pause, self._seconds, self._rate)
        for start in range(0, len(guests), size):
            if start:
                await self._sleep(pause)
            for guest in guests[start : start + size]:
                if guest in self._guests:
                    guest.close(DRAINING)
                    self.sent_away += 1


def batch_size(number: int, pause: float, seconds: float, rate: float) -> int:
    """How many at a time, so that all are gone after ``seconds`` and ``rate`` a second at least."""
    in_time = math.ceil(number * pause / seconds) if seconds > pause else number
    return max(1, round(rate * pause), in_time)
