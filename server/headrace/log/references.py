"""What publications refer to, read or changed inside the publishing transaction."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import queries, records
from headrace.log.rows import Member, Seat
from headrace.model.activities import Attachment
from headrace.model.classification import Reason
from headrace.model.levels import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.rows import ActivityRow

SQL = queries.load("references.sql")


class Referred(msgspec.Struct, frozen=True):
    """An activity in one stream in which the actor reads it.

    Where its thread is shared, ``twin`` is the other group in which the thread is read: in its
    home the shared thread, in the shared thread its home. ``may_answer`` is false for those
    outside who may read it only.
    """

    id: UUID
    type: str
    thread: UUID | None
    author: UUID
    stream_id: int
    level: int
    group: str
    content: str | None
    tags: tuple[str, ...]
    mentions: tuple[str, ...]
    attachment: tuple[Attachment, ...]
    twin: str | None = None
    may_answer: bool = True


async def referred(
    connection: Connection, wanted: Sequence[tuple[int, UUID, UUID]]
) -> dict[int, list[Referred]]:
    """For (ordinal, actor, activity): where the actor reads that activity, by ordinal."""
    found: dict[int, list[Referred]] = defaultdict(list)
    if wanted:
        columns = [list(column) for column in zip(*wanted, strict=True)]
        for row in await connection.fetch(SQL.referred, *columns):
            fields = {name: row[name] for name in Referred.__struct_fields__}
            fields |= {name: tuple(row[name]) for name in ("tags", "mentions")}
            fields["attachment"] = records.attachments(row["attachment"])
            found[row["ordinal"]].append(Referred(**fields))
    return found


async def seats(
    connection: Connection, pairs: Sequence[tuple[UUID, int]]
) -> tuple[dict[tuple[UUID, int], Seat], dict[UUID, Member]]:
    """Of (person, stream) pairs, the seats of those who read; and who these people are."""
    if not pairs:
        return {}, {}
    rows = await connection.fetch(
        SQL.seats, [person for person, _ in pairs], [stream for _, stream in pairs]
    )
    found = {
        (row["id"], row["stream_id"]): Seat(row["id"], row["stream_id"], row["role"])
        for row in rows
    }
    return found, {row["id"]: Member(*row[:6]) for row in rows}


async def liked(connection: Connection, likes: Sequence[tuple[UUID, UUID]]) -> dict[UUID, UUID]:
    """What likes are about, of (like, actor) those that are the actor's own."""
    rows = await connection.fetch(
        SQL.liked, [like for like, _ in likes], [actor for _, actor in likes]
    )
    return {row["id"]: row["object"] for row in rows}


async def unlike(
    connection: Connection, pairs: Sequence[tuple[UUID, UUID]], now: datetime
) -> set[tuple[UUID, UUID]]:
    """Take back likes of (actor, object); answers those that were there."""
    if not pairs:
        return set()
    rows = await connection.fetch(
        SQL.unlike, [actor for actor, _ in pairs], [thing for _, thing in pairs], now
    )
    return {(row["actor"], row["object"]) for row in rows}


async def rewrite(connection: Connection, activity: UUID, edit: ActivityRow) -> bool:
    """Give an activity the content of an edit; False if it has been deleted."""
    done = await connection.execute(
        SQL.rewrite,
        activity,
        edit.content,
        edit.folded,
        edit.tags,
        edit.mentions,
        edit.published,
        msgspec.json.encode(edit.attachment).decode() if edit.attachment else None,
    )
    return bool(done != "UPDATE 0")


async def bury(connection: Connection, activity: UUID, now: datetime) -> bool:
    """Leave nothing of an activity and its edits but their places; False if that was done."""
    return bool(await connection.execute(SQL.bury, activity, now) != "UPDATE 0")


async def streams_of(connection: Connection, activities: Sequence[UUID]) -> dict[UUID, list[int]]:
    """The group streams in which activities have entries."""
    found: dict[UUID, list[int]] = defaultdict(list)
    if activities:
        for row in await connection.fetch(SQL.streams_of, list(activities)):
            found[row["activity"]].append(row["stream_id"])
    return found


class Answered(msgspec.Struct, frozen=True):
    """What an earlier publication with the same idempotency key came to."""

    id: UUID
    stream: str
    seq: int
    published: datetime
    mentions: tuple[str, ...]
    level: Level
    classified: tuple[Reason, ...]


async def answered(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Answered]:
    """What was published under idempotency keys that are known."""
    if not keys:
        return {}
    rows = await connection.fetch(
        SQL.answered, [source for source, _ in keys], [key for _, key in keys]
    )
    return {
        (row["source"], row["source_key"]): Answered(
            row["id"],
            row["stream"],
            row["seq"],
            row["published"],
            tuple(row["mentions"]),
            Level(row["level"]),
            records.reasons(row["classified"]),
        )
        for row in rows
    }


async def known_keys(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Of idempotency keys, those under which something was published."""
    rows = await connection.fetch(
        SQL.known_keys, [source for source, _ in keys], [key for _, key in keys]
    )
    return {(row["source"], row["source_key"]) for row in rows}
