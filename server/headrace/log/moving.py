"""What the log knows of posts whose level changes: they go on as new ones in other streams."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import queries, records
from headrace.model.activities import POSTS
from headrace.model.classification import Reason
from headrace.model.levels import Level
from headrace.model.people import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection

SQL = queries.load("moving.sql")


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post as it stands, with its author's handle and kind."""

    id: UUID
    type: str
    actor: UUID
    target: int
    level: Level
    published: datetime
    in_reply_to: UUID | None
    thread: UUID | None
    content: str | None
    folded: str | None
    tags: tuple[str, ...]
    mentions: tuple[str, ...]
    attachment: tuple[Any, ...]
    source: str | None
    updated: datetime | None
    classified: tuple[Reason, ...]
    overruled: tuple[Reason, ...]
    handle: str
    kind: str


class Around(msgspec.Struct, frozen=True):
    """A stream of a group in which a conversation is held. ``home`` is the key of that group, or of
    the one from which it is shared."""

    id: int
    name: str
    group_id: int
    level: int
    group: str
    home: int


class Place(msgspec.Struct, frozen=True):
    """A stream from which something may rise. ``posts`` counts all that were ever in it."""

    stream_id: int
    level: int
    posts: int
    group: str


class Liked(msgspec.Struct, frozen=True):
    """A like."""

    id: UUID
    actor: UUID
    object: UUID
    level: int
    published: datetime
    target: int


class Directed(msgspec.Struct, frozen=True):
    """That an activity is in somebody's inbox, through a stream."""

    activity: UUID
    inbox: int
    via: int
    person: UUID


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """For the record: how a level changed. ``along`` says that it followed what it answers."""

    activity: UUID
    was: Level
    became: Level
    why: str
    reasons: tuple[Reason, ...] = ()
    along: bool = False


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of level as those learn of it who read the activity."""

    at: datetime
    by: Actor
    was: Level
    became: Level
    why: str
    reasons: tuple[Reason, ...]
    along: bool


async def streams_around(connection: Connection, posts: Sequence[UUID]) -> list[Around]:
    """All streams of the groups in which the conversations of these posts are held."""
    rows = await connection.fetch(SQL.streams_around, list(posts))
    return [Around(**row) for row in rows]


async def posts(
    connection: Connection, ids: Sequence[UUID]
) -> dict[UUID, tuple[Post, tuple[str, ...]]]:
    """These posts, each with the names of the groups in which it is read."""
    rows = await connection.fetch(SQL.posts, list(ids), sorted(POSTS)) if ids else []
    return {row["id"]: (post(row), tuple(row["groups"])) for row in rows}


async def conversations(connection: Connection, posts: Sequence[UUID]) -> dict[UUID, Post]:
    """These posts and all others of their conversations, oldest first."""
    rows = await connection.fetch(SQL.conversations, list(posts), sorted(POSTS))
    return {row["id"]: post(row) for row in rows}


async def places_below(connection: Connection, group: str | None) -> list[Place]:
    """The streams of a group, or of all, from which something may rise."""
    return [Place(**row) for row in await connection.fetch(SQL.places_below, group)]


async def page(connection: Connection, stream: int, after: UUID, limit: int) -> list[Post]:
    """Posts of a stream, oldest first, after one of them."""
    rows = await connection.fetch(SQL.page, stream, after, sorted(POSTS), limit)
    return [post(row) for row in rows]


def post(row: Any) -> Post:
    """The post of a row with its columns."""
    fields = {name: row[name] for name in Post.__struct_fields__} | {
        "level": Level(row["level"]),
        "tags": tuple(row["tags"]),
        "mentions": tuple(row["mentions"]),
        "attachment": records.attachments(row["attachment"]),
        "classified": records.reasons(row["classified"]),
        "overruled": records.reasons(row["overruled"]),
    }
    return Post(**fields)


async def places(connection: Connection, activities: Sequence[UUID]) -> list[tuple[UUID, int]]:
    """Which of these activities have entries in which group streams."""
    rows = await connection.fetch(SQL.places, list(activities))
    return [(row["activity"], row["stream_id"]) for row in rows]


async def likes(connection: Connection, posts: Sequence[UUID]) -> list[Liked]:
    """The likes of these posts."""
    return [Liked(**row) for row in await connection.fetch(SQL.likes, list(posts))]


async def directed(connection: Connection, posts: Sequence[UUID]) -> list[Directed]:
    """The inboxes that these posts are in."""
    rows = await connection.fetch(SQL.directed, list(posts)) if posts else []
    return [Directed(**row) for row in rows]


async def bury(connection: Connection, posts: Sequence[UUID], now: datetime) -> None:
    """Leave nothing of posts and of their edits but their places."""
    await connection.execute(SQL.bury, list(posts), now)


async def note(connection: Connection, notes: Sequence[Note], by: UUID, now: datetime) -> None:
    """Record changes of level."""
    await connection.execute(SQL.note, msgspec.json.encode(notes).decode(), now, by)


async def successor(connection: Connection, activity: UUID) -> UUID | None:
    """The activity as which one goes on after changes of its level; None without such changes."""
    found: UUID | None = await connection.fetchval(SQL.successor, activity)
    return found


async def changes(connection: Connection, activity: UUID) -> list[Change]:
    """The changes of level that led to this activity, newest first."""
    return [_change(row) for row in await connection.fetch(SQL.changes, activity)]


def _change(row: Any) -> Change:
    return Change(
        at=row["at"],
        by=Actor.of(row["id"], row["kind"], row["name"], row["handle"]),
        was=Level(row["was"]),
        became=Level(row["became"]),
        why=row["why"],
        reasons=records.reasons(row["reasons"]),
        along=row["along"],
    )
