"""The gate: how many are let in at the same time.

After a node has died thousands come at once, and each asks the log who they are and what they
may read. They take turns, so that the log keeps room for those who publish and the loop for
those who are connected.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_Queue = OrderedDict[asyncio.Future[None], None]


class Crowded(Exception):
    """Whoever wanted in did not get their turn in time: come back later."""


class Gate:
    """``limit`` are inside at once. Members go first; newcomers wait ``patience`` seconds at most.

    A member is somebody connected already, who subscribes; a newcomer is in the handshake.
    """

    def __init__(self, limit: int, patience: float) -> None:
        self._limit = limit
        self._patience = patience
        self._members: _Queue = OrderedDict()
        self._newcomers: _Queue = OrderedDict()
        self.inside = 0
        self.turned_away = 0

    @property
    def waiting(self) -> int:
        """How many newcomers wait."""
        return len(self._newcomers)

    @asynccontextmanager
    async def newcomer(self) -> AsyncIterator[None]:
        """Be inside, as a newcomer. Raises Crowded."""
        try:
            async with asyncio.timeout(self._patience):
                await self._enter(self._newcomers)
        except TimeoutError:
            self.turned_away += 1
            raise Crowded from None
        try:
            yield
        finally:
            self._leave()

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        """Be inside, as a member."""
        await self._enter(self._members)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, queue: _Queue) -> None:
        if self.inside < self._limit:
            self.inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        queue[turn] = None
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                queue.pop(turn, None)
            else:
                self._leave()  # the turn had come already: it is the next one's
            raise

    def _leave(self) -> None:
        """Give the place to the next one who still waits."""
        for queue in (self._members, self._newcomers):
            while queue:
                turn, _ = queue.popitem(last=False)
                if not turn.done():
                    turn.set_result(None)
                    return
        self.inside -= 1
