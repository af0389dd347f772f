"""Activities, what is attached to them, and the streams that they stand in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from headrace.api.shapes.base import Answer, Id, Mention, Name, Request, Tag
from headrace.model.activities import (
    MAX_ATTACHMENTS,
    MAX_CONTENT,
    MAX_MENTIONS,
    MAX_TAGS,
    Activity,
    FileType,
    PublishedType,
)
from headrace.model.classification import Reason
from headrace.model.levels import LevelName
from headrace.problems import Problem

Content = Annotated[str, Meta(max_length=MAX_CONTENT)]


class LinkAttachment(Request):
    """Something elsewhere (http, https); its type and name are told as they are given."""

    url: Annotated[str, Meta(max_length=2_048)]
    name: Annotated[str, Meta(max_length=255)] | None = None
    media_type: Annotated[str, Meta(max_length=255)] | None = None
    type: Literal["Document", "Image", "Video", "Link"] = "Link"


Attachments = Annotated[tuple[Id | LinkAttachment, ...], Meta(max_length=MAX_ATTACHMENTS)]


class NewActivity(Request):
    """``mentions`` are handles or addresses; what the content mentions and tags is added.

    ``object`` is the activity that a Like is about; an Undo takes a Like back, by that activity's
    id or by the Like's own.
    ``also`` names further groups that get the same activity by reference. ``attachment`` holds
    ids of uploads, and links to things elsewhere.
    """

    type: PublishedType = "Create"
    content: Content | None = None
    level: LevelName | None = None
    in_reply_to: Id | None = None
    object: Id | None = None
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MAX_TAGS)] = ()
    mentions: Annotated[tuple[Mention, ...], Meta(max_length=MAX_MENTIONS)] = ()
    attachment: Attachments = ()
    also: Annotated[tuple[Name, ...], Meta(max_length=16)] = ()


class ActivityChange(Request):
    """New content and attachments, or another level. What is left out stays as it is;
    ``attachment`` is all that is to be attached then. Whoever lowers a level gives the reason."""

    content: Content | None = None
    attachment: Attachments | None = None
    level: LevelName | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class ReadUpTo(Request):
    seq: Annotated[int, Meta(ge=0, le=2**53)]


class Receipt(Answer):
    """What publishing answers: the level, and what raised it, if something did. ``unreached``
    are mentions that reach nobody who reads this."""

    id: str
    stream: str
    seq: int
    published: datetime
    level: LevelName
    raised: tuple[Reason, ...] = ()
    unreached: tuple[str, ...] = ()


class FileAnswer(Answer):
    """An upload. ``url`` gives its bytes, ``preview`` a small image of it, ``sha256`` is in hex."""

    id: str
    type: FileType
    name: str
    media_type: str
    size: int
    sha256: str
    url: str
    width: int | None = None
    height: int | None = None
    preview: str | None = None


class BatchResult(Answer):
    """One line of a batch's answer: a receipt, or a problem with its line number."""

    line: int
    id: str | None = None
    stream: str | None = None
    seq: int | None = None
    published: datetime | None = None
    level: LevelName | None = None
    raised: tuple[Reason, ...] = ()
    unreached: tuple[str, ...] = ()
    error: Problem | None = None


class Activities(Answer):
    items: tuple[Activity, ...]
    next: str | None = None


class EntryAnswer(Answer):
    seq: int
    activity: Activity


class Entries(Answer):
    """The resume path over HTTP. ``head`` is the stream's head when the page was read, ``floor``
    the last number before what the asker may see of it: numbers begin after it."""

    items: tuple[EntryAnswer, ...]
    head: int
    floor: int = 0
    next: str | None = None
