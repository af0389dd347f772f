"""Delivery cases that are about the log: the numbers are those of tests/test_delivery_cases.py."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from headrace.errors import NotFound
from headrace.log import appending, history, references

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from headrace.log.database import Connection
    from headrace.model.people import Person
    from headrace.publishing import Published
    from tests.integration.conftest import Organisation


async def stream_key(organisation: Organisation, name: str) -> int:
    async with organisation.database.connection() as connection:
        key: int = await connection.fetchval("SELECT id FROM stream WHERE name = $1", name)
    return key


async def somebody_waits(organisation: Organisation) -> bool:
    """Whether anybody waits for a lock."""
    async with organisation.database.connection() as connection:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
    return count > 0


async def test_t09_a_number_is_taken_and_committed_in_one_piece(
    organisation: Organisation,
) -> None:
    """Whoever comes second waits for the first, who holds the number still."""
    first = await organisation.post(organisation.mia, "first")
    key = await stream_key(organisation, first.stream)
    async with organisation.database.transaction() as connection:
        await appending.lock_streams(connection, [key])
        second = asyncio.create_task(organisation.post(organisation.mia, "second"))
        async with asyncio.timeout(10):
            while not await somebody_waits(organisation):  # each look is a question, and a pause
                pass
        assert not second.done()
        assert len(organisation.told) == 1, "nothing is announced before it is committed"
    assert (await second).seq == first.seq + 1


@asynccontextmanager
async def meanwhile(
    organisation: Organisation, doing: Awaitable[Published]
) -> AsyncIterator[tuple[Connection, asyncio.Task[Published]]]:
    """What happens between the look of a publisher and its lock: committed when this ends."""
    name = (await organisation.post(organisation.mia)).stream
    key = await stream_key(organisation, name)
    async with organisation.database.transaction() as connection:
        await appending.lock_streams(connection, [key])
        task = asyncio.ensure_future(doing)
        async with asyncio.timeout(10):
            while not await somebody_waits(organisation):
                pass
        yield connection, task


async def leave(connection: Connection, person: Person) -> None:
    await connection.execute("DELETE FROM reader WHERE person = $1", UUID(person.id))


async def test_t11_a_right_lost_between_the_look_and_the_lock_takes_no_number(
    organisation: Organisation,
) -> None:
    late = organisation.post(organisation.jonas, "too late")
    async with meanwhile(organisation, late) as (connection, task):
        await leave(connection, organisation.jonas)
    with pytest.raises(NotFound):
        await task
    assert [entry.activity.content for entry in organisation.told] == ["hello"]


async def test_t11_nobody_is_told_who_lost_the_stream_between_the_look_and_the_lock(
    organisation: Organisation,
) -> None:
    mention = organisation.post(organisation.mia, "look, @jonas")
    async with meanwhile(organisation, mention) as (connection, task):
        await leave(connection, organisation.jonas)
    assert (await task).unreached == ("jonas",)
    assert organisation.told[-1].via is None


async def test_an_edit_that_comes_after_the_deletion_brings_nothing_back(
    organisation: Organisation,
) -> None:
    post = await organisation.post(organisation.mia, "in error")
    edit = organisation.post(organisation.mia, "once more", type="Update", object=UUID(post.id))
    async with meanwhile(organisation, edit) as (connection, task):
        await references.bury(connection, UUID(post.id), organisation.clock())
    with pytest.raises(NotFound):
        await task
    assert [entry.activity.type for entry in organisation.told] == ["Create", "Create"]


async def test_t29_publishing_and_changing_members_never_wait_for_each_other_for_ever(
    organisation: Organisation,
) -> None:
    administration = organisation.administration

    async def come_and_go() -> None:
        for _ in range(6):
            await administration.put_member(organisation.mia, "qm", "olga", None, None)
            await administration.drop_member(organisation.mia, "qm", "olga")

    async def talk() -> None:
        for number in range(12):
            await organisation.post(organisation.jonas, f"{number} @mia @gus @olga", level=None)

    async with asyncio.timeout(30):
        await asyncio.gather(come_and_go(), talk(), talk())
    person = UUID(organisation.jonas.id)
    for stream in {entry.stream for entry in organisation.told}:
        page = await history.stream_page(organisation.database, person, stream, 0, 500)
        if page is not None:
            assert [entry.seq for entry in page.entries] == list(range(1, page.head + 1))
