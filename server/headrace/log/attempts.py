"""How often somebody has tried, over all nodes: a token bucket each, kept as one moment.

A bucket is the moment at which it will be full again (the generic cell rate algorithm, ITU-T
I.371, annex A).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.log import queries

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.log.database import Connection

SQL = queries.load("attempts.sql")


async def take(
    connection: Connection, key: bytes, now: datetime, interval: timedelta, tolerance: timedelta
) -> timedelta:
    """Count an attempt; zero, or how long to wait for the next one, which is not counted then."""
    if await connection.fetchval(SQL.take, key, now, interval, tolerance) is not None:
        return timedelta(0)
    full_at = await connection.fetchval(SQL.full_at, key)
    left = timedelta(0) if full_at is None else full_at - now - tolerance
    return max(left, timedelta(milliseconds=1))


async def drop(connection: Connection, key: bytes) -> None:
    """Start again with a full bucket."""
    await connection.execute(SQL.drop, key)


async def forget(connection: Connection, now: datetime) -> None:
    """Remove what says nothing any more."""
    await connection.execute(SQL.forget, now)
