"""What somebody reads first, from a log with a million activities.

One person reads 60 of 200 groups, large ones and small ones: the newest of all of them, what was
before that, and a search for a word that hardly anybody uses. Another one reads all 200 and has
read none of it. Asked as a node asks, over and over; each number is the median of all answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.log import Database, directory, history
from headrace.model.filters import parse
from loadtests.bench import million
from loadtests.bench.company import found
from loadtests.bench.scenarios.authority import timed

if TYPE_CHECKING:
    from headrace.log.history import Page
    from loadtests.bench.engines import Lab
    from loadtests.bench.report import Row

_LIMIT = 50


async def run(
    lab: Lab,
    *,
    activities: int = 1_000_000,
    groups: int = 200,
    followed: int = 60,
    asked: int = 200,
    milliseconds: float = 10,
) -> list[Row]:
    """Milliseconds until the answer is there, decoded."""
    addresses = await lab.fresh()
    some = {groups * number // followed for number in range(followed)}
    places = {f"group-{n:03}": [1, 0] if n in some else [1] for n in range(groups)}
    company = await found(addresses, 40, places)
    await million.fill(addresses.database_url, activities)
    reader, hoarder = (member.id for member in company.members[:2])
    database = await Database.connect(addresses.database_url, size=2)
    survey, where = _Survey(database, reader, hoarder, asked), f"of {followed} groups"
    try:
        last = await survey.page(
            f"the newest {_LIMIT} {where}", survey.wanted(), _LIMIT, milliseconds
        )
        earlier = survey.wanted().before(UUID(last))
        await survey.page(f"the {_LIMIT} before those {where}", earlier, _LIMIT)
        await survey.page(f"a hashtag {where}", survey.wanted(f"tag:{million.TAG}"), _LIMIT)
        await survey.page(f"a rare word {where}", survey.wanted(million.RARE), 1)
        await survey.page(f"a word that nobody has used {where}", survey.wanted("xylophon"), 0)
        await survey.unread(f"unread counts of {groups} groups", milliseconds / 2)
        return survey.rows
    finally:
        await database.close()


class _Survey:
    """``reader`` follows some of the groups, ``hoarder`` all."""

    def __init__(self, database: Database, reader: UUID, hoarder: UUID, asked: int) -> None:
        self._database = database
        self._reader = reader
        self._hoarder = hoarder
        self._asked = asked
        self.rows: list[Row] = []

    async def page(self, what: str, page: Page, least: int, goal: float | None = None) -> str:
        """Ask for a page with at least so many; answers the id of its last activity."""

        async def ask() -> int:
            return min(least, len(await page.read(self._database)))

        self.rows.append(await timed(what, ask, least, self._asked, goal, "reading"))
        found = await page.read(self._database)
        return found[-1].id if found else ""

    async def unread(self, what: str, goal: float) -> None:
        """Ask for all unread counts."""

        async def count() -> int:
            async with self._database.connection() as connection:
                seen = await directory.groups_seen(connection, self._hoarder, own_only=False)
            return sum(stream.unread > 0 for group in seen for stream in group.streams)

        row = await timed(what, count, await count(), self._asked, goal, "reading")
        self.rows.append(row)

    def wanted(self, text: str = "") -> Page:
        """The newest that the reader sees."""
        return history.Page(self._reader, _LIMIT, parse(text))
