"""The rules that raise levels, as they are stored: those of the organisation and of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.log import appending, queries
from headrace.model.classification import Classification

if TYPE_CHECKING:
    from headrace.log.database import Connection

SQL = queries.load("classifications.sql")

_decode = msgspec.json.Decoder(Classification).decode

#: A classification and its number; 0 says that there was never one.
Numbered = tuple[Classification, int]


async def version(connection: Connection) -> int:
    """The number of the newest that publishers have to know: rules, and threads that are shared."""
    found: int = await connection.fetchval(SQL.version)
    return found


async def everything(connection: Connection) -> tuple[dict[str | None, Classification], int]:
    """The rules by group, those of the organisation under None, and the newest number."""
    rows = await connection.fetch(SQL.all)
    scopes = {row["group"]: _decode(row["rules"]) for row in rows if row["rules"] is not None}
    return scopes, rows[0]["version"]


async def of(connection: Connection, group: int | None) -> Numbered:
    """The rules of a group, or of the organisation."""
    row = await connection.fetchrow(SQL.one, group)
    return (Classification(), 0) if row is None else (_decode(row["rules"]), row["version"])


async def store(connection: Connection, group: int | None, rules: Classification) -> int:
    """Give a group, or the organisation, new rules; answers their number.

    Locks the streams concerned: what takes a number in them afterwards is published under the
    new rules. The structure must be locked, so that numbers are in the order of commits.
    """
    streams = [row["id"] for row in await connection.fetch(SQL.group_streams, group)]
    await appending.lock_streams(connection, streams)
    number: int = await connection.fetchval(SQL.store, group, msgspec.json.encode(rules).decode())
    return number
