"""One server, its readers, and publishers: what a load on them costs the server.

A second node stands by, on the other cores. What is published through it reaches the server under
test over the bus, so that all which that server does is to fan out.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench import readers
from loadtests.bench.company import found
from loadtests.bench.machine import OTHER_CORES
from loadtests.bench.publisher import Publisher, at_rate
from loadtests.bench.report import Sheet, once
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from loadtests.bench.company import Member
    from loadtests.bench.engines import Lab
    from loadtests.bench.publisher import Answer
    from loadtests.bench.readers import Harvest, Readers
    from loadtests.bench.server import Server

GROUP = "everybody"
ACTIVITY_BYTES = 300
#: Frames that a write may have on average, as a multiple of those that belong together.
_MOST_JOINED = 1.1


class Load(NamedTuple):
    """``rounds`` publications of ``per_round`` activities each, one every ``interval`` seconds."""

    rounds: int
    interval: float
    per_round: int = 1

    @classmethod
    def lasting(cls, seconds: float, rate: float, per_round: int = 1) -> Load:
        """``rate`` publications a second for so long."""
        return cls(max(1, round(seconds * rate)), 1 / rate, per_round)


class Cost(NamedTuple):
    """What a load cost the server in CPU seconds, and what arrived."""

    cpu: float
    deliveries: int
    harvest: Harvest
    faults: list[str]
    doubts: list[str]

    @property
    def per_delivery(self) -> float:
        """Microseconds."""
        return self.cpu * 1e6 / self.deliveries

    @property
    def per_cpu_second(self) -> float:
        """Deliveries."""
        return self.deliveries / self.cpu

    @property
    def frames_per_write(self) -> float:
        """As far as one can see from outside: in what a reader found waiting at a time."""
        return self.harvest.frames / max(1, self.harvest.reads)

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame on the wire, on average."""
        return round(self.harvest.bytes / self.harvest.frames)


def sheet(scenario: str, costs: Iterable[Cost]) -> Sheet:
    """For rows about these runs."""
    costs = list(costs)
    return Sheet(scenario, once(cost.faults for cost in costs), once(cost.doubts for cost in costs))


class Site:
    """A server with a group in which everybody is; ``elsewhere`` publishes through another node."""

    def __init__(
        self,
        server: Server,
        members: Sequence[Member],
        publisher: Publisher,
        elsewhere: Publisher,
        stamped: Stamped,
    ) -> None:
        self.server = server
        self.members = members
        self.publisher = publisher
        self.elsewhere = elsewhere
        self.stamped = stamped

    async def cost(self, load: Load, readers: Readers, through: Publisher | None = None) -> Cost:
        """Put the load on the server; everybody is to get everything."""
        await readers.reset()
        before = self.server.cpu
        await self.publish(load, through)
        wanted = load.rounds * load.per_round * readers.number
        await readers.until_count(wanted)
        cpu = self.server.cpu - before
        harvest = await readers.harvest()
        faults = harvest.faults_of(wanted)
        return Cost(cpu, max(1, harvest.activities), harvest, faults, _doubts(harvest, load))

    async def publishing_cost(self, load: Load) -> float:
        """CPU seconds of the same load where nobody reads."""
        before = self.server.cpu
        await self.publish(load)
        return self.server.cpu - before

    async def publish(self, load: Load, through: Publisher | None = None) -> None:
        """Publish on time, several activities in one call where the load has several a round."""
        publisher = through or self.publisher

        def one(_: int, due: int) -> asyncio.Task[Answer]:
            return asyncio.create_task(publisher.publish(GROUP, self.stamped.body(due)))

        def several(_: int, due: int) -> asyncio.Task[Answer]:
            lines = [self.stamped.body(due)] * load.per_round
            return asyncio.create_task(publisher.publish_batch(GROUP, lines))

        await at_rate(load.rounds, load.interval, one if load.per_round == 1 else several)


def _doubts(harvest: Harvest, load: Load) -> list[str]:
    if harvest.frames > _MOST_JOINED * load.per_round * harvest.reads:
        return ["the machine was too busy: what should have gone out one by one went out together"]
    return []


@asynccontextmanager
async def site(
    lab: Lab, people: int, *, size: int = ACTIVITY_BYTES, **settings: object
) -> AsyncIterator[Site]:
    """A company on a log of its own, and two nodes for it; activities of ``size`` bytes."""
    addresses = await lab.fresh()
    company = await found(addresses, people, {GROUP: range(people)})
    async with (
        serving(addresses, **settings) as server,
        serving(addresses, OTHER_CORES[0], **settings) as other,
    ):
        publisher = Publisher(server.port, company.boss.token)
        elsewhere = Publisher(other.port, company.boss.token)
        stamped = await Stamped.sized(publisher, GROUP, size)
        yield Site(server, company.members, publisher, elsewhere, stamped)
        publisher.close()
        elsewhere.close()


@asynccontextmanager
async def crowd(made: Site, *, deflates: bool = False) -> AsyncIterator[Readers]:
    """Everybody reads, with ``deflates`` over compressed connections."""
    plans = readers.plans(made.server.port, made.members)
    async with readers.reading(plans, deflates=deflates) as running:
        yield running
