"""A node dies with all its connections, and all of them resume on the other one.

Some groups get so much meanwhile that it is in nobody's memory any more: whoever was in them has to
be given pages of the log. The other groups go on all the time, and those who were connected to the
other node from the start are to notice nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from loadtests.bench.company import found
from loadtests.bench.fanout import ACTIVITY_BYTES
from loadtests.bench.machine import OTHER_CORES
from loadtests.bench.publisher import Publisher, at_rate
from loadtests.bench.readers import plans, reading
from loadtests.bench.report import Goal, Sheet, once
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped
from loadtests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loadtests.bench.engines import Lab
    from loadtests.bench.publisher import Answer
    from loadtests.bench.readers import Readers
    from loadtests.bench.report import Row
    from loadtests.bench.server import Server

_PAGE = 256
_PATIENCE = 60.0


class Sizes(NamedTuple):
    """How many are on the node that dies and on the other one, and in how many groups.

    ``flooded`` of the groups get ``backlog`` activities while nobody of them is connected; the
    others get ``rate`` a second all together for ``seconds``.
    """

    dying: int
    staying: int
    groups: int
    flooded: int
    backlog: int
    rate: float
    seconds: float


class Storm(NamedTuple):
    """What came of it: seconds, log reads for each page that somebody needed, and the others'."""

    caught_up: float
    reads: float
    p99: float
    retried: int
    faults: tuple[str, ...]


class _Line(msgspec.Struct):
    seq: int


async def run(
    lab: Lab,
    *,
    dying: int = 5_000,
    staying: int = 1_000,
    groups: int = 50,
    flooded: int = 2,
    backlog: int = 1_000,
    rate: float = 50,
    seconds: float = 6,
    runs: int = 1,
) -> list[Row]:
    """Seconds from the death until the last one is caught up; log reads; the others' latency."""
    sizes = Sizes(dying, staying, groups, flooded, backlog, rate, seconds)
    storms = [await _storm(lab, sizes) for _ in range(runs)]
    return _rows(sizes, storms)


async def _storm(lab: Lab, sizes: Sizes) -> Storm:
    addresses = await lab.fresh()
    people = sizes.dying + sizes.staying
    members = {
        f"group-{number:03}": range(number, people, sizes.groups) for number in range(sizes.groups)
    }
    company = await found(addresses, people, members)
    async with (
        serving(addresses, page_entries=_PAGE) as other,
        serving(addresses, OTHER_CORES[0]) as victim,
        reading(plans(other.port, company.members[sizes.dying :])) as staying,
        reading(plans(victim.port, company.members[: sizes.dying])) as dying,
    ):
        publisher = Publisher(other.port, company.boss.token)
        stamped = await Stamped.sized(publisher, "group-000", ACTIVITY_BYTES)
        storm = _Storming(sizes, members, other, publisher, stamped)
        try:
            return await storm.break_loose(victim, dying, staying)
        finally:
            publisher.close()


class _Storming:
    def __init__(
        self,
        sizes: Sizes,
        members: Mapping[str, Sequence[int]],
        other: Server,
        publisher: Publisher,
        stamped: Stamped,
    ) -> None:
        self._sizes = sizes
        self._flooded = list(members)[: sizes.flooded]
        self._others = list(members)[sizes.flooded :]
        self._members = members
        self._other = other
        self._publisher = publisher
        self._stamped = stamped
        self._pages = 0

    async def break_loose(self, victim: Server, dying: Readers, staying: Readers) -> Storm:
        await self._until_all_have_the_first(dying, staying)
        await staying.reset()
        await dying.reset()
        await victim.kill()
        await self._until_all(dying, "lost")
        await self._flood()
        before = self._reads()
        talking = asyncio.create_task(self._talk())
        await dying.fail_over(self._other.port)
        await self._until_all(dying, "resumed")
        await talking
        return await self._judge(dying, staying, before)

    async def _until_all_have_the_first(self, dying: Readers, staying: Readers) -> None:
        """The activity that was published to find out sizes: it is no part of what is counted."""
        place = self._members["group-000"]
        few = sum(one < self._sizes.dying for one in place)
        await dying.until_count(few)
        await staying.until_count(len(place) - few)

    async def _until_all(self, dying: Readers, are: Literal["lost", "resumed"]) -> None:
        """As long as patience lasts: what is missing is told in the end."""

        async def they_are() -> bool:
            number: int = getattr(await dying.harvest(), are)
            return number == self._sizes.dying

        await until(they_are, _PATIENCE, pause=0.05)

    async def _flood(self) -> None:
        body = msgspec.json.encode({"content": "x" * ACTIVITY_BYTES})
        for group in self._flooded:
            answer = await self._publisher.publish_batch(group, [body] * self._sizes.backlog)
            lines = [msgspec.json.decode(line, type=_Line) for line in answer.body.splitlines()]
            first, last = lines[0].seq, lines[-1].seq
            self._pages += (last - 1) // _PAGE - (first - 1) // _PAGE + 1

    async def _talk(self) -> None:
        def begin(number: int, due: int) -> asyncio.Task[Answer]:
            group = self._others[number % len(self._others)]
            return asyncio.create_task(self._publisher.publish(group, self._stamped.body(due)))

        await at_rate(self._rounds, 1 / self._sizes.rate, begin)

    @property
    def _rounds(self) -> int:
        return max(1, round(self._sizes.rate * self._sizes.seconds))

    def _reads(self) -> float:
        return self._other.metric("pages_total", how="read")

    async def _judge(self, dying: Readers, staying: Readers, before: float) -> Storm:
        reads = self._reads() - before
        shown = [*self._flooded * self._sizes.backlog]
        shown += [self._others[n % len(self._others)] for n in range(self._rounds)]
        faults = []
        for readers, is_one in ((dying, self._dies), (staying, self._stays)):
            sizes = {name: sum(map(is_one, places)) for name, places in self._members.items()}
            wanted = sum(sizes[name] for name in shown)
            await readers.until_count(wanted)
            lost = self._sizes.dying if readers is dying else 0
            faults += (await readers.harvest()).faults_of(wanted, lost)
        if not reads:
            faults.append("nobody had to read the log")
        storm, others = await dying.harvest(), await staying.harvest()
        if storm.resumed != self._sizes.dying:
            faults.append(f"{storm.resumed:,} of {self._sizes.dying:,} caught up")
        return Storm(
            storm.slowest_resume_ms / 1e3,
            reads / self._pages,
            others.latency_ms.p99,
            storm.retried,
            tuple(faults),
        )

    def _dies(self, place: int) -> bool:
        return place < self._sizes.dying

    def _stays(self, place: int) -> bool:
        return not self._dies(place)


def _rows(sizes: Sizes, storms: list[Storm]) -> list[Row]:
    about = Sheet(
        f"reconnect storm, a node with {sizes.dying:,} connections dies",
        once(storm.faults for storm in storms),
    )
    retried = sum(storm.retried for storm in storms)
    missed = f"{sizes.flooded} groups of {sizes.groups} got {sizes.backlog:,} activities meanwhile"
    return [
        about.row(
            "all caught up on the other node after",
            "s",
            [storm.caught_up for storm in storms],
            Goal("at most", 5),
            f"counted from the death; {retried:,} were sent away and came again",
        ),
        about.row(
            "log reads for each stream and page",
            "",
            [storm.reads for storm in storms],
            Goal("at most", 1),
            missed,
        ),
        about.row(
            "publish to receipt for the others, p99",
            "ms",
            [storm.p99 for storm in storms],
            Goal("at most", 250),
            f"{sizes.staying:,} readers on the other node, {sizes.rate:g} publications a second",
        ),
    ]
