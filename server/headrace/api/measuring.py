"""How many requests, and how long they took."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

#: Seconds: the upper bounds of the histogram's buckets.
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_NAMES = (*map(str, _BOUNDS), "+Inf")


class _Times:
    """The requests of one method at one address: how many lasted how long, by bucket."""

    def __init__(self) -> None:
        self.buckets = [0] * len(_NAMES)
        self.seconds = 0.0


class Measuring(Collector):
    """Metrics of HTTP. Addresses are those of the table: never what was asked for.

    Kept as plain numbers: the library's own counters lock and look up at each request.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._times: dict[tuple[str, str], _Times] = {}
        registry.register(self)

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        counted = method, path, status
        self._requests[counted] = self._requests.get(counted, 0) + 1
        times = self._times.get((method, path)) or self._times.setdefault((method, path), _Times())
        times.buckets[bisect_left(_BOUNDS, seconds)] += 1
        times.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Everything counted so far."""
        requests = CounterMetricFamily(
            "headrace_http_requests", "Requests answered.", labels=("method", "path", "status")
        )
        for (method, path, status), number in self._requests.items():
            requests.add_metric((method, path, str(status)), number)
        yield requests
        seconds = HistogramMetricFamily(
            "headrace_http_request_seconds",
            "Seconds until a request's answer was ready.",
            labels=("method", "path"),
        )
        for labels, times in self._times.items():
            buckets = list(zip(_NAMES, accumulate(times.buckets), strict=True))
            seconds.add_metric(labels, buckets, times.seconds)
        yield seconds
