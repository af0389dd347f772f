"""Who did what to whom: append-only, each entry sealed with the hash of the one before.

An entry's hash is SHA-256 over the previous hash and the entry as canonical JSON, so changing,
removing or inserting one breaks every hash after it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from headrace.log import queries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from headrace.log.database import Connection, Database

SQL = queries.load("audit.sql")
FIRST = b"\x00" * 32
_PAGE = 1_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to whom. ``detail`` is JSON with sorted keys, ``previous`` the hash of the
    entry before it, ``hash`` its own."""

    no: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    previous: bytes
    hash: bytes


class Break(msgspec.Struct, frozen=True):
    """Where the chain breaks: the number of the first entry that does not fit, and why: one before
    it is missing, it does not follow that one, or it was changed itself."""

    no: int
    reason: Literal["missing", "foreign", "changed"]


class Verified(msgspec.Struct, frozen=True):
    """The outcome of a verification: entries that are sound, the numbers of the first and the last
    of them, 0 where there is none, and the break if there is one."""

    entries: int
    first: int
    last: int
    broken: Break | None


class Chain:
    """Entries held against each other one by one, from the very first, or from any on."""

    def __init__(self, *, from_any: bool = False) -> None:
        self._from_any = from_any
        self._first = 1
        self._next = 1
        self._previous = FIRST
        self._broken: Break | None = None

    @property
    def verified(self) -> Verified:
        """What was found so far."""
        entries = self._next - self._first
        first, last = (self._first, self._next - 1) if entries else (0, 0)
        return Verified(entries, first, last, self._broken)

    def add(self, entry: Entry) -> bool:
        """Whether it fits; none fits after one that did not."""
        if self._from_any:
            self._from_any = False
            self._first, self._next, self._previous = entry.no, entry.no, entry.previous
        reason = self._fault(entry)
        if reason is not None:
            self._broken = Break(entry.no, reason)
            return False
        self._next, self._previous = entry.no + 1, entry.hash
        return True

    def _fault(self, entry: Entry) -> Literal["missing", "foreign", "changed"] | None:
        if entry.no != self._next:
            return "missing"
        if entry.previous != self._previous:
            return "foreign"
        return None if seal(entry) == entry.hash else "changed"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: all that are named, and from ``since`` up to and without ``until``."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


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
    entry = Entry(
        no=no,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        detail=msgspec.json.encode(detail, order="sorted").decode(),
        previous=previous,
        hash=b"",
    )
    values = [getattr(entry, name) for name in Entry.__struct_fields__[:-1]]
    await connection.execute(SQL.append, *values, seal(entry))


async def verify(database: Database) -> Verified:
    """Walk the chain from the first entry to the last."""
    chain = Chain()
    async for entry in everything(database, Wanted()):
        if not chain.add(entry):
            break
    return chain.verified


async def everything(database: Database, wanted: Wanted) -> AsyncIterator[Entry]:
    """The entries wanted, in order, as of now. No connection is held between two pages."""
    async with database.connection() as connection:
        head = await connection.fetchval(SQL.head)
    no = 0
    while page := await _read(database, SQL.following, wanted, no, head, _PAGE):
        for entry in page:
            yield entry
        no = page[-1].no


async def newest(database: Database, wanted: Wanted, before: int, limit: int) -> list[Entry]:
    """The newest entries wanted with numbers below ``before``, newest first."""
    return await _read(database, SQL.newest, wanted, 0, before - 1, limit)


def seal(entry: Entry) -> bytes:
    """The hash of an entry."""
    detail = msgspec.json.decode(entry.detail)
    fields = [entry.no, entry.at.isoformat(), entry.actor, entry.action, entry.subject, detail]
    return hashlib.sha256(entry.previous + msgspec.json.encode(fields, order="sorted")).digest()


async def _read(
    database: Database, query: str, wanted: Wanted, after: int, upto: int, limit: int
) -> list[Entry]:
    which = msgspec.structs.astuple(wanted)
    async with database.connection() as connection:
        rows = await connection.fetch(query, *which, after, upto, limit)
    return [Entry(**row) for row in rows]
