"""One stream, many readers, one frame per write: CPU per delivery against the bare loop, latency.

The CPU time is all that the server process used during the run, publishing over HTTP included;
what publishing alone costs is measured in a run without readers and shown beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadtests.bench import bare
from loadtests.bench.fanout import ACTIVITY_BYTES, Load, crowd, site
from loadtests.bench.report import Goal, Row

if TYPE_CHECKING:
    from loadtests.bench.bare import Sent
    from loadtests.bench.engines import Lab
    from loadtests.bench.fanout import Cost

WARM_UP = Load.lasting(1, 20)


async def run(
    lab: Lab,
    *,
    connections: int = 1_000,
    rate: float = 50,
    seconds: float = 10,
    runs: int = 5,
    ratio: float = 1.6,
) -> list[Row]:
    """Costs, ratio and latency; each run is followed by the bare loop's at the same pace."""
    load = Load.lasting(seconds, rate)
    async with site(lab, connections) as made:
        await made.publish(WARM_UP)
        share = await made.publishing_cost(load) * 1e6 / (load.rounds * connections)
        costs, limits = [], []
        async with crowd(made) as readers:
            await made.cost(WARM_UP, readers)
            for _ in range(runs):
                costs.append(await made.cost(load, readers))
                limits.append(await bare.send(_same(load, connections, costs[-1])))
    return _rows(connections, costs, limits, share, ratio)


def _same(load: Load, connections: int, cost: Cost) -> bare.Load:
    return bare.Load(connections, cost.frame_bytes, 1, load.rounds, load.interval)


def _rows(
    connections: int, costs: list[Cost], limits: list[Sent], share: float, ratio: float
) -> list[Row]:
    name = f"hot stream, {connections:,} connections"
    faults = tuple(dict.fromkeys(fault for cost in costs for fault in cost.faults))
    doubts = tuple(dict.fromkeys(doubt for cost in costs for doubt in cost.doubts))
    ours = [cost.per_delivery for cost in costs]
    bares = [limit.cpu_per_delivery for limit in limits]
    pairs = list(zip(ours, bares, strict=True))
    size = f"{ACTIVITY_BYTES}-byte activities, frames of {costs[-1].frame_bytes} bytes"
    writes = costs[-1].harvest.frames / max(1, costs[-1].harvest.reads)

    def row(what: str, unit: str, values: list[float], **more: object) -> Row:
        return Row(
            scenario=name,
            what=what,
            unit=unit,
            runs=tuple(values),
            faults=faults,
            doubts=doubts,
            **more,  # type: ignore[arg-type]
        )

    return [
        row("CPU per delivery", "µs", ours, note=f"{size}, {writes:.2f} frames per write"),
        row("bare C send() loop", "µs", bares, note="same frames, connections and pace"),
        row(
            "ratio to the bare loop",
            "times",
            [a / b for a, b in pairs],
            goal=Goal("at most", ratio),
        ),
        row(
            "ratio without publishing",
            "times",
            [(a - share) / b for a, b in pairs],
            note=f"publishing: {share:.2f} µs of each delivery",
        ),
        row(
            "publish to receipt, p99",
            "ms",
            [cost.harvest.latency_ms.p99 for cost in costs],
            goal=Goal("at most", 50),
        ),
        row("publish to receipt, median", "ms", [cost.harvest.latency_ms.p50 for cost in costs]),
    ]
