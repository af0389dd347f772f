"""Several activities in one tick: each connection gets them in one write.

They come in one call of the batch API, which commits them in one transaction, and so the node takes
them in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadtests.bench.fanout import Load, crowd, site
from loadtests.bench.report import Goal, Row

if TYPE_CHECKING:
    from loadtests.bench.engines import Lab
    from loadtests.bench.fanout import Cost


async def run(
    lab: Lab,
    *,
    connections: int = 1_000,
    entries: int = 8,
    rate: float = 20,
    seconds: float = 10,
    runs: int = 5,
    per_cpu_second: float = 1e6,
) -> list[Row]:
    """Deliveries per second of the server's CPU time."""
    load = Load.lasting(seconds, rate, entries)
    async with site(lab, connections) as made:
        await made.publish(Load.lasting(1, rate, entries))
        share = await made.publishing_cost(load)
        async with crowd(made) as readers:
            await made.cost(Load.lasting(1, rate, entries), readers)
            costs = [await made.cost(load, readers) for _ in range(runs)]
    return _rows(f"burst of {entries}, {connections:,} connections", costs, share, per_cpu_second)


def _rows(name: str, costs: list[Cost], share: float, wanted: float) -> list[Row]:
    faults = tuple(dict.fromkeys(fault for cost in costs for fault in cost.faults))
    doubts = tuple(dict.fromkeys(doubt for cost in costs for doubt in cost.doubts))
    last = costs[-1]
    writes = last.harvest.frames / max(1, last.harvest.reads)
    return [
        Row(
            scenario=name,
            what="deliveries per CPU-second",
            unit="",
            runs=tuple(cost.deliveries / cost.cpu for cost in costs),
            goal=Goal("at least", wanted),
            note=f"frames of {last.frame_bytes} bytes, {writes:.1f} frames per write",
            faults=faults,
            doubts=doubts,
        ),
        Row(
            scenario=name,
            what="the same without publishing",
            unit="",
            runs=tuple(cost.deliveries / (cost.cpu - share) for cost in costs),
            note=f"publishing: {share * 1e6 / last.deliveries:.2f} µs of each delivery",
            faults=faults,
            doubts=doubts,
        ),
    ]
