"""Second factors: secrets, steps and hashes, and sign-ins that wait for one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headrace.log.database import Connection

SQL = queries.load("factors.sql")


class Totp(msgspec.Struct, frozen=True):
    """A person's secret, open (in base32) or sealed, and whether they have shown that they have
    it."""

    secret: str | None
    sealed: bytes | None
    confirmed: bool


class Waiting(msgspec.Struct, frozen=True):
    """A sign-in that waits: whose, and the hash of the password that was checked."""

    person: UUID
    password: str


async def begin(connection: Connection, person: UUID, sealed: bytes) -> bool:
    """Keep a secret that is not in use yet; False where there is one in use."""
    return await connection.fetchval(SQL.begin, person, sealed) is not None


async def totp(connection: Connection, person: UUID) -> Totp | None:
    """The secret of a person."""
    row = await connection.fetchrow(SQL.totp, person)
    return None if row is None else Totp(row["secret"], row["sealed"], row["confirmed"])


async def use_step(connection: Connection, person: UUID, step: int) -> bool:
    """Use the code of a time step up, and with it confirm the secret; False where that or a later
    one was used."""
    return await connection.fetchval(SQL.use_step, person, step) is not None


async def use_recovery(connection: Connection, person: UUID, code: bytes) -> bool:
    """Use a code to recover with up, by its hash."""
    return await connection.fetchval(SQL.use_recovery, person, code) is not None


async def set_recovery(connection: Connection, person: UUID, codes: Sequence[bytes]) -> None:
    """These and no others are the hashes of a person's codes."""
    await connection.execute(SQL.drop_recovery, person)
    await connection.execute(SQL.new_recovery, person, codes)


async def recovery_left(connection: Connection, person: UUID) -> int:
    """How many such codes are left."""
    left: int = await connection.fetchval(SQL.recovery_left, person)
    return left


async def drop(connection: Connection, person: UUID) -> bool:
    """Ask for no code any more; False where none was asked for."""
    return await connection.fetchval(SQL.drop, person) is not None


async def wait(
    connection: Connection, ticket: bytes, person: UUID, password: str, expires: datetime
) -> None:
    """Keep a sign-in that waits."""
    await connection.execute(SQL.wait, ticket, person, password, expires)


async def waiting(connection: Connection, ticket: bytes, now: datetime) -> Waiting | None:
    """The sign-in that waits under a ticket, by its hash."""
    row = await connection.fetchrow(SQL.waiting, ticket, now)
    return None if row is None else Waiting(row["person"], row["password"])


async def done_waiting(connection: Connection, ticket: bytes) -> bool:
    """It waits no more; False where somebody was quicker."""
    return await connection.fetchval(SQL.done_waiting, ticket) is not None


async def forget(connection: Connection, now: datetime) -> None:
    """Remove what nobody finished."""
    await connection.execute(SQL.forget, now)
