"""A module for each scenario, with ``run(lab, …) -> list[Row]``; the table below names them.

``SCENARIOS`` are what a release has to reach, in the order of the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadtests.bench.scenarios import (
    authority,
    burst,
    hot_stream,
    idle,
    importing,
    starting,
    stopped,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from loadtests.bench.report import Row

    Scenario = Callable[..., Awaitable[list[Row]]]

SCENARIOS: dict[str, Scenario] = {
    "hot-stream": hot_stream.run,
    "burst": burst.run,
    "idle": idle.run,
    "stopped-readers": stopped.run,
    "authority": authority.run,
    "import": importing.run,
    "up": starting.run,
}
