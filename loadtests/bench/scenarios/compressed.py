"""permessage-deflate: what it costs where all share one compression, and where none do.

The second is measured at its best: the bare loop, compressing each frame for each connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench import bare
from loadtests.bench.fanout import Load, crowd, sheet, site
from loadtests.bench.report import Goal

if TYPE_CHECKING:
    from loadtests.bench.bare import Sent
    from loadtests.bench.engines import Lab
    from loadtests.bench.fanout import Cost, Site
    from loadtests.bench.report import Row

WARM_UP = Load.lasting(1, 20)


class Round(NamedTuple):
    """The same load four times."""

    plain: Cost
    shared: Cost
    bare: Sent
    each: Sent


async def run(
    lab: Lab, *, connections: int = 1_000, rate: float = 50, seconds: float = 4, runs: int = 5
) -> list[Row]:
    """Ratios of compressed to uncompressed."""
    load = Load.lasting(seconds, rate)
    async with site(lab, connections) as made:
        await made.publish(WARM_UP)
        rounds = [await _round(made, load, connections) for _ in range(runs)]
    return _rows(connections, rounds)


async def _round(made: Site, load: Load, connections: int) -> Round:
    plain = await _cost(made, load, deflates=False)
    shared = await _cost(made, load, deflates=True)
    same = bare.Load(connections, plain.frame_bytes, load.per_round, load.rounds, load.interval)
    return Round(plain, shared, await bare.send(same), await bare.send(same, deflates=True))


async def _cost(made: Site, load: Load, *, deflates: bool) -> Cost:
    async with crowd(made, deflates=deflates) as readers:
        await made.cost(WARM_UP, readers)
        cost = await made.cost(load, readers)
    if deflates and cost.harvest.packed < cost.harvest.activities:
        cost.faults.append("messages came as they were, which should have been compressed")
    return cost


def _rows(connections: int, rounds: list[Round]) -> list[Row]:
    last = rounds[-1]

    costs = [cost for one in rounds for cost in (one.plain, one.shared)]
    about = sheet(f"permessage-deflate, {connections:,} connections", costs)
    return [
        about.row(
            "CPU per delivery, compressed once for all",
            "µs",
            [one.shared.per_delivery for one in rounds],
            note=f"{last.plain.frame_bytes} bytes become {last.shared.frame_bytes}",
        ),
        about.row(
            "ratio to uncompressed",
            "times",
            [one.shared.per_delivery / one.plain.per_delivery for one in rounds],
            Goal("at most", 1.3),
        ),
        about.row(
            "the same ratio, each connection compressing by itself",
            "times",
            [one.each.cpu_per_delivery / one.bare.cpu_per_delivery for one in rounds],
            Goal("at least", 2),
            note="the bare C loop with and without zlib: what sharing saves",
        ),
    ]
