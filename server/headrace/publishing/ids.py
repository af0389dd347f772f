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
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1
_STEP_MASK = (1 << _STEP_BITS) - 1
_TAIL_MASK = (1 << _TAIL_BITS) - 1
#: Randomness of one id, in bytes, and for how many it is drawn at a time.
_SHARE = (_START_BITS + _TAIL_BITS) // 8
_TOGETHER = 128


class Ids:
    """Ids that never sort before an earlier one of the same source.

    The 12 bits beside the milliseconds count within a millisecond (RFC 9562, section 6.2,
    method 1), so what one node publishes in a burst keeps its order. They begin anywhere and
    count in steps of chance: an id does not tell how many others its millisecond had.
    """

    def __init__(self, random_bits: Callable[[int], int]) -> None:
        self._random_bits = random_bits
        self._shares: list[int] = []
        self._last = (-1, 0)

    def now(self, milliseconds: int) -> UUID:
        """The next id. A clock that was set back does not set the ids back."""
        return self._following(max(milliseconds, self._last[0]))

    def at(self, milliseconds: int) -> UUID:
        """An id for something that was published at that time elsewhere."""
        return self._following(milliseconds)

    def _following(self, milliseconds: int) -> UUID:
        last, count = self._last
        share = self._share()
        chance = share >> _TAIL_BITS
        if milliseconds == last:
            count += 1 + (chance & _STEP_MASK)
            milliseconds += count >> _SEQUENCE_BITS
            count &= _SEQUENCE_MASK
        else:
            count = chance
        self._last = (milliseconds, count)
        number = milliseconds << 80 | 0x7 << 76 | count << 64
        return UUID(int=number | 0b10 << _TAIL_BITS | share & _TAIL_MASK)

    def _share(self) -> int:
        if not self._shares:
            drawn = self._random_bits(8 * _SHARE * _TOGETHER).to_bytes(_SHARE * _TOGETHER)
            places = range(0, len(drawn), _SHARE)
            self._shares = [int.from_bytes(drawn[at : at + _SHARE]) for at in places]
        return self._shares.pop()
