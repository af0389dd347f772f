"""One stream, many readers, one frame per write: CPU per delivery against the bare loop, latency.

The CPU time is all that the server process used during the run, publishing over HTTP included.
What publishing alone costs is measured in a run without readers and shown beside it; and so is the
same load published through another node, of which this one only hears over the bus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench import bare
from loadtests.bench.fanout import ACTIVITY_BYTES, Load, crowd, sheet, site
from loadtests.bench.report import Goal

if TYPE_CHECKING:
    from loadtests.bench.bare import Sent
    from loadtests.bench.engines import Lab
    from loadtests.bench.fanout import Cost, Site
    from loadtests.bench.readers import Readers
    from loadtests.bench.report import Row

WARM_UP = Load.lasting(1, 20)


class Round(NamedTuple):
    """The same load three times, a moment apart: here, through another node, by the bare loop."""

    here: Cost
    elsewhere: Cost
    limit: Sent
    per_second: float

    @property
    def ratio(self) -> float:
        """Times the bare loop."""
        return self.here.per_delivery / self.limit.cpu_per_delivery

    @property
    def ratio_elsewhere(self) -> float:
        """Times the bare loop, published through another node."""
        return self.elsewhere.per_delivery / self.limit.cpu_per_delivery


async def run(
    lab: Lab,
    *,
    connections: int = 1_000,
    rate: float = 150,
    calm_rate: float = 50,
    seconds: float = 4,
    runs: int = 5,
    ratio: float = 1.4,
    p99: float | None = 50,
) -> list[Row]:
    """Costs at ``rate`` publications a second; ratio and latency also at ``calm_rate``, where each
    of them finds the processor's caches cold."""
    load, calm = Load.lasting(seconds, rate), Load.lasting(seconds, calm_rate)
    async with site(lab, connections) as made:
        await made.publish(WARM_UP)
        share = await made.publishing_cost(load) * 1e6 / (load.rounds * connections)
        async with crowd(made) as readers:
            await made.cost(WARM_UP, readers)
            await made.cost(WARM_UP, readers, made.elsewhere)
            rounds = await measure(made, load, readers, runs)
            calmer = await measure(made, calm, readers, runs)
    name = f"hot stream, {connections:,} connections"
    return [
        *_costs(name, rounds, share, ratio),
        *_costs_elsewhere(name, rounds),
        *_calm(name, calmer, rounds, p99),
    ]


async def measure(made: Site, load: Load, readers: Readers, runs: int) -> list[Round]:
    """So many rounds; one that is in doubt is measured once more. Raises BareLoopFailed."""
    rounds = []
    for _ in range(runs):
        one = await _round(made, load, readers)
        rounds.append(await _round(made, load, readers) if one.here.doubts else one)
    return rounds


async def _round(made: Site, load: Load, readers: Readers) -> Round:
    here = await made.cost(load, readers)
    elsewhere = await made.cost(load, readers, made.elsewhere)
    same = bare.Load(readers.number, here.frame_bytes, load.per_round, load.rounds, load.interval)
    return Round(here, elsewhere, await bare.send(same), 1 / load.interval)


def _costs(name: str, rounds: list[Round], share: float, ratio: float) -> list[Row]:
    """``share`` is what publishing costs of each delivery, in microseconds."""
    here = [one.here for one in rounds]
    last, about = here[-1], sheet(name, here)
    size = f"{ACTIVITY_BYTES}-byte activities, frames of {last.frame_bytes} bytes"
    return [
        about.row(
            "CPU per delivery",
            "µs",
            [one.per_delivery for one in here],
            note=f"{size}, {last.frames_per_write:.2f} frames per write",
        ),
        about.row(
            "bare C send() loop",
            "µs",
            [one.limit.cpu_per_delivery for one in rounds],
            note="same frames, connections and pace",
        ),
        about.row(
            "ratio to the bare loop",
            "times",
            [one.ratio for one in rounds],
            Goal("at most", ratio),
        ),
        about.row(
            "ratio without publishing",
            "times",
            [one.ratio - share / one.limit.cpu_per_delivery for one in rounds],
            note=f"publishing: {share:.2f} µs of each delivery",
        ),
    ]


def _costs_elsewhere(name: str, rounds: list[Round]) -> list[Row]:
    about = sheet(name, [one.elsewhere for one in rounds])
    ratios = [one.ratio_elsewhere for one in rounds]
    return [about.row("ratio, published through another node", "times", ratios)]


def _calm(name: str, rounds: list[Round], busier: list[Round], p99: float | None) -> list[Row]:
    here = [one.here for one in rounds]
    about = sheet(name, here)
    return [
        about.row(
            "ratio to the bare loop, at a calm pace",
            "times",
            [one.ratio for one in rounds],
            note=f"{rounds[-1].per_second:.0f} a second, not {busier[-1].per_second:.0f}",
        ),
        about.row(
            "publish to receipt, p99, at a calm pace",
            "ms",
            [one.harvest.latency_ms.p99 for one in here],
            Goal("at most", p99) if p99 else None,
        ),
        about.row(
            "publish to receipt, median, at a calm pace",
            "ms",
            [one.harvest.latency_ms.p50 for one in here],
        ),
    ]
