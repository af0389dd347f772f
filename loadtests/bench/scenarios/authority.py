"""What a person may read, and what of it is unread: the two questions before anything is shown.

One person sits in 40 groups at all three levels: in some themselves, in the others through teams
that lie four deep in each other and take part as a whole. Another one reads 200 groups, with posts
in each of which they have read a part. Everything is asked as a node asks it, over and over, of a
log that others are in too; each number is the median of all answers.
"""

from __future__ import annotations

import secrets
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import TYPE_CHECKING
from uuid import UUID

from headrace.administration import Administration
from headrace.log import Database, authority, cursors, directory
from headrace.model.groups import GroupKind, Role
from headrace.model.levels import Level
from headrace.publishing import Publication, Publisher
from loadtests.bench.report import Goal, Row, once

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from headrace.model.people import Person
    from loadtests.bench.engines import Lab

_DEPTH = 4
_OTHERS = 30


async def run(
    lab: Lab,
    *,
    seated: int = 40,
    followed: int = 200,
    posts: int = 20,
    asked: int = 300,
    milliseconds: float = 5,
) -> list[Row]:
    """Milliseconds until the answer is there, decoded; ``posts`` are those in each group."""
    addresses = await lab.fresh()
    async with _company(addresses.database_url) as company:
        chief = await company.chief(seated)
        reader = await company.reader(followed, posts)
        await company.settle()

        async def load() -> int:
            found = await authority.load(company.database, UUID(chief.id))
            return len(found.streams) if found else 0

        async def count() -> int:
            async with company.database.connection() as connection:
                groups = await directory.groups_seen(connection, UUID(reader.id), own_only=False)
            return sum(stream.unread > 0 for group in groups for stream in group.streams)

        return [
            await timed(
                f"authority over {seated} groups", load, seated * len(Level), asked, milliseconds
            ),
            await timed(
                f"unread counts of {followed} groups", count, followed, asked, milliseconds
            ),
        ]


async def timed(
    what: str,
    ask: Callable[[], Awaitable[int]],
    expected: int,
    asked: int,
    milliseconds: float | None,
    scenario: str = "authority",
) -> Row:
    """The median time of an answer, each of which has to be the one expected."""
    took, faults = [], []
    for _ in range(asked):
        started = time.perf_counter()
        found = await ask()
        took.append((time.perf_counter() - started) * 1_000)
        if found != expected:
            faults.append(f"{found} instead of {expected}")
    slow = quantiles(took, n=100)[98] if len(took) > 1 else took[0]
    return Row(
        scenario=scenario,
        what=what,
        unit="ms",
        runs=(median(took),),
        goal=None if milliseconds is None else Goal("at most", milliseconds),
        note=f"median of {asked}; 99 of 100 within {slow:.1f} ms; {expected} each",
        faults=once([faults]),
    )


class _Company:
    def __init__(self, database: Database, publisher: Publisher, boss: Person) -> None:
        self.database = database
        self._publisher = publisher
        self._boss = boss
        self._office = Administration(publisher, clock=_now, random_bits=secrets.randbits)

    async def chief(self, groups: int) -> Person:
        """Somebody who reads so many groups at all levels: teams, what these are in, and more."""
        chief = await self._person("chief")
        teams = await self._teams("team", _DEPTH)
        await self._office.put_member(self._boss, teams[-1], chief.handle, Role.OWNER, None)
        for number in range(groups - _DEPTH):
            name = await self._group(f"seat-{number}")
            subject = chief.handle if number % 2 else f"team:{teams[number % _DEPTH]}"
            await self._office.put_member(
                self._boss, name, subject, Role.MODERATOR, Level.CONFIDENTIAL
            )
        for name in teams[:-1]:  # a sub-team's people are members of the teams above
            await self._office.put_member(self._boss, name, chief.handle, Role.MODERATOR, None)
        return chief

    async def reader(self, groups: int, posts: int) -> Person:
        """Somebody who has read half of what is in so many groups, at the level of the staff."""
        reader = await self._person("reader")
        others = [await self._person(f"other-{number}") for number in range(_OTHERS)]
        for number in range(groups):
            name = await self._group(f"stream-{number}")
            for person in (reader, others[number % _OTHERS]):
                await self._office.put_member(self._boss, name, person.handle, None, None)
            await self._publish(name, posts)
            await self._read_half(reader, name)
            await self._publish(name, posts)
        return reader

    async def settle(self) -> None:
        """What autovacuum would have done by the time that anybody asks."""
        async with self.database.connection() as connection:
            await connection.execute("VACUUM ANALYZE")

    async def _person(self, name: str) -> Person:
        return await self._office.add_person(None, email=f"{name}@example.org", name=name)

    async def _group(self, name: str) -> str:
        await self._office.add_group(self._boss, name=name, title=name)
        return name

    async def _teams(self, name: str, depth: int) -> list[str]:
        """Teams, each in the one before."""
        names = [f"{name}-{level}" for level in range(depth)]
        for above, below in zip([None, *names], names, strict=False):
            await self._office.add_group(
                self._boss, name=below, title=below, kind=GroupKind.TEAM, parent=above
            )
        return names

    async def _publish(self, group: str, posts: int) -> None:
        boss = UUID(self._boss.id)
        wanted = [
            Publication(actor=boss, group=group, content=f"post {number} in {group}")
            for number in range(posts)
        ]
        await self._publisher.publish_many(wanted)

    async def _read_half(self, reader: Person, group: str) -> None:
        async with self.database.connection() as connection:
            (seen,) = await directory.groups_seen(
                connection, UUID(reader.id), only=group, own_only=True
            )
        for stream in seen.streams:
            await cursors.read_up_to(self.database, UUID(reader.id), stream.stream, stream.head)


@asynccontextmanager
async def _company(url: str) -> AsyncIterator[_Company]:
    database = await Database.connect(url, size=2)
    publisher = Publisher(database, lambda _: None, clock=_now, random_bits=secrets.randbits)
    office = Administration(publisher, clock=_now, random_bits=secrets.randbits)
    boss = await office.add_person(None, email="boss@example.org", name="Boss", admin=True)
    try:
        yield _Company(database, publisher, boss)
    finally:
        await publisher.close()
        await database.close()


def _now() -> datetime:
    return datetime.now(UTC)
