"""Security keys: what they sign is checked against, and challenges that wait for a signature."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import queries

if TYPE_CHECKING:
    from headrace.log.database import Connection

SQL = queries.load("security_keys.sql")


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be kept. ``credential`` is its own id, ``rp_id`` the host that it answers for,
    ``public_key`` a COSE_Key (RFC 9052, section 7), ``transports`` how browsers reach it."""

    credential: bytes
    rp_id: str
    name: str
    public_key: bytes
    counter: int
    transports: tuple[str, ...]
    created: datetime


class SecurityKey(NewKey, frozen=True, kw_only=True):
    """A key that is kept; ``id`` is ours."""

    id: UUID
    last_used: datetime | None


async def of_person(connection: Connection, person: UUID) -> list[SecurityKey]:
    """A person's keys, the oldest first."""
    return [_key(row) for row in await connection.fetch(SQL.of_person, person)]


async def add(connection: Connection, person: UUID, new: NewKey) -> SecurityKey | None:
    """Keep a key; None where somebody has it already."""
    row = await connection.fetchrow(SQL.add, person, *msgspec.structs.astuple(new))
    return None if row is None else _key(row)


async def use(connection: Connection, key: UUID, counter: int, now: datetime) -> bool:
    """A key has signed; False where its counter did not go up, as a copy's would not."""
    return await connection.fetchval(SQL.use, key, counter, now) is not None


async def rename(connection: Connection, person: UUID, key: UUID, name: str) -> bool:
    """Call a key of a person's something else; False where there is none."""
    return await connection.fetchval(SQL.rename, person, key, name) is not None


async def remove(connection: Connection, person: UUID, key: UUID) -> str | None:
    """Forget a key of a person's; what it was called, None where there is none."""
    name: str | None = await connection.fetchval(SQL.remove, person, key)
    return name


async def drop(connection: Connection, person: UUID) -> bool:
    """Forget all of a person's keys; False where there is none."""
    return bool(await connection.fetch(SQL.drop, person))


async def challenge(
    connection: Connection, holder: bytes, challenge: bytes, expires: datetime
) -> None:
    """Keep a challenge for whoever holds that, in place of another one."""
    await connection.execute(SQL.challenge, holder, challenge, expires)


async def take(connection: Connection, holder: bytes, now: datetime) -> bytes | None:
    """Use a challenge up; None where there is none, or somebody was quicker."""
    found: bytes | None = await connection.fetchval(SQL.take, holder, now)
    return found


async def forget(connection: Connection, now: datetime) -> None:
    """Remove what nobody took up."""
    await connection.execute(SQL.forget, now)


def _key(row: Any) -> SecurityKey:
    return SecurityKey(**{**row, "transports": tuple(row["transports"])})
