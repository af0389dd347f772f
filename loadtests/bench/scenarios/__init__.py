"""A module for each scenario, with ``run(lab, …) -> list[Row]``; the table below names them.

``SCENARIOS`` are what a release has to reach, in the order of the report.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from loadtests.bench.scenarios import (
    authority,
    burst,
    compressed,
    filters,
    hot_stream,
    idle,
    importing,
    interests,
    organising,
    publishing,
    reading,
    revoking,
    small_groups,
    starting,
    stopped,
    storm,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loadtests.bench.report import Row

    Scenario = Callable[..., Awaitable[list[Row]]]

SCENARIOS: dict[str, Scenario] = {
    "hot-stream": hot_stream.run,
    # Slower, or the fan-out alone would take up the core; its latency is that of 10,000 writes.
    "hot-stream-10k": partial(hot_stream.run, connections=10_000, rate=10, calm_rate=5, p99=None),
    "burst": burst.run,
    "burst-64": partial(burst.run, entries=64, rate=20, calm_rate=5),
    "compressed": compressed.run,
    "filters": filters.run,
    "interests": interests.run,
    "idle": idle.run,
    "small-groups": small_groups.run,
    "publishing": publishing.run,
    "reconnect-storm": storm.run,
    "stopped-readers": stopped.run,
    "authority": authority.run,
    "reading": reading.run,
    "revocation": revoking.run,
    "import": importing.run,
    "import-org": organising.run,
    "up": starting.run,
}
