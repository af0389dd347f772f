"""The recent entries of one stream, kept once per node and bounded in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.live.frames import Broadcast

#: Evicted entries are only skipped at first and cut off in lumps, so that eviction is O(1).
_LUMP = 64


class Window:
    """Entries floor+1 .. top, contiguous. Below the floor only the log knows."""

    __slots__ = ("_bytes", "_items", "_limit", "_skipped", "top")

    def __init__(self, position: int, limit: int) -> None:
        """An empty window that stands at ``position`` and keeps at most ``limit`` bytes."""
        self.top = position
        self._limit = limit
        self._items: list[Broadcast] = []
        self._skipped = 0
        self._bytes = 0

    @property
    def floor(self) -> int:
        """The number below the first one kept."""
        return self.top - len(self._items) + self._skipped

    @property
    def size(self) -> int:
        """Bytes of what is kept."""
        return self._bytes

    def append(self, item: Broadcast) -> None:
        """Take the next entry. One that is not the next breaks the order of everything."""
        if item.entry.seq != self.top + 1:
            raise AssertionError(
                f"{item.entry.stream}: number {item.entry.seq} follows {self.top}: "
                "the relay has let a gap through"
            )
        self._items.append(item)
        self.top += 1
        self._bytes += item.size
        self._evict()

    def after(self, position: int, most_bytes: int) -> list[Broadcast]:
        """Entries from position+1 on, at least one if there is one, up to that many bytes.

        ``position`` must not be below the floor.
        """
        if position < self.floor:
            raise AssertionError(f"{position} is below the window's floor {self.floor}")
        first = len(self._items) - (self.top - position)
        end, size = first, 0
        while end < len(self._items) and (end == first or size < most_bytes):
            size += self._items[end].size
            end += 1
        return self._items[first:end]

    def replace(self, which: Callable[[Broadcast], bool]) -> None:
        """Leave no content of those entries: they were deleted or withdrawn."""
        for index in range(self._skipped, len(self._items)):
            if which(self._items[index]):
                self._bytes -= self._items[index].size
                self._items[index] = self._items[index].without_content()
                self._bytes += self._items[index].size

    def _evict(self) -> None:
        while self._bytes > self._limit and self._skipped < len(self._items) - 1:
            self._bytes -= self._items[self._skipped].size
            self._skipped += 1
        if self._skipped >= _LUMP:
            del self._items[: self._skipped]
            self._skipped = 0
