"""The time is the database's, and no clock that is set makes it jump."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from headrace.clock import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from headrace.log import Database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Times:
    """A machine, and a database that answers ``there`` after ``delay`` seconds."""

    def __init__(self) -> None:
        self.ticks = 100.0
        self.here = NOON
        self.there = NOON
        self.delay = 0.0

    def clock(self) -> Clock:
        return Clock(lambda: self.here, lambda: self.ticks)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Times]:
        yield self

    async def fetchval(self, _: str) -> datetime:
        self.ticks += self.delay
        return self.there

    @property
    def database(self) -> Database:
        return cast("Database", self)


def test_setting_the_machines_clock_changes_nothing() -> None:
    times = Times()
    clock = times.clock()
    times.here += timedelta(days=400)
    times.ticks += 5
    assert clock() == NOON + timedelta(seconds=5)


async def test_the_databases_time_counts() -> None:
    times = Times()
    clock = times.clock()
    times.there, times.delay = NOON - timedelta(hours=3), 0.2
    assert await clock.look(times.database)
    assert clock() == NOON - timedelta(hours=3) + timedelta(seconds=0.1)


async def test_an_answer_that_took_too_long_is_of_no_use() -> None:
    times = Times()
    clock = times.clock()
    times.there, times.delay = NOON + timedelta(hours=3), 2.0
    assert not await clock.look(times.database)
    assert clock() == NOON + timedelta(seconds=2)
