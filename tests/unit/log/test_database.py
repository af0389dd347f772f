"""What it means when a connection of the pool fails."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from headrace.errors import Unavailable
from headrace.log.database import Database


class Pool:
    """Gives out itself as the one connection."""

    def __init__(self) -> None:
        self.is_terminated = False
        self.is_released = False

    async def acquire(self) -> Pool:
        return self

    async def release(self, _: Pool) -> None:
        self.is_released = True

    def terminate(self) -> None:
        self.is_terminated = True


async def test_a_session_that_the_server_ended_while_it_was_idle_is_the_database_being_away() -> (
    None
):
    pool = Pool()
    with pytest.raises(Unavailable):
        async with Database(pool).connection():
            raise asyncpg.InternalClientError("cannot switch to state 11")
    assert pool.is_terminated
    assert pool.is_released


async def test_a_defect_of_ours_stays_one() -> None:
    pool = Pool()
    with pytest.raises(ZeroDivisionError):
        async with Database(pool).connection():
            raise ZeroDivisionError
    assert pool.is_released
    assert not pool.is_terminated


class Member:
    """A connection of a pool of several."""

    def __init__(self) -> None:
        self.is_gone: bool | None = False

    def is_closed(self) -> bool:
        if self.is_gone is None:
            raise asyncpg.InterfaceError("connection has been released back to the pool")
        return self.is_gone


class Several:
    """A pool of so many connections, that makes whoever comes late wait."""

    def __init__(self, size: int) -> None:
        self.free: asyncio.Queue[Member] = asyncio.Queue()
        for _ in range(size):
            self.free.put_nowait(Member())
        self.taken = 0

    async def acquire(self) -> Member:
        self.taken += 1
        return await self.free.get()

    async def release(self, connection: Member) -> None:
        self.free.put_nowait(connection)


async def test_who_asks_again_finds_the_connection_at_hand() -> None:
    pool = Several(3)
    database = Database(pool)
    used = []
    for _ in range(5):
        async with database.connection() as connection:
            used.append(connection)
    assert len(set(used)) == 1
    assert pool.taken == 1


async def test_one_that_the_server_has_closed_is_not_given_out_again() -> None:
    database = Database(Several(2))
    async with database.connection() as first:
        pass
    first.is_gone = True
    async with database.connection() as second:
        assert second is not first


async def test_nor_is_one_that_the_pool_has_taken_back_by_itself() -> None:
    database = Database(Several(2))
    async with database.connection() as first:
        pass
    first.is_gone = None
    async with database.connection() as second:
        assert second is not first


async def test_a_connection_in_which_something_failed_goes_back_to_the_pool() -> None:
    pool = Several(1)
    with pytest.raises(ZeroDivisionError):
        async with Database(pool).connection():
            raise ZeroDivisionError
    assert pool.free.qsize() == 1


async def test_nothing_is_kept_at_hand_while_somebody_waits() -> None:
    database = Database(Several(1))

    async def use() -> bool:
        async with database.connection():
            await asyncio.sleep(0)
        return True

    async with asyncio.timeout(5):
        assert await asyncio.gather(*(use() for _ in range(20))) == [True] * 20
