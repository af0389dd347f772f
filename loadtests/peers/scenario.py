"""The hot stream: everybody gets everything, one payload a write."""

from __future__ import annotations

import asyncio
from itertools import count
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from loadtests.bench.publisher import at_rate
from loadtests.bench.readers import Plan, reading
from loadtests.peers.posting import Poster
from loadtests.peers.running import free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loadtests.bench.publisher import Answer
    from loadtests.bench.readers import Harvest, Readers
    from loadtests.peers.peer import Dialect, Peer, Ports
    from loadtests.peers.running import Processes
    from loadtests.peers.scratch import Scratch

PAYLOAD_BYTES = 300
_PATIENCE = 60.0


class Scale(NamedTuple):
    """How large the scenario is: each of ``runs`` lasts so many seconds."""

    connections: int = 1_000
    seconds: float = 5.0
    runs: int = 5


class Result(msgspec.Struct, frozen=True):
    """What one server took. CPU in microseconds for each delivery, latencies in milliseconds
    from when a publication was due until it was read; the lists have a value for each run.

    ``rate`` is publications a second. ``faults`` says why the numbers count for nothing.
    """

    name: str
    title: str
    version: str
    rate: float
    cpu: list[float]
    p50: list[float]
    p99: list[float]
    faults: list[str] = []

    @property
    def cost(self) -> float:
        """The median CPU per delivery."""
        return median(self.cpu)


class Run(NamedTuple):
    """One run: CPU seconds, and what arrived."""

    cpu: float
    harvest: Harvest
    faults: list[str]


def result(name: str, title: str, version: str, rate: float, runs: list[Run]) -> Result:
    """The runs of one server put together."""
    return Result(
        name,
        title,
        version,
        rate,
        [run.cpu * 1e6 / max(1, run.harvest.activities) for run in runs],
        [run.harvest.latency_ms.p50 for run in runs],
        [run.harvest.latency_ms.p99 for run in runs],
        list(dict.fromkeys(fault for run in runs for fault in run.faults)),
    )


async def measure(peer: Peer, scratch: Scratch, redis_url: str, scale: Scale) -> Result:
    """Install the peer if need be, start it, load it. Raises CannotInstall, PeerFailed,
    ReadersFailed, NoCompiler, Refused, TimeoutError."""
    ports = free_ports()
    start = await asyncio.to_thread(peer.prepare, scratch, ports)
    async with running(start, ports, {"REDIS_URL": redis_url}) as processes:
        port = ports.publish if start.has_publish_port else ports.live
        async with asyncio.timeout(_PATIENCE + 3 * scale.seconds * scale.runs):
            runs = await load(peer.dialect, ports, port, processes, peer.rate, scale)
    return result(peer.name, peer.title, start.version, peer.rate, runs)


async def load(
    dialect: Dialect,
    ports: Ports,
    publish_port: int,
    processes: Processes,
    rate: float,
    scale: Scale,
) -> list[Run]:
    """Load a server that runs: a warm-up that does not count, then the runs."""
    poster = Poster(publish_port, dialect)
    numbers = count(1)
    try:
        plans = [Plan(ports.live, "", dialect.greeting)] * scale.connections
        async with reading(plans, foreign=dialect.foreign) as readers:
            await _run(poster, processes, readers, numbers, rate, min(1.0, scale.seconds))
            return [
                await _run(poster, processes, readers, numbers, rate, scale.seconds)
                for _ in range(scale.runs)
            ]
    finally:
        poster.close()


async def _run(
    poster: Poster,
    processes: Processes,
    readers: Readers,
    numbers: Iterator[int],
    rate: float,
    seconds: float,
) -> Run:
    rounds = max(1, round(rate * seconds))
    wanted = rounds * readers.number
    await readers.reset()
    before = processes.cpu

    def begin(_: int, due: int) -> asyncio.Task[Answer]:
        return asyncio.create_task(poster.post(payload(due, next(numbers))))

    await at_rate(rounds, 1 / rate, begin)
    await readers.until_count(wanted)
    cpu = processes.cpu - before
    harvest = await readers.harvest()
    return Run(cpu, harvest, harvest.faults_of(wanted))


def payload(due: int, number: int) -> str:
    """300 bytes that say when they were due and which they are."""
    return f"t={due} n={number} ".ljust(PAYLOAD_BYTES, "x")
