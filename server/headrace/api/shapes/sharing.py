"""Threads that several groups share."""

from __future__ import annotations

from datetime import datetime

import msgspec

from headrace.api.shapes.base import Answer, Request
from headrace.model.people import Actor, Kind


class SharedThread(msgspec.Struct, frozen=True, rename="camel"):
    """A thread that is shared with the asker, who is no member of its group: its first post, and
    whether they may answer."""

    first_post: str
    replies: bool


class NewShare(Request):
    """How a thread is shared with somebody: whether they may answer, and until when."""

    replies: bool = True
    expires: datetime | None = None


class ShareAnswer(Answer):
    """Somebody outside who reads a thread, or who would where an owner agrees (``waits``)."""

    person: Actor
    kind: Kind
    replies: bool
    waits: bool = False
    inviter: Actor | None = None
    expires: datetime | None = None


class SharesAnswer(Answer):
    """With whom a thread is shared. ``mayShare``: whether the asker may share or propose it."""

    items: tuple[ShareAnswer, ...]
    may_share: bool
