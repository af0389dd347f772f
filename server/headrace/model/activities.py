"""Activities, in the terms of W3C Activity Streams 2.0.

Sources: AS2 Core (https://www.w3.org/TR/activitystreams-core/) section 4, AS2 Vocabulary
(https://www.w3.org/TR/activitystreams-vocabulary/) sections 3 and 4. AS2's ``tag`` is split
into ``tags`` (hashtags, without #) and ``mentions`` (handles, without @), because that is how
people filter; everything else has its W3C name.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Literal, get_args

import msgspec

from headrace.model.levels import LevelName
from headrace.model.people import Actor, is_handle

ActivityType = Literal[
    "Create",
    "Announce",
    "Question",
    "Like",
    "Undo",
    "Update",
    "Delete",
    "Join",
    "Leave",
    "Add",
    "Remove",
    "Offer",
    "Invite",
    "Reject",
    "Tombstone",
]
ACTIVITY_TYPES: tuple[str, ...] = get_args(ActivityType)

#: What people and services may publish through the API; the rest are consequences.
PublishedType = Literal["Create", "Announce", "Question", "Like", "Undo"]

#: Entries that count as something to read. A join or a like is news, but nobody's to-do.
POSTS = frozenset({"Create", "Announce", "Question"})

#: What only changes another activity: history shows the changed one instead.
ASIDES = frozenset({"Like", "Undo", "Update", "Delete"})

#: The source of what nobody did, but the clock: a membership that has expired.
EXPIRY = "expiry"

#: What an uploaded file is; a Link leads elsewhere.
FileType = Literal["Document", "Image", "Video"]

#: Where uploaded files are on the wire.
FILES = "/api/v1/files"

MAX_CONTENT = 65_536
MAX_TAGS = 32
MAX_MENTIONS = 64
MAX_ATTACHMENTS = 16

_MENTION = re.compile(r"(?<![\w@/])@([A-Za-z0-9][A-Za-z0-9._-]*)")
_HASHTAG = re.compile(r"(?<![\w&/#])#(\w(?:[\w-]{0,62}\w)?)")


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A document, image or video that an activity refers to (AS2 Vocabulary, ``attachment``).

    ``id`` is there for files that were uploaded here: whoever reads a post that carries it may
    open it (see log/files.py). ``size`` is in bytes, ``width`` and ``height`` in pixels as the
    image is looked at; ``preview`` is the address of a small image of it.
    """

    url: str
    name: str | None = None
    media_type: str | None = None
    type: Literal["Document", "Image", "Video", "Link"] = "Link"
    id: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    preview: str | None = None


class Activity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An activity as its readers get it: an allow-list, there is nothing else to leak.

    ``target`` is the name of the group it is read in (none: it concerns no group); ``object``
    the id of the activity that a Like, Undo, Update or Delete is about, or the person or team
    that joined or left, was proposed (Offer), invited or turned down (Reject); ``thread`` the id
    of the first activity of the conversation. A deleted activity is a Tombstone with
    ``formerType`` and ``deleted`` (AS2 Vocabulary, section 3.3). An activity whose level changes
    is deleted and goes on as a new one: ``formerly`` is the id that it had before. ``likes``,
    ``liked`` and ``replies`` are filled in history, as far as the reader may see them, never live.
    """

    id: str
    type: ActivityType
    actor: Actor
    level: LevelName
    published: datetime
    target: str | None = None
    content: str | None = None
    object: str | Actor | None = None
    in_reply_to: str | None = None
    thread: str | None = None
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    attachment: tuple[Attachment, ...] = ()
    updated: datetime | None = None
    deleted: datetime | None = None
    former_type: ActivityType | None = None
    formerly: str | None = None
    source: str | None = None
    likes: int = 0
    liked: bool = False
    replies: int = 0


def tombstone(activity: Activity, deleted: datetime) -> Activity:
    """What remains of a deleted activity: its place, and nothing it said."""
    return Activity(
        id=activity.id,
        type="Tombstone",
        actor=activity.actor,
        target=activity.target,
        level=activity.level,
        published=activity.published,
        in_reply_to=activity.in_reply_to,
        thread=activity.thread,
        deleted=deleted,
        former_type=activity.type,
    )


def mentions_in(content: str) -> tuple[str, ...]:
    """The handles that a text mentions, in order, each once, lower case."""
    found = (match.rstrip(".-_").lower() for match in _MENTION.findall(content))
    return tuple(dict.fromkeys(handle for handle in found if is_handle(handle)))


def tags_in(content: str) -> tuple[str, ...]:
    """The hashtags in a text, in order, each once, folded."""
    return tuple(dict.fromkeys(normal_tag(match) for match in _HASHTAG.findall(content)))


def normal_tag(text: str) -> str:
    """A tag as it is stored and compared: without #, without case, compatibility-normalised."""
    return unicodedata.normalize("NFKC", text).casefold().strip("# \t\r\n")
