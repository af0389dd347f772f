"""How often somebody may try: a token bucket each, kept as one number."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from headrace.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Hashable

K = TypeVar("K", bound="Hashable")

_MOST_KEYS = 10_000


class Throttle(Generic[K]):
    """``burst`` attempts at once, then one every ``interval`` seconds, for each key.

    A bucket is the moment at which it will be full again (the generic cell rate algorithm, ITU-T
    I.371, annex A). Of too many keys, those longest without an attempt are forgotten.
    """

    def __init__(self, burst: int, interval: float) -> None:
        self._interval = interval
        self._tolerance = (burst - 1) * interval
        self._full_at: OrderedDict[K, float] = OrderedDict()

    def take(self, key: K, now: float, count: int = 1) -> None:
        """Count attempts at ``now`` (seconds). Raises TooManyRequests, which are not counted.

        Several at once may be more than are left: the next ones wait for longer then.
        """
        full_at = max(now, self._full_at.get(key, now))
        wait = full_at - now - self._tolerance
        if wait > 0:
            raise TooManyRequests(retry_after=int(wait) + 1)
        self._full_at[key] = full_at + self._interval * count
        self._full_at.move_to_end(key)
        if len(self._full_at) > _MOST_KEYS:
            self._full_at.popitem(last=False)

    def forget(self, key: K) -> None:
        """Start again with a full bucket."""
        self._full_at.pop(key, None)
