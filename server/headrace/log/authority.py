"""Who reads what.

Memberships say who should read a stream; table ``reading`` says who does, from which number on
and until when. ``reconcile`` makes the second follow the first, in the transaction that changed
the first, and puts the difference into the streams as entries with the next number. So a node
that has applied number n knows exactly who may get number n+1.

Whoever asks for entries on somebody's behalf asks the views ``reader`` and ``seen``: neither an
expiry nor the floor of a newcomer can be forgotten there.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import appending, queries
from headrace.log.rows import ActivityRow, EntryRow, Numbered, StreamRow
from headrace.model.entries import Authority, StreamInfo
from headrace.model.levels import LABELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headrace.log.database import Connection, Database

SQL = queries.load("authority.sql")


class Change(msgspec.Struct):
    """One person's change in one stream: granted, revoked, changed (the role), or prolonged (or
    shortened), which is nobody's business but the person's own."""

    stream_id: int
    person: UUID
    role: str | None
    until: datetime | None
    change: str


class Reconciled(msgspec.Struct):
    """What a change of membership appended: streams as they stand now, and numbered entries."""

    streams: dict[int, StreamRow]
    entries: list[Numbered]
    changes: list[Change]


async def lock_structure(connection: Connection) -> None:
    """Wait for other changes of memberships and teams to end."""
    await connection.execute(SQL.lock_structure)


async def contains(connection: Connection, group: int, team: int) -> bool:
    """Whether a team is contained in a group, at any depth."""
    found: bool = await connection.fetchval(SQL.contains_team, group, team)
    return found


async def reconcile(
    connection: Connection,
    groups: Iterable[int],
    people: Sequence[UUID] | None,
    activity: ActivityRow,
    *,
    ended: bool = False,
    beside: Sequence[int] = (),
) -> Reconciled:
    """Make the readers of groups, and of all that they reach, follow the memberships.

    ``people`` restricts the work to them; None means everybody. ``activity`` is what the entries
    tell; each stream in which somebody gains, loses or changes gets one entry, and so does the
    inbox of everybody concerned. ``ended`` marks the inbox entries as the end of the account.
    ``beside`` are other group streams that are told, locked by the caller. The structure must be
    locked.
    """
    affected = [row["id"] for row in await connection.fetch(SQL.affected_groups, list(groups))]
    streams = await connection.fetch(SQL.streams_of_groups, affected)
    await appending.lock_streams(connection, [row["id"] for row in streams])
    rows = await connection.fetch(SQL.reader_changes, affected, people)
    changes = [Change(**row) for row in rows]
    inboxes = await _inboxes(connection, {change.person for change in changes}, people, ended)
    entries = [*_stream_entries(changes, activity.id), *_inbox_entries(inboxes, activity.id, ended)]
    if not entries:
        return Reconciled({}, [], changes)
    entries += [EntryRow(stream_id=stream, activity=activity.id) for stream in beside]
    floors = await _floors(connection, changes)
    done = await appending.append(connection, [activity], entries)
    seqs = {entry.stream_id: entry.seq for entry in done.entries}
    await _store(connection, changes, seqs, floors)
    return Reconciled(done.streams, done.entries, changes)


async def direct(
    connection: Connection, people: Sequence[UUID], activity: ActivityRow
) -> appending.Appended:
    """Put an activity into the inboxes of these people, and nowhere else."""
    rows = await connection.fetch(SQL.inboxes_of, sorted(set(people)))
    inboxes = sorted(row["inbox"] for row in rows)
    return await appending.append(
        connection,
        [activity],
        [EntryRow(stream_id=inbox, activity=activity.id) for inbox in inboxes],
    )


async def tell(connection: Connection, group: int, activity: ActivityRow) -> appending.Appended:
    """Put an activity into the stream that all readers of a group read, and nowhere else."""
    stream = await connection.fetchval(SQL.common_stream, group)
    return await appending.append(
        connection, [activity], [EntryRow(stream_id=stream, activity=activity.id)]
    )


async def _inboxes(
    connection: Connection, changed: set[UUID], people: Sequence[UUID] | None, ended: bool
) -> dict[UUID, int]:
    concerned = changed | set(people or ()) if ended else changed
    rows = await connection.fetch(SQL.inboxes_of, sorted(concerned))
    return {row["id"]: row["inbox"] for row in rows}


def _stream_entries(changes: Sequence[Change], activity: UUID) -> list[EntryRow]:
    granted: dict[int, list[UUID]] = defaultdict(list)
    revoked: dict[int, list[UUID]] = defaultdict(list)
    for change in changes:
        if change.change == "granted":
            granted[change.stream_id].append(change.person)
        elif change.change == "revoked":
            revoked[change.stream_id].append(change.person)
    return [
        EntryRow(
            stream_id=stream,
            activity=activity,
            granted=tuple(granted[stream]) or None,
            revoked=tuple(revoked[stream]) or None,
        )
        for stream in sorted({c.stream_id for c in changes if c.change != "prolonged"})
    ]


def _inbox_entries(inboxes: dict[UUID, int], activity: UUID, ended: bool) -> list[EntryRow]:
    # An inbox entry carries the person itself, so that the node that serves them looks again
    # at what they read even if it does not follow the stream that they gained.
    return [
        EntryRow(stream_id=inbox, activity=activity, granted=(person,), ended=ended or None)
        for person, inbox in sorted(inboxes.items(), key=lambda item: item[1])
    ]


async def _floors(connection: Connection, changes: Sequence[Change]) -> dict[int, int]:
    """The last number that newcomers do not see, of the streams that have some."""
    streams = sorted({change.stream_id for change in changes if change.change == "granted"})
    if not streams:
        return {}
    rows = await connection.fetch(SQL.floors, streams)
    return {row["id"]: row["floor"] for row in rows}


async def _store(
    connection: Connection,
    changes: Sequence[Change],
    seqs: dict[int, int],
    floors: dict[int, int],
) -> None:
    kept = [change for change in changes if change.change != "revoked"]
    await connection.execute(
        SQL.store_readers,
        [change.person for change in kept],
        [change.stream_id for change in kept],
        [change.role for change in kept],
        [seqs.get(change.stream_id, 0) for change in kept],
        [floors.get(change.stream_id, 0) for change in kept],
        [change.until for change in kept],
    )
    await connection.execute(SQL.start_cursors, *_pairs(changes, "granted"))
    await connection.execute(SQL.drop_readers, *_pairs(changes, "revoked"))


def _pairs(changes: Sequence[Change], kind: str) -> tuple[list[UUID], list[int]]:
    chosen = [change for change in changes if change.change == kind]
    return [change.person for change in chosen], [change.stream_id for change in chosen]


async def lasting_owners(connection: Connection, group: int) -> int:
    """How many people own a group for good: an owner whose time runs out keeps no group."""
    count: int = await connection.fetchval(SQL.lasting_owners, [group], None)
    return count


async def load(database: Database, person: UUID) -> Authority | None:
    """All that a person reads, with the heads, in one snapshot; None if there is no such person."""
    return (await load_all(database, [person])).get(person)


async def load_all(database: Database, people: Sequence[UUID]) -> dict[UUID, Authority]:
    """The same for many people, all in one snapshot."""
    async with database.connection() as connection:
        rows = await connection.fetch(SQL.authority, people)
    return {person: _authority(list(of_one)) for person, of_one in groupby(rows, itemgetter("id"))}


def _authority(rows: Sequence[Any]) -> Authority:
    first = rows[0]
    return Authority(
        person=str(first["id"]),
        handle=first["handle"],
        active=first["active"],
        inbox=StreamInfo(stream=first["inbox"], group=None, level=None, head=first["inbox_head"]),
        streams=tuple(_stream_info(row) for row in rows if row["stream"] is not None),
    )


def _stream_info(row: Any) -> StreamInfo:
    return StreamInfo(
        stream=row["stream"],
        group=row["group"],
        level=LABELS[Level(row["level"])],
        head=row["head"],
        floor=row["floor"],
        seconds_left=row["seconds_left"],
    )
