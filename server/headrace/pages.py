"""Pages of streams from the log for readers who are behind, each read once for all who need it.

After a node has died thousands resume at the same positions. Pages are cut at fixed numbers, so
that neighbours fall into the same ones; whoever asks for a page that is being read waits for
that reading, and the last pages are kept for a while.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from headrace.live.frames import Broadcast
from headrace.log import history

if TYPE_CHECKING:
    from headrace.live.hub import Hub
    from headrace.log.database import Database

#: stream, number of the page, last entry in it when it was read
_Key = tuple[str, int, int]


class Pages:
    """Reads at most ``size`` entries at a time and keeps ``kept`` pages."""

    def __init__(self, hub: Hub, database: Database, *, size: int, kept: int = 64) -> None:
        self._hub = hub
        self._database = database
        self._size = size
        self._kept = kept
        self._pages: OrderedDict[_Key, asyncio.Task[list[Broadcast]]] = OrderedDict()
        self.reads = 0
        self.joined = 0

    async def read(self, stream: str, after: int) -> list[Broadcast]:
        """Entries of a stream beyond ``after``, none beyond what the node has sent out.

        Begins with ``after + 1``; ends where the page ends. Raises Unavailable.
        """
        flushed = self._hub.streams[stream].flushed
        if after >= flushed:
            return []  # what follows waits for the tick, and has left the window already
        page = after // self._size
        upto = min((page + 1) * self._size, flushed)
        key = (stream, page, upto)
        task = self._pages.get(key)
        if task is None:
            task = self._pages[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda done: self._forget_if_failed(key, done))
            while len(self._pages) > self._kept:
                self._pages.popitem(last=False)
        else:
            self.joined += 1
        items = await asyncio.shield(task)
        found = [item for item in items if item.entry.seq > after]
        if not found or found[0].entry.seq != after + 1:
            raise AssertionError(f"{stream}: the log has no number {after + 1}")
        return found

    def forget(self, stream: str) -> None:
        """A deletion or withdrawal has changed what a stream's old entries say."""
        for key in [key for key in self._pages if key[0] == stream]:
            del self._pages[key]

    async def _read(self, key: _Key) -> list[Broadcast]:
        stream, page, upto = key
        self.reads += 1
        entries = await history.entries(self._database, stream, page * self._size, upto, self._size)
        return [Broadcast(entry) for entry in entries]

    def _forget_if_failed(self, key: _Key, done: asyncio.Task[list[Broadcast]]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._pages.pop(key, None)
