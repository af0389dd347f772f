"""Permissions to choose a new password: hashes and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import queries

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from headrace.log.database import Connection

SQL = queries.load("resets.sql")


async def new(connection: Connection, secret: bytes, person: UUID, expires: datetime) -> bool:
    """Keep a permission; False for an account that is closed or a service's."""
    return await connection.fetchval(SQL.new, secret, person, expires) is not None


async def peek(connection: Connection, secret: bytes, now: datetime) -> UUID | None:
    """Whose permission this is, if it still is one."""
    person: UUID | None = await connection.fetchval(SQL.peek, secret, now)
    return person


async def take(connection: Connection, secret: bytes, now: datetime) -> UUID | None:
    """Use a permission up, and all others of that person; whose it was, if it still was one."""
    row = await connection.fetchrow(SQL.take, secret)
    if row is None or row["expires"] <= now:
        return None
    await drop(connection, row["person"])
    person: UUID = row["person"]
    return person


async def drop(connection: Connection, person: UUID) -> None:
    """Forget all permissions of a person."""
    await connection.execute(SQL.drop, person)


async def forget(connection: Connection, now: datetime) -> None:
    """Remove those that nobody used."""
    await connection.execute(SQL.forget, now)
