"""Who did what to whom: append-only, each entry sealed with the hash of the one before.

An entry's hash is SHA-256 over the previous hash and the entry as canonical JSON, so changing,
removing or inserting one breaks every hash after it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from headrace.log import queries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from headrace.log.database import Connection, Database

SQL = queries.load("audit.sql")
FIRST = b"\x00" * 32


class Break(msgspec.Struct, frozen=True):
    """Where the chain breaks: the number of the first entry that does not fit, and why."""

    no: int
    reason: str


class Verified(msgspec.Struct, frozen=True):
    """The outcome of a verification: entries read, and the break if there is one."""

    entries: int
    broken: Break | None


async def record(
    connection: Connection,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    **detail: Any,
) -> None:
    """Append to the audit log, in the transaction of what is recorded.

    Entries come one after the other: the lock is held until the transaction ends.
    """
    await connection.execute(SQL.lock)
    last = await connection.fetchrow(SQL.last)
    no, previous = (last["no"] + 1, last["hash"]) if last else (1, FIRST)
    text = msgspec.json.encode(detail, order="sorted").decode()
    sealed = seal(previous, no, now, actor, action, subject, text)
    await connection.execute(SQL.append, no, now, actor, action, subject, text, previous, sealed)


async def verify(database: Database) -> Verified:
    """Walk the chain from the first entry to the last."""
    previous, expected = FIRST, 1
    async for row in _all(database):
        reason = _fault(row, previous, expected)
        if reason is not None:
            return Verified(expected - 1, Break(row["no"], reason))
        previous, expected = row["hash"], expected + 1
    return Verified(expected - 1, None)


def seal(
    previous: bytes, no: int, at: datetime, actor: str, action: str, subject: str, detail: str
) -> bytes:
    """The hash of an entry. ``detail`` is JSON with sorted keys."""
    fields = [no, at.isoformat(), actor, action, subject, msgspec.json.decode(detail)]
    return hashlib.sha256(previous + msgspec.json.encode(fields, order="sorted")).digest()


def _fault(row: Any, previous: bytes, expected: int) -> str | None:
    if row["no"] != expected:
        return f"entry {expected} is missing"
    if row["previous"] != previous:
        return "it does not follow the entry before it"
    sealed = seal(
        previous,
        row["no"],
        row["at"],
        row["actor"],
        row["action"],
        row["subject"],
        row["detail"],
    )
    return None if sealed == row["hash"] else "it was changed after it was written"


async def _all(database: Database) -> AsyncIterator[Any]:
    async with database.snapshot() as connection:
        async for row in connection.cursor(SQL.all, prefetch=500):
            yield row
