"""Many filters on one stream: does an activity cost what it matches, or what there is?

Every connection follows a group for each number of distinct filters, with one subscription each, so
that all numbers are measured on the same connections, in turns. Each filter asks for one of twenty
tags or for one that nobody uses, which makes it distinct; activities carry the twenty tags in turn.
So an activity is shown to a twentieth of the connections, on average over twenty of them: with a
single filter to all of them once in twenty times, with 10,000 filters to 500 each time.
"""

from __future__ import annotations

import asyncio
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

_TAGS = 20
#: Checkpoints go out by the clock, to whoever's turn it is: not while something else is measured.
_NO_CHECKPOINTS = 600


class Turn(NamedTuple):
    """CPU milliseconds of the server for an activity, and what was not as it should be."""

    cpu: float
    faults: list[str]


async def run(
    lab: Lab,
    *,
    connections: int = 10_000,
    filters: Sequence[int] = (1, 10, 1_000, 10_000),
    compared: int = 1_000,
    rate: float = 80,
    seconds: float = 2,
    runs: int = 5,
    ratio: float = 1.3,
) -> list[Row]:
    """CPU for an activity, for each number of distinct filters."""
    addresses = await lab.fresh()
    groups = {_group(number): range(connections) for number in filters}
    company = await found(addresses, connections, groups)
    async with serving(addresses, checkpoint_interval=_NO_CHECKPOINTS) as server:
        publisher = Publisher(server.port, company.boss.token)
        plans = [
            Plan(server.port, member.token, [_subscribe(number, place) for number in filters])
            for place, member in enumerate(company.members)
        ]
        rounds = _TAGS * max(1, round(seconds * rate / _TAGS))
        bench = await _Bench.on(server, publisher, _group(filters[0]))
        alone = mean([await bench.publish(_group(number), rounds, rate) for number in filters])
        async with reading(plans) as readers:
            turns = {
                number: [await bench.turn(_group(number), rounds, rate, readers)]
                for number in filters
            }
            for _ in range(runs - 1):
                for number, done in turns.items():
                    done.append(await bench.turn(_group(number), rounds, rate, readers))
        publisher.close()
    return _rows(connections, turns, alone, compared, ratio)


def _group(filters: int) -> str:
    return f"filters-{filters}"


def _subscribe(filters: int, place: int) -> str:
    mine = place % filters
    chosen = f"tag:t{mine % _TAGS:02},only{mine}"
    group = _group(filters)
    return f'{{"op":"subscribe","id":"{filters}","groups":["{group}"],"filter":"{chosen}"}}'


class _Bench:
    def __init__(self, server: Server, publisher: Publisher, stamped: Stamped) -> None:
        self._server = server
        self._publisher = publisher
        self._stamped = stamped

    @classmethod
    async def on(cls, server: Server, publisher: Publisher, group: str) -> _Bench:
        return cls(server, publisher, await Stamped.sized(publisher, group, ACTIVITY_BYTES))

    async def publish(self, group: str, rounds: int, rate: float) -> float:
        """CPU milliseconds for each of them."""

        def begin(number: int, due: int) -> asyncio.Task[Answer]:
            body = self._stamped.body(due, f" #t{number % _TAGS:02}")
            return asyncio.create_task(self._publisher.publish(group, body))

        before = self._server.cpu
        await at_rate(rounds, 1 / rate, begin)
        return (self._server.cpu - before) * 1e3 / rounds

    async def turn(self, group: str, rounds: int, rate: float, readers: Readers) -> Turn:
        """The same, with those who read and until they have all of it."""
        wanted = rounds * readers.number // _TAGS
        await readers.reset()
        before = self._server.cpu
        await self.publish(group, rounds, rate)
        await readers.until_count(wanted)
        cpu = (self._server.cpu - before) * 1e3 / rounds
        return Turn(cpu, (await readers.harvest()).faults_of(wanted))


def _rows(
    connections: int, turns: dict[int, list[Turn]], alone: float, compared: int, ratio: float
) -> list[Row]:
    faults = once(turn.faults for done in turns.values() for turn in done)
    about = Sheet(f"filters, {connections:,} connections, 5 % match", faults)
    fewest = turns[min(turns)]

    def times(done: list[Turn], less: float = 0) -> list[float]:
        pairs = zip(done, fewest, strict=True)
        return [(many.cpu - less) / (few.cpu - less) for many, few in pairs]

    costs = [
        about.row(
            f"CPU per activity, distinct filters: {number:,}", "ms", [turn.cpu for turn in done]
        )
        for number, done in turns.items()
    ]
    ratios = [
        about.row(
            f"{number:,} filters to {min(turns)}",
            "times",
            times(done),
            Goal("at most", ratio) if number == compared else None,
            f"{connections / _TAGS:,.0f} deliveries for an activity, alike in all; "
            f"{times_in_words(times(done, alone))} without publishing ({alone:.2f} ms)",
        )
        for number, done in turns.items()
        if number > min(turns)
    ]
    return [*costs, *ratios]


def times_in_words(ratios: list[float]) -> str:
    """The median, as it is read."""
    return f"{sorted(ratios)[len(ratios) // 2]:.2f} times"
