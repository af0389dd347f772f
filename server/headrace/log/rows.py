"""Rows as they are inserted, locked and looked up: values that the rest of the log works with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from headrace.model.activities import Attachment
from headrace.model.classification import Reason
from headrace.model.people import Actor


def _none() -> tuple[str, ...]:
    return ()


class ActivityRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of table activity, as it is inserted. ``target`` is the group's key.

    What is not said is not written either, and becomes null: that is less to read for PostgreSQL.
    Tags and mentions are said in any case, because they are never null.

    ``classified`` are the rules that raised its level, ``overruled`` those that somebody set aside
    for it, ``formerly`` is what it was before its level changed.
    """

    id: UUID
    type: str
    actor: UUID
    target: int | None
    level: int
    published: datetime
    object: UUID | None = None
    object_actor: Actor | None = None
    in_reply_to: UUID | None = None
    thread: UUID | None = None
    content: str | None = None
    folded: str | None = None
    tags: tuple[str, ...] = msgspec.field(default_factory=_none)
    mentions: tuple[str, ...] = msgspec.field(default_factory=_none)
    attachment: tuple[Attachment, ...] | None = None
    source: str | None = None
    source_key: str | None = None
    updated: datetime | None = None
    formerly: UUID | None = None
    classified: tuple[Reason, ...] | None = None
    overruled: tuple[Reason, ...] | None = None


class EntryRow(msgspec.Struct, kw_only=True):
    """A row of table entry before it has a number."""

    stream_id: int
    activity: UUID
    via: int | None = None
    granted: tuple[UUID, ...] | None = None
    revoked: tuple[UUID, ...] | None = None
    ended: bool | None = None


class StreamRow(msgspec.Struct):
    """A stream that entries are appended to. ``level`` and ``group`` are None for an inbox."""

    id: int
    name: str
    level: int | None
    group: str | None


class Numbered(EntryRow, kw_only=True):
    """An entry with its number."""

    seq: int


class Seat(msgspec.Struct, frozen=True):
    """Somebody reads a stream, in a role."""

    person: UUID
    stream_id: int
    role: str


class NoSeat(msgspec.Struct, frozen=True):
    """Somebody does not read a stream."""

    person: UUID
    stream_id: int
    role: None = None


class Member(msgspec.Struct, frozen=True):
    """A person who acts or is mentioned, with the key of their inbox."""

    id: UUID
    email: str
    handle: str
    name: str
    kind: str
    inbox: int

    @property
    def actor(self) -> Actor:
        """This person as others see them."""
        return Actor.of(self.id, self.kind, self.name, self.handle)
