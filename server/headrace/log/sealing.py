"""Which key secrets are sealed with, and all sealed secrets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from headrace.log.database import Connection

SQL = queries.load("sealing.sql")


async def adopt(connection: Connection, key: bytes) -> bytes:
    """Seal with the key of that id where there is none yet; answers the id of the one there is.
    Until the transaction ends nobody else seals anything."""
    await connection.execute(SQL.adopt, key)
    found: bytes = await connection.fetchval(SQL.lock)
    return found


async def known(connection: Connection) -> bytes | None:
    """The id of the key, if there is one."""
    found: bytes | None = await connection.fetchval(SQL.known)
    return found


async def current(connection: Connection) -> bytes | None:
    """The id of the key, which stays the one until the transaction ends."""
    found: bytes | None = await connection.fetchval(SQL.current)
    return found


async def replace(connection: Connection, key: bytes) -> None:
    """Seal with the key of that id from now on."""
    await connection.execute(SQL.replace, key)


async def forget_unused(connection: Connection) -> None:
    """Let go of a key with which nothing is sealed."""
    await connection.execute(SQL.forget_unused)


async def unsealed(connection: Connection) -> dict[UUID, str]:
    """By person, the secrets that nobody has sealed yet, locked."""
    rows = await connection.fetch(SQL.unsealed)
    return {row["person"]: row["secret"] for row in rows}


async def sealed(connection: Connection) -> dict[UUID, bytes]:
    """By person, the secrets that are sealed, locked."""
    rows = await connection.fetch(SQL.sealed)
    return {row["person"]: row["sealed"] for row in rows}


async def put(connection: Connection, secrets: Mapping[UUID, bytes]) -> None:
    """Keep secrets sealed, in place of what there was of them."""
    await connection.execute(SQL.put, list(secrets), list(secrets.values()))


async def counts(connection: Connection) -> dict[bytes | None, int]:
    """How many secrets are sealed, by the id of the key; None counts those that are open."""
    rows = await connection.fetch(SQL.counts)
    return {row["id"]: row["count"] for row in rows}
