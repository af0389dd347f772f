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
    from collections.abc import Callable

    from headrace.live.hub import Hub
    from headrace.log.database import Database

#: stream, number of the page, last entry in it when it was read
_Key = tuple[str, int, int]


class _Page:
    """A page that is read, or was. ``gone`` tells of entries that somebody has taken back since the
    reading began, for those ``readers`` who wait for it still."""

    def __init__(self, stream: str, reading: asyncio.Task[list[Broadcast]]) -> None:
        self.stream = stream
        self.reading = reading
        self.readers = 0
        self.gone: list[Callable[[Broadcast], bool]] = []

    async def items(self) -> list[Broadcast]:
        items = await asyncio.shield(self.reading)
        return [self._as_it_is(item) for item in items] if self.gone else items

    def _as_it_is(self, item: Broadcast) -> Broadcast:
        if item.entry.activity.type == "Tombstone":
            return item
        return item.without_content() if any(is_gone(item) for is_gone in self.gone) else item


class Pages:
    """Reads at most ``size`` entries at a time and keeps ``kept`` pages."""

    def __init__(self, hub: Hub, database: Database, *, size: int, kept: int = 64) -> None:
        self._hub = hub
        self._database = database
        self._size = size
        self._kept = kept
        self._pages: OrderedDict[_Key, _Page] = OrderedDict()
        self._awaited: set[_Page] = set()
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
        items = await self._items(self._page(key))
        found = [item for item in items if item.entry.seq > after]
        if not found or found[0].entry.seq != after + 1:
            raise AssertionError(f"{stream}: the log has no number {after + 1}")
        return found

    def _page(self, key: _Key) -> _Page:
        page = self._pages.get(key)
        if page is not None:
            self.joined += 1
            return page
        reading = asyncio.create_task(self._read(key))
        reading.add_done_callback(lambda done: self._forget_if_failed(key, done))
        page = self._pages[key] = _Page(key[0], reading)
        while len(self._pages) > self._kept:
            self._pages.popitem(last=False)
        return page

    async def _items(self, page: _Page) -> list[Broadcast]:
        page.readers += 1
        self._awaited.add(page)
        try:
            return await page.items()
        finally:
            page.readers -= 1
            if not page.readers:
                self._awaited.discard(page)

    def forget(self, stream: str, gone: Callable[[Broadcast], bool]) -> None:
        """A deletion or withdrawal has left nothing of the content of old entries of a stream,
        those that ``gone`` tells."""
        for key in [key for key in self._pages if key[0] == stream]:
            del self._pages[key]
        for page in self._awaited:
            if page.stream == stream:
                page.gone.append(gone)

    async def _read(self, key: _Key) -> list[Broadcast]:
        stream, page, upto = key
        self.reads += 1
        entries = await history.entries(self._database, stream, page * self._size, upto, self._size)
        return [Broadcast(entry) for entry in entries]

    def _forget_if_failed(self, key: _Key, done: asyncio.Task[list[Broadcast]]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._pages.pop(key, None)
