"""Rows into activities and entries, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from headrace.model.activities import Activity, Attachment, tombstone
from headrace.model.classification import Reason
from headrace.model.entries import Entry
from headrace.model.levels import LABELS, Level
from headrace.model.people import Actor, Kind, Person

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from headrace.log.rows import ActivityRow, Numbered, StreamRow
    from headrace.model.activities import ActivityType
    from headrace.model.levels import LevelName

#: An asyncpg.Record, or any mapping, with the columns of ``record`` in history.sql.
Row = Any

_attachments = msgspec.json.Decoder(tuple[Attachment, ...])
_reasons = msgspec.json.Decoder(tuple[Reason, ...])
_actor = msgspec.json.Decoder(Actor)


def activity(row: Row) -> Activity:
    """The activity of a record."""
    return Activity(
        id=str(row["id"]),
        type=row["type"],
        actor=Actor.of(row["actor"], row["kind"], row["name"], row["handle"]),
        target=row["target"],
        level=LABELS[Level(row["level"])],
        published=row["published"],
        content=row["content"],
        object=_object(row),
        in_reply_to=_text(row["in_reply_to"]),
        thread=_text(row["thread"]),
        tags=tuple(row["tags"]),
        mentions=tuple(row["mentions"]),
        attachment=attachments(row["attachment"]),
        updated=row["updated"],
        deleted=row["deleted"],
        former_type=row["former_type"],
        formerly=None if row["type"] == "Tombstone" else _text(row["formerly"]),
        source=_shown(row["source"]),
    )


def attachments(stored: str | None) -> tuple[Attachment, ...]:
    """What column ``attachment`` holds."""
    return _attachments.decode(stored) if stored else ()


def reasons(text: str | None) -> tuple[Reason, ...]:
    """The rules in a column."""
    return _reasons.decode(text) if text else ()


def told(
    numbered: Numbered,
    stream: StreamRow,
    shown: StreamRow,
    row: ActivityRow,
    by: Actor,
    home: str | None = None,
) -> Entry:
    """A new entry as its readers see it, without asking the log again.

    ``shown`` is the group stream that it is read in: the stream itself, or where an inbox
    entry came through. ``home`` is the group told of where that is no group's stream.
    """
    level = row.level if shown.level is None else shown.level
    return Entry(
        stream=stream.name,
        seq=numbered.seq,
        activity=_new_activity(row, by, shown.group or home, LABELS[level]),
        granted=tuple(map(str, numbered.granted)) if numbered.granted else (),
        revoked=tuple(map(str, numbered.revoked)) if numbered.revoked else (),
        via=shown.name if numbered.via is not None else None,
        ended=bool(numbered.ended),
    )


def _new_activity(row: ActivityRow, by: Actor, target: str | None, level: LevelName) -> Activity:
    return Activity(
        id=str(row.id),
        type=cast("ActivityType", row.type),
        actor=by,
        target=target,
        level=level,
        published=row.published,
        content=row.content,
        object=row.object_actor or _text(row.object),
        in_reply_to=_text(row.in_reply_to),
        thread=_text(row.thread),
        tags=row.tags,
        mentions=row.mentions,
        attachment=row.attachment or (),
        updated=row.updated,
        formerly=_text(row.formerly),
        source=_shown(row.source),
    )


def with_counts(told: Activity, row: Row) -> Activity:
    """The activity with what history knows of its likes and replies, for one reader."""
    return msgspec.structs.replace(
        told, likes=row["likes"], liked=row["liked"], replies=row["replies"]
    )


def entry(row: Row) -> Entry:
    """The entry of a record."""
    return Entry(
        stream=row["stream"],
        seq=row["seq"],
        activity=activity(row),
        granted=tuple(map(str, row["granted"] or ())),
        revoked=tuple(map(str, row["revoked"] or ())),
        via=row["via"],
        ended=bool(row["ended"]),
    )


def withheld(row: Row) -> Entry:
    """The entry of a record whose reader may not see the activity: its number and no content."""
    whole = entry(row)
    stub = tombstone(whole.activity, whole.activity.published)
    return msgspec.structs.replace(whole, activity=stub)


def person(row: Mapping[str, Any]) -> Person:
    """A person, from a row of table person joined with the name of the inbox stream."""
    return Person(
        id=str(row["id"]),
        email=row["email"],
        handle=row["handle"],
        name=row["name"],
        kind=Kind(row["kind"]),
        admin=row["admin"],
        active=row["active"],
        inbox=row["inbox"],
    )


def _object(row: Row) -> str | Actor | None:
    if row["object_actor"] is not None:
        return _actor.decode(row["object_actor"])
    return _text(row["object"])


def _shown(source: str | None) -> str | None:
    """Where an import came from; who published through the API with a key is nobody's news."""
    is_own = source is None or source == "like" or source.startswith("api:")
    return None if is_own else source


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
