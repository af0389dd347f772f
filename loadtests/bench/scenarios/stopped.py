"""Some readers stop for a while (zero window): do the others notice, and does memory grow?

The readers that stop are a process of their own, frozen as a whole. What they missed they have to
get afterwards over the same sockets, complete and in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench import readers
from loadtests.bench.fanout import Load, site
from loadtests.bench.report import Goal, Sheet, once

if TYPE_CHECKING:
    from loadtests.bench.engines import Lab
    from loadtests.bench.fanout import Site
    from loadtests.bench.readers import Readers
    from loadtests.bench.report import Row

#: Small, so that a reader that stops is soon felt by the server and not only by the kernel.
_RECEIVE_BYTES = 4_096
_MIB = 2**20
#: Seconds that those who were stopped have to get what they missed.
_PATIENCE = 120.0


class Phases(NamedTuple):
    """p99 of the others in milliseconds, and the server's memory in bytes, in each phase."""

    p99: tuple[float, float, float]
    resident: tuple[int, int, int]
    faults: list[str]
    doubts: list[str]


async def run(
    lab: Lab,
    *,
    connections: int = 1_000,
    stopped: int = 10,
    size: int = 1_000,
    rate: float = 100,
    seconds: float = 60,
    runs: int = 1,
) -> list[Row]:
    """Latency and memory before, while they are stopped (``seconds``), and after."""
    settings = {"stall_timeout": 10 * seconds + 60}  # they are to stay
    async with site(lab, connections, size=size, **settings) as made:
        plans = readers.plans(made.server.port, made.members)
        async with (
            readers.reading(plans[stopped:]) as others,
            readers.reading(plans[:stopped], _RECEIVE_BYTES) as few,
        ):
            found = [await _phases(made, others, few, rate, seconds) for _ in range(runs)]
    return _rows(connections, stopped, seconds, found)


async def _phases(made: Site, others: Readers, few: Readers, rate: float, seconds: float) -> Phases:
    load, short = Load.lasting(seconds, rate), Load.lasting(min(10, seconds), rate)
    faults: list[str] = []
    warm_up = Load.lasting(1, rate)
    await few.reset()
    await made.cost(warm_up, others)
    await few.until_count(warm_up.rounds * few.number)
    await few.reset()
    resident = [made.server.resident]
    before = await made.cost(short, others)
    resident[0] = max(resident[0], made.server.resident)
    few.stop()
    during = await made.cost(load, others)
    resident.append(made.server.resident)
    if made.server.metric("connections", state="lagging") != few.number:
        faults.append("those who stopped were not felt: the load is too small for this machine")
    few.go_on()
    await few.until_count((short.rounds + load.rounds) * few.number, _PATIENCE)
    after = await made.cost(short, others)
    resident.append(made.server.resident)
    wanted = (2 * short.rounds + load.rounds) * few.number
    await few.until_count(wanted, _PATIENCE)
    missed = await few.harvest()
    faults += [f"those who stopped: {fault}" for fault in missed.faults_of(wanted)]
    for cost in (before, during, after):
        faults += cost.faults
    p99 = [cost.harvest.latency_ms.p99 for cost in (before, during, after)]
    doubts = [*before.doubts, *during.doubts]
    return Phases((p99[0], p99[1], p99[2]), (resident[0], resident[1], resident[2]), faults, doubts)


def _rows(connections: int, stopped: int, seconds: float, found: list[Phases]) -> list[Row]:
    about = Sheet(
        f"{stopped} of {connections:,} readers stopped for {seconds:g} s",
        once(phases.faults for phases in found),
        once(phases.doubts for phases in found),
    )
    before, during, after = ([phases.p99[at] for phases in found] for at in range(3))
    growth = [(phases.resident[1] - phases.resident[0]) / _MIB for phases in found]
    return [
        about.row("the others' p99 before", "ms", before),
        about.row("the others' p99 meanwhile", "ms", during),
        about.row("the others' p99 afterwards", "ms", after),
        about.row(
            "p99 meanwhile to p99 before",
            "times",
            [b / max(a, 0.01) for a, b in zip(before, during, strict=True)],
            Goal("at most", 1.25),
        ),
        about.row("memory before", "MiB", [phases.resident[0] / _MIB for phases in found]),
        about.row("memory that grew meanwhile", "MiB", growth, Goal("at most", 8)),
        about.row(
            "memory that remained afterwards",
            "MiB",
            [(phases.resident[2] - phases.resident[0]) / _MIB for phases in found],
        ),
    ]
