"""The demo company on a real log."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from headrace.administration import Administration
from headrace.auth import Passwords
from headrace.demo import company, history, running, show, traffic
from headrace.log import Database, audit, directory
from headrace.log import history as past
from headrace.model.activities import mentions_in
from headrace.model.entries import Entry
from headrace.model.filters import parse
from headrace.publishing import Publisher
from tests.integration.conftest import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from headrace.model.entries import Ending
    from tests.integration.conftest import Organisation

ZONE = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)


class House:
    """An empty log and its doors."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.told: list[Entry] = []
        clock, bits = Clock(), Random(5).getrandbits
        self.publisher = Publisher(database, self._hear, clock=clock, random_bits=bits)
        self.administration = Administration(self.publisher, clock=clock, random_bits=bits)

    def _hear(self, told: Sequence[Entry | Ending]) -> None:
        self.told += [one for one in told if isinstance(one, Entry)]

    async def create(self) -> None:
        await show.create(self.administration, self.publisher, self.database, now=NOW)

    async def count(self, query: str) -> int:
        async with self.database.connection() as connection:
            return int(await connection.fetchval(query))

    async def person(self, handle: str) -> UUID:
        async with self.database.connection() as connection:
            found = await directory.find_person(connection, handle)
        assert found is not None
        return UUID(found.id)


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    database = await Database.connect(database_url, size=4)
    yield House(database)
    await database.close()


ACTIVITIES = "SELECT count(*) FROM activity WHERE source = 'demo' OR type = 'Like'"


async def test_it_is_created_with_everything_that_was_said(house: House) -> None:
    await house.create()
    said = [one for wave in history.waves(history.load(), NOW) for one in wave]
    assert await house.count(ACTIVITIES) == len(said)
    assert await house.count("SELECT count(*) FROM person") == 24
    assert (await audit.verify(house.database)).broken is None


async def test_everybody_who_was_mentioned_was_reached(house: House) -> None:
    await house.create()
    texts = [one.text for wave in history.waves(history.load(), NOW) for one in wave if one.text]
    mentions = sum(len(mentions_in(text)) for text in texts)
    assert mentions > 20
    assert await house.count("SELECT sum(cardinality(mentions)) FROM activity") == mentions


async def test_creating_it_again_adds_nothing(house: House) -> None:
    await house.create()
    house.told.clear()
    before = await house.count("SELECT count(*) FROM entry")
    await house.create()
    assert await house.count("SELECT count(*) FROM entry") == before
    assert house.told == []


@pytest.mark.parametrize("stop_after", [0, 1, 9])
async def test_what_was_begun_is_finished(
    house: House, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    publish_many = house.publisher.publish_many
    waves = 0

    async def stopping(publications: Any) -> Any:
        nonlocal waves
        waves += 1
        if waves > stop_after:
            raise asyncio.CancelledError
        return await publish_many(publications)

    with monkeypatch.context() as patched:
        patched.setattr(house.publisher, "publish_many", stopping)
        with pytest.raises(asyncio.CancelledError):
            await house.create()
    await house.create()
    said = [one for wave in history.waves(history.load(), NOW) for one in wave]
    assert await house.count(ACTIVITIES) == len(said)


async def test_a_founder_alone_gets_the_rest(house: House) -> None:
    staff = company.load()
    await house.administration.add_person(
        None, email=staff.email(staff.people[0]), name="Mia Berger", admin=True
    )
    await house.create()
    assert await house.count("SELECT count(*) FROM person") == 24


async def test_people_sign_in_with_the_password_that_is_shown(house: House) -> None:
    await house.create()
    async with house.database.connection() as connection:
        for one in company.sign_ins():
            known = await connection.fetchval(
                "SELECT password FROM person WHERE email = $1", one.email
            )
            assert await Passwords().verify(known, one.password)
        service = await connection.fetchval("SELECT password FROM person WHERE handle = 'ci'")
    assert service is None


async def test_only_what_is_new_today_is_unread(house: House) -> None:
    await house.create()
    async with house.database.connection() as connection:
        seen = await directory.groups_seen(connection, await house.person("mia"), own_only=True)
    unread = sum(stream.unread for group in seen for stream in group.streams)
    assert 5 <= unread <= 40


async def test_a_guest_sees_the_project_and_nothing_internal(house: House) -> None:
    await house.create()
    page = past.Page(await house.person("clara"), 500, parse(""))
    read = await page.read(house.database)
    assert {activity.target for activity in read} == {"auental"}
    assert {activity.level for activity in read} == {"public"}


async def test_nobody_outside_knows_of_the_board(house: House) -> None:
    await house.create()
    async with house.database.connection() as connection:
        seen = await directory.groups_seen(connection, await house.person("paul"), own_only=False)
    assert "geschaeftsleitung" not in {group.name for group in seen}


async def test_a_log_that_others_use_is_left_alone(organisation: Organisation) -> None:
    door = (organisation.administration, organisation.publisher, organisation.database)
    async with running(*door) as sign_ins:
        assert sign_ins == []
    assert organisation.told == []


async def test_while_it_runs_it_says_how_to_sign_in(house: House) -> None:
    door = (house.administration, house.publisher, house.database)
    async with running(*door) as sign_ins:
        assert sign_ins == company.sign_ins()
    assert await house.count("SELECT count(*) FROM person") == 24


async def test_its_traffic_is_published_without_a_refusal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.create()
    goes_on, writer = await going_on(house)
    said = []
    think = writer.line

    def line(now: datetime) -> traffic.Line | None:
        said.append(think(now))
        return said[-1]

    monkeypatch.setattr(writer, "line", line)
    house.told.clear()
    for _ in range(120):
        await goes_on.step()
    told = {entry.activity.id for entry in house.told}
    assert len(told) == sum(one is not None for one in said) > 100
    assert {entry.activity.type for entry in house.told} == {"Create", "Like"}


async def test_its_traffic_goes_on_when_somebody_has_left(house: House) -> None:
    await house.create()
    for handle in ("nina", "emma", "katrin"):
        await house.administration.deactivate(None, handle)
    goes_on, _ = await going_on(house)
    house.told.clear()
    for _ in range(80):
        await goes_on.step()
    assert len(house.told) > 40


async def test_its_traffic_waits_between_two_lines(house: House) -> None:
    await house.create()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            raise asyncio.CancelledError

    goes_on, _ = await going_on(house, sleep)
    house.told.clear()
    with pytest.raises(asyncio.CancelledError):
        await goes_on.run()
    assert len({entry.activity.id for entry in house.told}) == 3
    assert all(1 < seconds < 10 for seconds in slept)


async def going_on(
    house: House, sleep: Any = asyncio.sleep
) -> tuple[traffic.Traffic, traffic.Writer]:
    random = Random(11)
    writer = traffic.Writer(traffic.load(), company.load().languages(), random)
    people = {who.handle: await house.person(who.handle) for who in company.load().people}
    made = traffic.Traffic(
        house.publisher, writer, people, random=random, clock=lambda: NOW, sleep=sleep
    )
    return made, writer
