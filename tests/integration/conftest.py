"""A small organisation on a log of its own."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from headrace.administration import Administration
from headrace.auth.sealing import Ring
from headrace.auth.sealing_keys import SealingKeys
from headrace.log import Database, authority
from headrace.model.entries import Ending
from headrace.model.groups import Visibility
from headrace.model.people import Kind
from headrace.publishing import Publication, Published, Publisher
from headrace.settings import Settings
from tests.conftest import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Clock:
    """A clock that moves by a millisecond whenever it is looked at."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


class Organisation:
    """Mia owns group qm, Jonas is a member, Gus a guest, and Olga an outsider.

    ``told`` are the entries and ``ended`` the endings announced so far.
    """

    mia: Person
    jonas: Person
    gus: Person
    olga: Person

    def __init__(self, database: Database, seed: int = 7) -> None:
        self.database = database
        self.told: list[Entry] = []
        self.ended: list[Ending] = []
        self.clock = Clock()
        bits = random.Random(seed).getrandbits
        self.publisher = Publisher(
            database, self._hear, clock=self.clock, random_bits=bits, batch=16
        )
        self.administration = Administration(self.publisher, clock=self.clock, random_bits=bits)

    def _hear(self, told: Sequence[Entry | Ending]) -> None:
        for one in told:
            if isinstance(one, Ending):
                self.ended.append(one)
            else:
                self.told.append(one)

    async def build(self) -> None:
        keys = SealingKeys(self.database, secrets.token_bytes)
        await keys.take_up(Ring.of(Settings(secret_key=SECRET_KEY)))
        add = self.administration.add_person
        self.mia = await add(None, email="mia@example.org", name="Mia Keller", admin=True)
        self.jonas = await add(None, email="jonas@example.org", name="Jonas Weber")
        self.gus = await add(None, email="gus@customer.example", name="Gus", kind=Kind.GUEST)
        self.olga = await add(None, email="olga@example.org", name="Olga Petrova")
        await self.administration.add_group(self.mia, name="qm", title="Quality")
        await self.administration.put_member(self.mia, "qm", "jonas", None, None)
        await self.administration.put_member(self.mia, "qm", "gus", None, None)
        self.told.clear()

    async def hide(self, by: Person, name: str, title: str = "Hidden", **fields: Any) -> None:
        """A secret group with a name that is known beforehand: it becomes secret later."""
        await self.administration.add_group(by, name=name, title=title, **fields)
        secret = Visibility.SECRET
        await self.administration.change_group(by, name, title=None, visibility=secret, parent=None)

    async def reads(self, person: Person) -> dict[str, list[str]]:
        """The levels that a person reads, by group."""
        known = await authority.load(self.database, UUID(person.id))
        assert known is not None
        found: dict[str, list[str]] = {}
        for stream in known.streams:
            found.setdefault(str(stream.group), []).append(str(stream.level))
        return found

    async def post(self, by: Person, content: str = "hello", **fields: Any) -> Published:
        """Publish in group qm."""
        fields = {"group": "qm"} | fields
        return await self.publisher.publish(
            Publication(actor=UUID(by.id), content=content, **fields)
        )


@pytest.fixture
async def organisation(database_url: str) -> AsyncIterator[Organisation]:
    database = await Database.connect(database_url, size=8)
    made = Organisation(database)
    await made.build()
    yield made
    await made.publisher.close()
    await database.close()
