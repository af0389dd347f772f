"""How long things take on a node, as histograms. Times are seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.live.tally import Buckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

_FINE = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_COARSE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: What lies further back than this was not published then, but imported with its old time.
_IMPORTED = 3_600.0
#: How many a fan-out reached: at most the first, at most the second, and so on.
_AUDIENCES = (1, 10, 100, 1_000, 10_000, 100_000)


class Timings:
    """``clock`` gives the time in UTC, to compare with the times of activities."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.arrival_lag = Buckets(_COARSE)
        self.publish_lag = Buckets(_COARSE)
        self.revocation = Buckets(_COARSE)
        self.fan_out = {name: Buckets(_FINE) for name in (*map(str, _AUDIENCES), "+Inf")}
        self.loop_lag = Buckets(_FINE)
        self.ping = Buckets(_COARSE)
        self.bus_away = Buckets(_COARSE)
        self.bus_follow = Buckets(_COARSE)
        self._bus_left: float | None = None

    def arrived(self, published: Iterable[datetime]) -> None:
        """Entries are about to be fanned out; these are the times of each stream's oldest one."""
        self._note_lags(self.arrival_lag, published)

    def fanned_out(self, taken: float, deliveries: int, published: Iterable[datetime]) -> None:
        """A tick's fan-out is done; ``published`` are the times of each stream's oldest entry."""
        self.fan_out[_audience(deliveries)].observe(taken)
        self._note_lags(self.publish_lag, published)

    def _note_lags(self, lags: Buckets, published: Iterable[datetime]) -> None:
        now = self._clock()
        for moment in published:
            lag = (now - moment).total_seconds()
            if lag < _IMPORTED:
                lags.observe(max(0.0, lag))  # another node's clock may be ahead

    def bus_changed(self, is_up: bool, now: float) -> None:
        """The bus came or went, at that time of the event loop."""
        if not is_up:
            self._bus_left = now
        elif self._bus_left is not None:
            self.bus_away.observe(now - self._bus_left)

    def followed(self, taken: float) -> None:
        """The bus has said that it brings some more streams, or has been waited for in vain."""
        self.bus_follow.observe(taken)

    def revoked(self, published: datetime) -> None:
        """A revocation holds on this node."""
        self.revocation.observe(max(0.0, (self._clock() - published).total_seconds()))

    def looped(self, late: float) -> None:
        """The event loop came that much too late."""
        self.loop_lag.observe(max(0.0, late))

    def answered(self, taken: float) -> None:
        """A ping came back. Peers may send what they like: nonsense is no measurement."""
        if 0.0 <= taken < _IMPORTED:
            self.ping.observe(taken)


def _audience(deliveries: int) -> str:
    return next((str(bound) for bound in _AUDIENCES if deliveries <= bound), "+Inf")
