"""Numbers, taken under the row's lock, and the one place that inserts entries.

Gap-free by construction: a stream's head moves in the transaction that inserts the entries,
while its row is locked. A database sequence would not do: its order is not the order of
commits, and a rollback leaves a hole.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from headrace.log import queries
from headrace.log.rows import ActivityRow, EntryRow, Numbered, StreamRow
from headrace.model.activities import ASIDES, POSTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from headrace.log.database import Connection

SQL = queries.load("appending.sql")


async def lock_streams(connection: Connection, ids: Iterable[int]) -> dict[int, StreamRow]:
    """Lock streams for appending, in the order of their keys.

    Group streams are locked before inboxes, each in one call, so that no two transactions can
    wait for each other.
    """
    wanted = sorted(set(ids))
    rows = await connection.fetch(SQL.lock_streams, wanted) if wanted else []
    return {row["id"]: StreamRow(**row) for row in rows}


async def append(
    connection: Connection,
    streams: dict[int, StreamRow],
    activities: Sequence[ActivityRow],
    entries: Sequence[EntryRow],
) -> list[Numbered]:
    """Give entries their numbers and insert them with their activities.

    ``streams`` holds every stream concerned, locked; entries of one stream are numbered in the
    order given. Returns the numbered entries in the same order.
    """
    of = {activity.id: activity for activity in activities}
    own: Counter[tuple[UUID, int]] = Counter()
    numbered = []
    for entry in entries:
        activity = of[entry.activity]
        numbered.append(_number(streams[entry.stream_id], entry, activity.type))
        if activity.type in POSTS and streams[entry.stream_id].level is not None:
            own[activity.actor, entry.stream_id] += 1
    await _insert(connection, activities, numbered, own, streams)
    return numbered


def _number(stream: StreamRow, entry: EntryRow, activity_type: str) -> Numbered:
    stream.head += 1
    stream.posts += activity_type in POSTS
    return Numbered(
        stream_id=stream.id,
        seq=stream.head,
        activity=entry.activity,
        posts=stream.posts,
        via=entry.via,
        granted=entry.granted,
        revoked=entry.revoked,
        ended=entry.ended,
        aside=activity_type in ASIDES,
    )


async def _insert(
    connection: Connection,
    activities: Sequence[ActivityRow],
    numbered: Sequence[Numbered],
    own: Counter[tuple[UUID, int]],
    streams: dict[int, StreamRow],
) -> None:
    touched = [streams[key] for key in sorted({entry.stream_id for entry in numbered})]
    await connection.execute(
        SQL.append,
        _json(activities),
        _json(numbered),
        [person for person, _ in own],
        [stream for _, stream in own],
        list(own.values()),
        [stream.id for stream in touched],
        [stream.head for stream in touched],
        [stream.posts for stream in touched],
    )


def _json(rows: Sequence[Any]) -> str:
    # PostgreSQL's text has no NUL; it is refused on the way in, see publishing.
    return msgspec.json.encode(rows).decode()
