"""Entries: an activity's place in a stream."""

from __future__ import annotations

import msgspec

from headrace.model.activities import Activity
from headrace.model.levels import LevelName

#: Where all nodes are told what has ended.
ENDINGS = "!endings"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="entry"):
    """Number ``seq`` of a stream. Numbers begin at 1 and have no holes.

    ``granted`` and ``revoked`` are the ids of people who read the stream from this number on,
    or no longer: authority travels in the stream itself. ``via`` is set in inboxes alone and
    names the stream through which the activity is shown. ``ended`` in an inbox says that the
    person's account is closed.
    """

    stream: str
    seq: int
    activity: Activity
    granted: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    via: str | None = None
    ended: bool = False


class Whisper(msgspec.Struct, frozen=True, kw_only=True, tag="whisper"):
    """Somebody is writing in a stream: ephemeral, never stored, may be lost."""

    stream: str
    person: str
    handle: str


class Attendance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="attendance"):
    """Who follows a stream at a node, as far as they are shown: ephemeral, never stored.

    The whole state, of which a later ``turn`` of the same node replaces an earlier one. ``people``
    are handles by id; empty where they are too many, who are counted only. ``asks`` wants the
    others to say theirs.
    """

    stream: str
    node: str
    turn: int
    count: int
    people: dict[str, str] = {}
    asks: bool = False


class Ending(msgspec.Struct, frozen=True, kw_only=True, tag="ending"):
    """Sessions and tokens of a person are over; without ``credentials`` (ids), the account is.

    ``no`` counts them over the whole installation, without holes. ``stream`` is where nodes are
    told: a name that no stream has.
    """

    no: int
    person: str
    credentials: tuple[str, ...] | None = None
    stream: str = ENDINGS


class StreamInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader is told of a stream. ``group`` and ``level`` are None for an inbox.

    ``floor`` is the last number that this reader does not see; ``seconds_left`` the time after
    which they no longer read it, None where it does not end by itself.
    """

    stream: str
    group: str | None
    level: LevelName | None
    head: int
    floor: int = 0
    seconds_left: float | None = None


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """All that one person reads, with each stream's head, in one snapshot of the log."""

    person: str
    handle: str
    active: bool
    inbox: StreamInfo
    streams: tuple[StreamInfo, ...]
