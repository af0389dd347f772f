"""Activity ids: UUIDv7 (RFC 9562, section 5.7), so that they sort by time of publication."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

_SEQUENCE_BITS = 12
_START_BITS = 10
_STEP_BITS = 2
_TAIL_BITS = 62


class Ids:
    """Ids that never sort before an earlier one of the same source.

    The 12 bits beside the milliseconds count within a millisecond (RFC 9562, section 6.2,
    method 1), so what one node publishes in a burst keeps its order. They begin anywhere and
    count in steps of chance: an id does not tell how many others its millisecond had.
    """

    def __init__(self, random_bits: Callable[[int], int]) -> None:
        self._random_bits = random_bits
        self._last = (-1, 0)

    def now(self, milliseconds: int) -> UUID:
        """The next id. A clock that was set back does not set the ids back."""
        return self._following(max(milliseconds, self._last[0]))

    def at(self, milliseconds: int) -> UUID:
        """An id for something that was published at that time elsewhere."""
        return self._following(milliseconds)

    def _following(self, milliseconds: int) -> UUID:
        last, count = self._last
        chance, tail = divmod(self._random_bits(_START_BITS + _TAIL_BITS), 1 << _TAIL_BITS)
        step = 1 + chance % (1 << _STEP_BITS)
        count = count + step if milliseconds == last else chance
        carry, sequence = divmod(count, 1 << _SEQUENCE_BITS)
        self._last = (milliseconds + carry, sequence)
        number = (milliseconds + carry) << 80 | 0x7 << 76 | sequence << 64
        return UUID(int=number | 0b10 << _TAIL_BITS | tail)
