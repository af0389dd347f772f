"""Many small groups in which much is said: how soon is it there?"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench.company import found
from loadtests.bench.fanout import ACTIVITY_BYTES
from loadtests.bench.publisher import Publisher, at_rate
from loadtests.bench.readers import plans, reading
from loadtests.bench.report import Goal, Sheet, once
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loadtests.bench.engines import Lab
    from loadtests.bench.publisher import Answer
    from loadtests.bench.readers import Harvest, Readers
    from loadtests.bench.report import Row
    from loadtests.bench.server import Server


class Talk(NamedTuple):
    """What one run of it took."""

    harvest: Harvest
    core: float
    faults: tuple[str, ...]


async def run(
    lab: Lab,
    *,
    people: int = 5_000,
    groups: int = 1_000,
    size: int = 25,
    rate: float = 500,
    seconds: float = 3,
    runs: int = 5,
    p99: float = 25,
) -> list[Row]:
    """Latency of activities that go to one group after the other."""
    addresses = await lab.fresh()
    members = divided(people, groups, size)
    company = await found(addresses, people, members)
    async with serving(addresses) as server:
        publisher = Publisher(server.port, company.boss.token)
        stamped = await Stamped.sized(publisher, next(iter(members)), ACTIVITY_BYTES)
        async with reading(plans(server.port, company.members)) as readers:
            talk = _Talking(server, publisher, stamped, members, readers)
            await talk.go_on(min(1, seconds), rate)
            talks = [await talk.go_on(seconds, rate) for _ in range(runs)]
        publisher.close()
    name = f"{people:,} people in {groups:,} groups of {size}, {rate:g} publications a second"
    return _rows(name, talks, p99)


def divided(people: int, groups: int, size: int) -> dict[str, list[int]]:
    """Groups of that size; everybody is in as many, chosen at random but reproducibly.

    ``people`` is a multiple of ``size``.
    """
    chance = random.Random(2026)
    places: list[int] = []
    while len(places) < groups * size:
        places += chance.sample(range(people), people)
    return {
        f"group-{number:04}": places[number * size : (number + 1) * size]
        for number in range(groups)
    }


class _Talking:
    def __init__(
        self,
        server: Server,
        publisher: Publisher,
        stamped: Stamped,
        members: Mapping[str, Sequence[int]],
        readers: Readers,
    ) -> None:
        self._server = server
        self._publisher = publisher
        self._stamped = stamped
        self._sizes = [(name, len(places)) for name, places in members.items()]
        self._readers = readers

    async def go_on(self, seconds: float, rate: float) -> Talk:
        """Publish for so long, to one group after the other."""
        rounds = max(1, round(seconds * rate))
        wanted = sum(self._sizes[n % len(self._sizes)][1] for n in range(rounds))
        await self._readers.reset()
        cpu = self._server.cpu
        await at_rate(rounds, 1 / rate, self._begin)
        await self._readers.until_count(wanted)
        cpu = self._server.cpu - cpu
        harvest = await self._readers.harvest()
        return Talk(harvest, cpu / seconds, tuple(harvest.faults_of(wanted)))

    def _begin(self, number: int, due: int) -> asyncio.Task[Answer]:
        group, _ = self._sizes[number % len(self._sizes)]
        return asyncio.create_task(self._publisher.publish(group, self._stamped.body(due)))


def _rows(name: str, talks: list[Talk], p99: float) -> list[Row]:
    about = Sheet(name, once(talk.faults for talk in talks))
    return [
        about.row(
            "publish to receipt, p99",
            "ms",
            [talk.harvest.latency_ms.p99 for talk in talks],
            Goal("at most", p99),
        ),
        about.row(
            "publish to receipt, median", "ms", [talk.harvest.latency_ms.p50 for talk in talks]
        ),
        about.row("the server's core, used", "%", [talk.core * 100 for talk in talks]),
    ]
