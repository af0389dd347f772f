"""The gate: how many are let in at the same time.

After a node has died thousands come at once, and each asks the log who they are and what they
may read. They take turns, so that the log keeps room for those who publish and the loop for
those who are connected.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

#: Whether it comes: somebody whose patience is at its end has none.
Turn = asyncio.Future[bool]
Queue = OrderedDict[Turn, None]


class Crowded(Exception):
    """Whoever wanted in did not get their turn in time: come back later."""


class Gate:
    """``limit`` are inside at once. Members go first; newcomers wait ``patience`` seconds at most.

    A member is somebody connected already, who subscribes; a newcomer is in the handshake.
    """

    def __init__(self, limit: int, patience: float) -> None:
        self._limit = limit
        self._patience = patience
        self._members: Queue = OrderedDict()
        self._newcomers: Queue = OrderedDict()
        self.inside = 0
        self.turned_away = 0

    @property
    def waiting(self) -> int:
        """How many newcomers wait."""
        return len(self._newcomers)

    def newcomer(self) -> Way:
        """The way in for a newcomer. Entering raises Crowded."""
        return Way(self, self._newcomers, self._patience)

    def member(self) -> Way:
        """The way in for a member."""
        return Way(self, self._members, None)

    async def enter(self, queue: Queue, patience: float | None) -> None:
        """Take a place, at once or when it is one's turn. Raises Crowded."""
        if self.inside < self._limit:
            self.inside += 1
        else:
            await self._wait(queue, patience)

    async def _wait(self, queue: Queue, patience: float | None) -> None:
        loop = asyncio.get_running_loop()
        turn: Turn = loop.create_future()
        queue[turn] = None
        # A timer costs less than asyncio.timeout, of which a storm would make thousands.
        timer = None if patience is None else loop.call_later(patience, _settle, turn, False)
        try:
            if not await turn:
                self.turned_away += 1
                raise Crowded
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result():
                self.leave()  # the turn had come already: it is the next one's
            raise
        finally:
            queue.pop(turn, None)
            if timer is not None:
                timer.cancel()

    def leave(self) -> None:
        """Give the place to the next one who still waits."""
        for queue in (self._members, self._newcomers):
            while queue:
                turn, _ = queue.popitem(last=False)
                if _settle(turn, True):
                    return
        self.inside -= 1


class Way:
    """Through the gate and out again: an asynchronous context."""

    __slots__ = ("_gate", "_patience", "_queue")

    def __init__(self, gate: Gate, queue: Queue, patience: float | None) -> None:
        self._gate = gate
        self._queue = queue
        self._patience = patience

    async def __aenter__(self) -> None:
        await self._gate.enter(self._queue, self._patience)

    async def __aexit__(self, *_: object) -> None:
        self._gate.leave()


def _settle(turn: Turn, comes: bool) -> bool:
    """Say whether a turn comes, unless that is settled; whether it was not."""
    if turn.done():
        return False
    turn.set_result(comes)
    return True
