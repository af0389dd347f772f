"""Everybody with interests of their own: what if those who are shown an activity know different
things already?

In one group each connection asks for three tags of sixty, drawn at random, and each activity has
one of them. So it is shown to a twentieth of the connections, who were last told of some forty
different numbers, and there are that many frames of it. In the other group each asks for one tag of
twenty: as many are shown it, and they are told alike.
"""

from __future__ import annotations

import asyncio
from random import Random
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from loadtests.bench.company import found
from loadtests.bench.fanout import ACTIVITY_BYTES
from loadtests.bench.publisher import Publisher, at_rate
from loadtests.bench.readers import Plan, reading
from loadtests.bench.report import Goal, Sheet, once
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.bench.engines import Lab
    from loadtests.bench.publisher import Answer
    from loadtests.bench.readers import Readers
    from loadtests.bench.report import Row
    from loadtests.bench.server import Server

#: Checkpoints go out by the clock, to whoever's turn it is: not while something else is measured.
_NO_CHECKPOINTS = 600


class Taste(NamedTuple):
    """A group, the tags that each connection follows in it, and the tag of each activity."""

    group: str
    followed: list[list[int]]
    tags: list[int]

    @property
    def deliveries(self) -> int:
        """How many there have to be of all activities together."""
        return sum(tag in followed for tag in self.tags for followed in self.followed)

    def subscribe(self, place: int) -> str:
        """What a connection asks for."""
        chosen = ",".join(map(_tag, self.followed[place]))
        group = self.group
        return f'{{"op":"subscribe","id":"{group}","groups":["{group}"],"filter":"tag:{chosen}"}}'


async def run(
    lab: Lab,
    *,
    connections: int = 10_000,
    rate: float = 80,
    seconds: float = 2,
    runs: int = 5,
    ratio: float = 1.3,
) -> list[Row]:
    """CPU for an activity, and what that is to where all are told alike."""
    tastes = _tastes(connections, round(seconds * rate))
    addresses = await lab.fresh()
    groups = {taste.group: range(connections) for taste in tastes}
    company = await found(addresses, connections, groups)
    async with serving(addresses, checkpoint_interval=_NO_CHECKPOINTS) as server:
        publisher = Publisher(server.port, company.boss.token)
        stamped = await Stamped.sized(publisher, tastes[0].group, ACTIVITY_BYTES)
        bench = _Bench(server, publisher, stamped, rate)
        plans = [
            Plan(server.port, member.token, [taste.subscribe(place) for taste in tastes])
            for place, member in enumerate(company.members)
        ]
        alone = mean([await bench.publish(taste) for taste in tastes])
        async with reading(plans) as readers:
            turns = [
                [await bench.turn(taste, readers) for taste in tastes] for _ in range(runs + 1)
            ]
        publisher.close()
    return _rows(connections, tastes, turns[1:], alone, ratio)  # the first warms up


def _tastes(connections: int, activities: int) -> tuple[Taste, Taste]:
    chance = Random(1)
    own = [chance.sample(range(60), 3) for _ in range(connections)]
    alike = [[place % 20] for place in range(connections)]
    return (
        Taste("own", own, [chance.randrange(60) for _ in range(activities)]),
        Taste("alike", alike, [chance.randrange(20) for _ in range(activities)]),
    )


def _tag(number: int) -> str:
    return f"t{number:02}"


class Turn(NamedTuple):
    """CPU milliseconds of the server for an activity, and what was not as it should be."""

    cpu: float
    faults: list[str]


class _Bench:
    def __init__(self, server: Server, publisher: Publisher, stamped: Stamped, rate: float) -> None:
        self._server = server
        self._publisher = publisher
        self._stamped = stamped
        self._pause = 1 / rate

    async def publish(self, taste: Taste) -> float:
        """CPU milliseconds for each of them."""

        def begin(number: int, due: int) -> asyncio.Task[Answer]:
            body = self._stamped.body(due, f" #{_tag(taste.tags[number])}")
            return asyncio.create_task(self._publisher.publish(taste.group, body))

        before = self._server.cpu
        await at_rate(len(taste.tags), self._pause, begin)
        return (self._server.cpu - before) * 1e3 / len(taste.tags)

    async def turn(self, taste: Taste, readers: Readers) -> Turn:
        """The same, with those who read and until they have all of it."""
        await readers.reset()
        before = self._server.cpu
        await self.publish(taste)
        await readers.until_count(taste.deliveries)
        cpu = (self._server.cpu - before) * 1e3 / len(taste.tags)
        return Turn(cpu, (await readers.harvest()).faults_of(taste.deliveries))


def _rows(
    connections: int,
    tastes: Sequence[Taste],
    turns: Sequence[Sequence[Turn]],
    alone: float,
    ratio: float,
) -> list[Row]:
    faults = once(turn.faults for both in turns for turn in both)
    about = Sheet(f"interests, {connections:,} connections", faults)
    costs = [
        about.row(
            f"CPU per activity, {words}",
            "ms",
            [both[place].cpu for both in turns],
            note=f"{taste.deliveries / len(taste.tags):,.0f} deliveries, {alone:.2f} ms to publish",
        )
        for place, (taste, words) in enumerate(
            zip(tastes, ("three of sixty tags each", "all told alike"), strict=True)
        )
    ]
    times = [own.cpu / alike.cpu for own, alike in turns]
    return [*costs, about.row("the first to the second", "times", times, Goal("at most", ratio))]
