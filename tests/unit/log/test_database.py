"""What it means when a connection of the pool fails."""

from __future__ import annotations

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
