"""Several activities in one tick: each connection gets them in one write.

They come in one call of the batch API, which commits them in one transaction, and so the node takes
them in one go. The bare loop sends as much in as many writes; no server can do much better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadtests.bench.fanout import Load, crowd, sheet, site
from loadtests.bench.report import Goal
from loadtests.bench.scenarios.hot_stream import measure

if TYPE_CHECKING:
    from loadtests.bench.engines import Lab
    from loadtests.bench.report import Row
    from loadtests.bench.scenarios.hot_stream import Round


async def run(
    lab: Lab,
    *,
    connections: int = 1_000,
    entries: int = 8,
    rate: float = 150,
    calm_rate: float = 50,
    seconds: float = 4,
    runs: int = 5,
    per_cpu_second: float = 2e6,
) -> list[Row]:
    """Deliveries per second of the server's CPU time, at ``rate`` bursts a second, of which a core
    has about half to do; also at ``calm_rate``, where each finds the processor's caches cold."""
    load = Load.lasting(seconds, rate, entries)
    calm = Load.lasting(seconds, calm_rate, entries)
    warm_up = Load.lasting(1, calm_rate, entries)
    async with site(lab, connections) as made:
        await made.publish(warm_up)
        share = await made.publishing_cost(load)
        async with crowd(made) as readers:
            await made.cost(warm_up, readers)
            await made.cost(warm_up, readers, made.elsewhere)
            rounds = await measure(made, load, readers, runs)
            calmer = await measure(made, calm, readers, runs)
    name = f"burst of {entries}, {connections:,} connections"
    return [
        *_busy(name, rounds, share, per_cpu_second),
        _elsewhere(name, rounds),
        *_calm(name, calmer, per_cpu_second),
    ]


def _busy(name: str, rounds: list[Round], share: float, wanted: float) -> list[Row]:
    here = [one.here for one in rounds]
    last, about = here[-1], sheet(name, here)
    return [
        about.row(
            "deliveries per CPU-second",
            "",
            [one.per_cpu_second for one in here],
            Goal("at least", wanted),
            f"{rounds[-1].per_second:g} bursts a second, frames of {last.frame_bytes} bytes, "
            f"{last.frames_per_write:.1f} frames per write",
        ),
        about.row(
            "the same without publishing",
            "",
            [one.deliveries / (one.cpu - share) for one in here],
            note=f"publishing: {share * 1e6 / last.deliveries:.2f} µs of each delivery",
        ),
        about.row(
            "bare C send() loop",
            "",
            [1e6 / one.limit.cpu_per_delivery for one in rounds],
            note="as many bytes in each write: the limit of this machine",
        ),
        about.row("publish to receipt, p99", "ms", [one.harvest.latency_ms.p99 for one in here]),
    ]


def _elsewhere(name: str, rounds: list[Round]) -> Row:
    """The other node shares its core with the readers, who may find more at a time then."""
    costs = [one.elsewhere for one in rounds]
    return sheet(name, costs).row(
        "deliveries per CPU-second, published through another node",
        "",
        [one.per_cpu_second for one in costs],
        note=f"{costs[-1].frames_per_write:.1f} frames per write",
    )


def _calm(name: str, rounds: list[Round], wanted: float) -> list[Row]:
    about = sheet(name, [one.here for one in rounds])
    return [
        about.row(
            "deliveries per CPU-second, at a calm pace",
            "",
            [one.here.per_cpu_second for one in rounds],
            Goal("at least", wanted),
            f"{rounds[-1].per_second:g} bursts a second",
        ),
        about.row(
            "bare C send() loop, at a calm pace",
            "",
            [1e6 / one.limit.cpu_per_delivery for one in rounds],
        ),
    ]
