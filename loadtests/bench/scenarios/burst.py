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
    rate: float = 50,
    seconds: float = 4,
    runs: int = 5,
    per_cpu_second: float = 2e6,
) -> list[Row]:
    """Deliveries per second of the server's CPU time."""
    load, warm_up = (Load.lasting(length, rate, entries) for length in (seconds, 1))
    async with site(lab, connections) as made:
        await made.publish(warm_up)
        share = await made.publishing_cost(load)
        async with crowd(made) as readers:
            await made.cost(warm_up, readers)
            await made.cost(warm_up, readers, made.elsewhere)
            rounds = [await measure(made, load, readers) for _ in range(runs)]
    return _rows(f"burst of {entries}, {connections:,} connections", rounds, share, per_cpu_second)


def _rows(name: str, rounds: list[Round], share: float, wanted: float) -> list[Row]:
    here, elsewhere = [one.here for one in rounds], [one.elsewhere for one in rounds]
    last = here[-1]
    about = sheet(name, [*here, *elsewhere])
    return [
        about.row(
            "deliveries per CPU-second",
            "",
            [one.per_cpu_second for one in here],
            Goal("at least", wanted),
            f"frames of {last.frame_bytes} bytes, {last.frames_per_write:.1f} frames per write",
        ),
        about.row(
            "the same without publishing",
            "",
            [one.deliveries / (one.cpu - share) for one in here],
            note=f"publishing: {share * 1e6 / last.deliveries:.2f} µs of each delivery",
        ),
        about.row(
            "the same, published through another node",
            "",
            [one.per_cpu_second for one in elsewhere],
            note=f"{elsewhere[-1].frames_per_write:.1f} frames per write",
        ),
        about.row(
            "bare C send() loop",
            "",
            [1e6 / one.limit.cpu_per_delivery for one in rounds],
            note="as many bytes in each write: the limit of this machine",
        ),
    ]
