"""What a node's live side has done since it began, in plain numbers.

The core counts, whoever wants metrics reads. Counting is per cohort or rarer, never per
connection of a cohort.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from headrace.live.codes import CLOSE_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Close codes that are not ours (RFC 6455, section 7.4.1): gone in order, going away, no frame.
_COMMON = (1000, 1001, 1005, 1006)
_OTHER = "other"
_REJECTED = ("address", "origin", "full", "draining", "address_full")
#: Writes of more frames than two to this power count as one kind.
_WIDEST = 10
#: Entries that somebody was behind in a stream.
_CATCH_UPS = (0, 1, 10, 100, 1_000, 10_000, 100_000)


class Buckets:
    """A histogram: how many of the values lie above one bound and not above the next."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Note a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Each bound and how many values are at most that; infinity and all at the end."""
        count = 0
        for bound, more in zip((*self.bounds, float("inf")), self.counts, strict=True):
            count += more
            yield bound, count


class Widths(Buckets):
    """How many frames the writes had; bounds are powers of two."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__([2.0**power for power in range(_WIDEST + 1)])

    def add(self, frames: int, writes: int) -> None:
        """Note so many writes with that many frames each."""
        self.counts[min((frames - 1).bit_length(), _WIDEST + 1)] += writes
        self.total += frames * writes


class Tally:
    """Counts only ever grow; what there is at the moment is asked of the hub and the node."""

    __slots__ = (
        "bytes",
        "catch_ups",
        "caught_up",
        "closes",
        "deliveries",
        "evaluations",
        "frames_per_write",
        "ingested",
        "lagged",
        "muted",
        "opened",
        "passed",
        "presence_muted",
        "purged_bytes",
        "rejected",
        "replayed",
        "resumed",
        "resumes_ahead",
        "resumes_foreign",
        "revoked_aborts",
        "stalled_aborts",
    )

    def __init__(self) -> None:
        # Entries and frames.
        self.ingested = 0
        self.evaluations = 0
        self.passed = 0
        self.deliveries = 0
        self.bytes = 0
        self.frames_per_write = Widths()
        self.replayed = 0
        self.muted = 0
        self.presence_muted = 0
        # Slowness and resumption.
        self.lagged = 0
        self.caught_up = 0
        self.resumed = 0
        self.resumes_ahead = 0
        self.resumes_foreign = 0
        self.catch_ups = Buckets(_CATCH_UPS)
        # Connections.
        self.opened = 0
        self.rejected = dict.fromkeys(_REJECTED, 0)
        self.closes = dict.fromkeys(map(str, (*_COMMON, *(c.code for c in CLOSE_CODES))), 0)
        self.closes[_OTHER] = 0
        self.revoked_aborts = 0
        self.stalled_aborts = 0
        self.purged_bytes = 0

    def fanned_out(self, frames: int, cohorts: int, writes: int, size: int) -> None:
        """So many entries passed the filters of so many cohorts; each of so many writes had the
        frames of them all, which are so many bytes."""
        self.passed += frames * cohorts
        self.deliveries += frames * writes
        self.bytes += size * writes
        self.frames_per_write.add(frames, writes)

    def closed(self, code: int) -> None:
        """A connection ended with that code. Clients may send any: those count as one."""
        known = str(code)
        self.closes[known if known in self.closes else _OTHER] += 1
