"""Numbers, taken under the row's lock, and the one place that inserts entries.

Gap-free by construction: a stream's head moves in the transaction that inserts the entries,
while its row is locked. A database sequence would not do: its order is not the order of
commits, and a rollback leaves a hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import queries
from headrace.log.rows import ActivityRow, EntryRow, Member, NoSeat, Numbered, Seat, StreamRow
from headrace.model.activities import ASIDES, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace.log.database import Connection

SQL = queries.load("appending.sql")


class Grounds(msgspec.Struct):
    """What somebody has decided by, and what has to hold still for what is appended: who reads
    what in which role, who does not, who the actors are, the number of the rules, and the sessions
    and tokens that speak for actors, where that they do was only remembered."""

    seats: Sequence[Seat | NoSeat] = ()
    actors: Sequence[Member] = ()
    rules: int | None = None
    credentials: Sequence[UUID] = ()


class Appended(msgspec.Struct):
    """Entries with their numbers, in the order given, and their streams by key."""

    entries: list[Numbered]
    streams: dict[int, StreamRow]


class _Described(EntryRow, kw_only=True, omit_defaults=True):
    """An entry with what it takes from its activity."""

    actor: UUID
    is_post: bool
    aside: bool


_NONE = Grounds()


async def lock_streams(connection: Connection, ids: Iterable[int]) -> dict[int, StreamRow]:
    """Lock streams for what has to be read or changed before entries are appended.

    Group streams are locked before inboxes, each in one call and in the order of their keys, so
    that no two transactions can wait for each other.
    """
    wanted = sorted(set(ids))
    rows = await connection.fetch(SQL.lock_streams, wanted) if wanted else []
    return {row["id"]: StreamRow(**row) for row in rows}


async def append(
    connection: Connection,
    activities: Sequence[ActivityRow],
    entries: Sequence[EntryRow],
    grounds: Grounds = _NONE,
) -> Appended:
    """Give entries their numbers and insert them with their activities, in one round trip.

    Entries of one stream are numbered in the order given. Where ``grounds`` no longer hold,
    nothing is done. Raises asyncpg.SerializationError then.
    """
    of = {activity.id: activity for activity in activities}
    rows = await connection.fetch(
        SQL.append,
        _json(activities),
        _json([_described(entry, of[entry.activity]) for entry in entries]),
        [seat.person for seat in grounds.seats],
        [seat.stream_id for seat in grounds.seats],
        [seat.role for seat in grounds.seats],
        grounds.rules,
        _json(grounds.actors),
        grounds.credentials,
    )
    numbered = [_numbered(entry, row["seq"]) for entry, row in zip(entries, rows, strict=True)]
    return Appended(numbered, _streams(rows))


def _described(entry: EntryRow, activity: ActivityRow) -> _Described:
    return _Described(
        stream_id=entry.stream_id,
        activity=entry.activity,
        via=entry.via,
        granted=entry.granted,
        revoked=entry.revoked,
        ended=entry.ended,
        actor=activity.actor,
        is_post=activity.type in POSTS,
        aside=activity.type in ASIDES,
    )


def _numbered(entry: EntryRow, seq: int) -> Numbered:
    return Numbered(
        seq=seq,
        stream_id=entry.stream_id,
        activity=entry.activity,
        via=entry.via,
        granted=entry.granted,
        revoked=entry.revoked,
        ended=entry.ended,
    )


def _streams(rows: Sequence[Any]) -> dict[int, StreamRow]:
    streams: dict[int, StreamRow] = {}
    for row in rows:
        key = row["id"]
        if key not in streams:
            streams[key] = StreamRow(key, row["name"], row["level"], row["group"])
    return streams


def _json(rows: Sequence[Any]) -> str:
    # PostgreSQL's text has no NUL; it is refused on the way in, see publishing.
    return msgspec.json.encode(rows).decode()
