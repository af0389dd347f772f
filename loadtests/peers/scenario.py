"""The hot stream: everybody gets everything, one payload at a time or several at once."""

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
    from loadtests.bench.publisher import Answer
    from loadtests.bench.readers import Harvest, Readers
    from loadtests.peers.peer import Dialect, Peer, Ports
    from loadtests.peers.running import Processes
    from loadtests.peers.scratch import Scratch

PAYLOAD_BYTES = 300
_PATIENCE = 60.0


class Scale(NamedTuple):
    """How large the scenario is: each of ``runs`` lasts so many seconds, with at most ``rate``
    publications a second of ``per_round`` payloads each."""

    connections: int = 1_000
    seconds: float = 5.0
    runs: int = 5
    rate: float = 50.0
    per_round: int = 1

    @property
    def name(self) -> str:
        """In words."""
        return "hot stream" if self.per_round == 1 else f"bursts of {self.per_round}"

    def crowd(self, connections: int) -> Scale:
        """So many readers, who get no more a second together than the default ones do: servers
        that cannot follow would only show how they join what has piled up."""
        rate = Scale().rate * min(1.0, Scale().connections / connections)
        return self._replace(connections=connections, rate=rate)

    def burst(self, entries: int) -> Scale:
        """So many at once, at a pace at which all servers can follow."""
        return self._replace(rate=80 / entries, per_round=entries)

    def at(self, rate: float) -> Scale:
        """So many publications a second, for servers that can follow."""
        return self._replace(rate=rate)


class Result(msgspec.Struct, frozen=True):
    """What one server took. CPU in microseconds for each delivery, latencies in milliseconds
    from when a publication was due until it was read; the lists have a value for each run.

    ``rate`` is publications a second. ``faults`` says why the numbers count for nothing.
    ``publishing`` is the part of the CPU that goes into publishing, read by nobody.
    """

    name: str
    title: str
    version: str
    rate: float
    cpu: list[float]
    p50: list[float]
    p99: list[float]
    faults: list[str] = []
    publishing: float = 0.0

    @property
    def fan_out(self) -> float:
        """The median CPU per delivery without what publishing takes."""
        return self.cost - self.publishing

    @property
    def cost(self) -> float:
        """The median CPU per delivery."""
        return median(self.cpu)


class Run(NamedTuple):
    """One run: CPU seconds, and what arrived."""

    cpu: float
    harvest: Harvest
    faults: list[str]


class Loaded(NamedTuple):
    """The runs of one server, and the CPU seconds of publishing as much where nobody reads."""

    runs: list[Run]
    alone: float


def result(name: str, title: str, version: str, rate: float, loaded: Loaded) -> Result:
    """The runs of one server put together."""
    runs = loaded.runs
    deliveries = median(max(1, run.harvest.activities) for run in runs)
    return Result(
        name,
        title,
        version,
        rate,
        [run.cpu * 1e6 / max(1, run.harvest.activities) for run in runs],
        [run.harvest.latency_ms.p50 for run in runs],
        [run.harvest.latency_ms.p99 for run in runs],
        list(dict.fromkeys(fault for run in runs for fault in run.faults)),
        loaded.alone * 1e6 / deliveries,
    )


async def measure(peer: Peer, scratch: Scratch, redis_url: str, scale: Scale) -> Result:
    """Install the peer if need be, start it, load it. Raises CannotInstall, PeerFailed,
    ReadersFailed, NoCompiler, Refused, TimeoutError."""
    ports = free_ports()
    start = await asyncio.to_thread(peer.prepare, scratch, ports)
    async with running(start, ports, {"REDIS_URL": redis_url}) as processes:
        port = ports.publish if start.has_publish_port else ports.live
        async with asyncio.timeout(_PATIENCE + 3 * scale.seconds * scale.runs):
            rate = min(peer.rate, scale.rate)
            loaded = await load(peer.dialect, ports, port, processes, rate, scale)
    return result(peer.name, peer.title, start.version, rate, loaded)


async def load(
    dialect: Dialect,
    ports: Ports,
    publish_port: int,
    processes: Processes,
    rate: float,
    scale: Scale,
) -> Loaded:
    """Load a server that runs: warm-ups that do not count, without readers once, then the runs."""
    warm_up = min(1.0, scale.seconds)
    poster = Poster(publish_port, dialect)
    try:
        bench = _Bench(poster, processes, rate, scale.per_round)
        await bench.alone(warm_up)
        alone = await bench.alone(scale.seconds)
        plans = [Plan(ports.live, dialect.token, dialect.greeting)] * scale.connections
        async with reading(plans, foreign=dialect.foreign) as readers:
            await bench.run(readers, warm_up)
            runs = [await bench.run(readers, scale.seconds) for _ in range(scale.runs)]
        return Loaded(runs, alone)
    finally:
        poster.close()


class _Bench:
    def __init__(self, poster: Poster, processes: Processes, rate: float, per_round: int) -> None:
        self._poster = poster
        self._processes = processes
        self._rate = rate
        self._per_round = per_round
        self._numbers = count(1)

    async def alone(self, seconds: float) -> float:
        """CPU seconds of publishing where nobody reads."""
        before = self._processes.cpu
        await at_rate(self._rounds(seconds), 1 / self._rate, self._begin)
        return self._processes.cpu - before

    async def run(self, readers: Readers, seconds: float) -> Run:
        wanted = self._rounds(seconds) * self._per_round * readers.number
        await readers.reset()
        before = self._processes.cpu
        await self.alone(seconds)
        await readers.until_count(wanted)
        cpu = self._processes.cpu - before
        harvest = await readers.harvest()
        return Run(cpu, harvest, harvest.faults_of(wanted))

    def _rounds(self, seconds: float) -> int:
        return max(1, round(self._rate * seconds))

    def _begin(self, _: int, due: int) -> asyncio.Task[Answer]:
        lines = [payload(due, next(self._numbers)) for _ in range(self._per_round)]
        return asyncio.create_task(self._poster.post("\n".join(lines)))


def payload(due: int, number: int) -> str:
    """300 bytes that say when they were due and which they are."""
    return f"t={due} n={number} ".ljust(PAYLOAD_BYTES, "x")
