"""One timer for all heartbeats: a wheel of slots, one of which comes up per turn."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Wheel(Generic[T]):
    """Items spread over slots, so that a full round touches each once and no turn touches many."""

    __slots__ = ("_at", "_next", "_slots")

    def __init__(self, slots: int) -> None:
        self._slots: list[dict[T, None]] = [{} for _ in range(slots)]
        self._at = 0
        self._next = 0

    def add(self, item: T) -> int:
        """Put an item into the next slot in turn; answers the slot, which ``discard`` takes."""
        slot = self._next
        self._next = (slot + 1) % len(self._slots)
        self._slots[slot][item] = None
        return slot

    def discard(self, item: T, slot: int) -> None:
        """Take an item off."""
        self._slots[slot].pop(item, None)

    def turn(self) -> list[T]:
        """The items that are due now."""
        due = list(self._slots[self._at])
        self._at = (self._at + 1) % len(self._slots)
        return due

    def __len__(self) -> int:
        return sum(map(len, self._slots))
