"""Threads that are shared with people outside their group.

A shared thread is read in a group of its own, in streams of its own: what is said in it has an
entry there and one in its home, level by level. So nothing of the home, neither a name nor a
number, is in what those outside get.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import directory, queries
from headrace.model.activities import POSTS
from headrace.model.groups import THREAD_MARK, GroupKind, Visibility
from headrace.model.people import Actor, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace.log.database import Connection

SQL = queries.load("shared_threads.sql")


class FirstPost(msgspec.Struct, frozen=True):
    """The first post of a thread, in a stream of a group. ``shared`` is the key of the group in
    which those outside read the thread, None where it was never shared."""

    id: UUID
    type: str
    group_id: int
    group: str
    level: int
    stream_id: int
    shared: int | None


class Outside(msgspec.Struct, frozen=True):
    """A thread that somebody reads from outside: the key of its group, its first post; and, which
    they may not learn, its home with the key of the stream of that post."""

    group_id: int
    thread: UUID
    home: str
    home_stream: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside who reads a thread, or, where it ``waits`` for an owner, who would."""

    person: Actor
    kind: Kind
    inviter: Actor
    waits: bool
    replies: bool
    until: datetime | None


async def renamed(connection: Connection, ids: Mapping[UUID, UUID]) -> list[tuple[UUID, int]]:
    """Posts have new ids, given by old ones; answers the old ones of those that begin a shared
    thread, each with the key of the thread's group."""
    rows = await connection.fetch(SQL.renamed, list(ids.keys()), list(ids.values()))
    return [(row["old"], row["group_id"]) for row in rows]


async def first_post(connection: Connection, activity: UUID, person: UUID) -> FirstPost | None:
    """The first post of an activity's thread, or what is left of it, as a member reads it; None for
    who does not."""
    kinds = [*sorted(POSTS), "Tombstone"]
    row = await connection.fetchrow(SQL.first_post, activity, person, kinds)
    return None if row is None else FirstPost(**row)


async def read_outside(connection: Connection, activity: UUID, person: UUID) -> Outside | None:
    """The shared thread in which somebody outside reads an activity; None for others."""
    row = await connection.fetchrow(SQL.outside, activity, person)
    return None if row is None else Outside(**row)


async def open_thread(connection: Connection, first: FirstPost) -> int:
    """Streams of its own for a thread, with all that was said in it; answers the group's key.

    The structure and the streams of its home must be locked.
    """
    key = await directory.add_group(
        connection,
        name=THREAD_MARK + secrets.token_hex(16),
        title="",
        kind=GroupKind.THREAD,
        visibility=Visibility.SECRET,
        parent=None,
    )
    await connection.execute(SQL.open, key, first.id, first.group_id)
    await connection.execute(SQL.fill, first.id, first.group_id, key, sorted(POSTS))
    return key


async def put(
    connection: Connection,
    group: int,
    person: UUID,
    inviter: UUID,
    *,
    waits: bool,
    replies: bool,
    until: datetime | None,
) -> None:
    """Note who is let in, or would be. Whoever has proposed them stays the inviter."""
    await connection.execute(SQL.put, group, person, inviter, waits, replies, until)


async def shares(connection: Connection, group: int) -> list[Share]:
    """Who reads a thread from outside, and who would, the longest first."""
    return [_share(row) for row in await connection.fetch(SQL.shares, group)]


async def drop(connection: Connection, group: int, person: UUID) -> None:
    """Somebody is outside again."""
    await connection.execute(SQL.drop, group, person)


async def drop_all(connection: Connection, group: int) -> None:
    """Everybody is outside again."""
    await connection.execute(SQL.drop_all, group)


async def drop_of(connection: Connection, person: UUID) -> None:
    """An account was closed."""
    await connection.execute(SQL.drop_of, person)


def _share(row: Any) -> Share:
    return Share(
        person=Actor.of(row["id"], row["kind"], row["name"], row["handle"]),
        kind=Kind(row["kind"]),
        inviter=Actor.of(
            row["inviter"], row["inviter_kind"], row["inviter_name"], row["inviter_handle"]
        ),
        waits=row["waits"],
        replies=row["replies"],
        until=row["until"],
    )
