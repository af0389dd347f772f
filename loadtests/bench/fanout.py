"""One server, its readers, and a publisher: what a load on them costs the server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench import readers
from loadtests.bench.company import found
from loadtests.bench.publisher import Publisher, at_rate
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

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
    def frame_bytes(self) -> int:
        """Bytes of a frame on the wire, on average."""
        return round(self.harvest.bytes / self.harvest.frames)


class Site:
    """A server with a group in which everybody is."""

    def __init__(
        self, server: Server, members: Sequence[Member], publisher: Publisher, stamped: Stamped
    ) -> None:
        self.server = server
        self.members = members
        self.publisher = publisher
        self.stamped = stamped

    async def cost(self, load: Load, readers: Readers) -> Cost:
        """Put the load on the server; everybody is to get everything."""
        await readers.reset()
        before = self.server.cpu
        await self.publish(load)
        wanted = load.rounds * load.per_round * readers.number
        await readers.until_count(wanted)
        cpu = self.server.cpu - before
        harvest = await readers.harvest()
        faults, doubts = _faults(harvest, wanted), _doubts(harvest, load)
        return Cost(cpu, max(1, harvest.activities), harvest, faults, doubts)

    async def publishing_cost(self, load: Load) -> float:
        """CPU seconds of the same load where nobody reads."""
        before = self.server.cpu
        await self.publish(load)
        return self.server.cpu - before

    async def publish(self, load: Load) -> None:
        """Publish on time, several activities in one call where the load has several a round."""
        begin = self._one if load.per_round == 1 else self._several(load.per_round)
        await at_rate(load.rounds, load.interval, begin)

    def _one(self, _: int, due: int) -> asyncio.Task[Answer]:
        return asyncio.create_task(self.publisher.publish(GROUP, self.stamped.body(due)))

    def _several(self, number: int) -> Callable[[int, int], asyncio.Task[Answer]]:
        def begin(_: int, due: int) -> asyncio.Task[Answer]:
            lines = [self.stamped.body(due)] * number
            return asyncio.create_task(self.publisher.publish_batch(GROUP, lines))

        return begin


def _faults(harvest: Harvest, wanted: int) -> list[str]:
    faults = list(harvest.faults)
    if harvest.lost:
        faults.append(f"{harvest.lost} connections lost")
    if harvest.activities != wanted:
        faults.append(f"{harvest.activities:,} of {wanted:,} deliveries")
    return faults


def _doubts(harvest: Harvest, load: Load) -> list[str]:
    if harvest.frames > _MOST_JOINED * load.per_round * harvest.reads:
        return ["the machine was too busy: what should have gone out one by one went out together"]
    return []


@asynccontextmanager
async def site(
    lab: Lab, people: int, *, size: int = ACTIVITY_BYTES, **settings: object
) -> AsyncIterator[Site]:
    """A company on a log of its own, and a server for it; activities of ``size`` bytes."""
    addresses = await lab.fresh()
    company = await found(addresses, people, {GROUP: range(people)})
    async with serving(addresses, **settings) as server:
        publisher = Publisher(server.port, company.boss.token)
        stamped = await Stamped.sized(publisher, GROUP, size)
        yield Site(server, company.members, publisher, stamped)
        publisher.close()


@asynccontextmanager
async def crowd(made: Site) -> AsyncIterator[Readers]:
    """Everybody reads."""
    async with readers.reading(readers.plans(made.server.port, made.members)) as running:
        yield running
