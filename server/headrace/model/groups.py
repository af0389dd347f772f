"""Groups: what people and teams are members of."""

from __future__ import annotations

import re
from base64 import b32encode
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from headrace.errors import Invalid
from headrace.model.levels import Level
from headrace.model.people import Actor, Kind

#: How many random bits end a secret group's name.
SECRET_NAME_BITS = 40
_LONGEST_NAME = 64
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class GroupKind(StrEnum):
    """thread: not made by hand, but of a thread that is shared with people outside its group."""

    TEAM = "team"
    PROJECT = "project"
    COMMUNITY = "community"
    CUSTOMER = "customer"
    THREAD = "thread"


#: The names of shared threads begin with it; no name that people choose can.
THREAD_MARK = "~"


class Visibility(StrEnum):
    """open: employees find and join it; closed: they find it; secret: members alone know of it."""

    OPEN = "open"
    CLOSED = "closed"
    SECRET = "secret"


class Role(StrEnum):
    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"
    GUEST = "guest"


#: How much of a group's past newcomers see: everything, nothing from before they joined, or so
#: many days.
MAX_HISTORY_DAYS = 3_650
History = Literal["all", "since_join"] | Annotated[int, Meta(ge=1, le=MAX_HISTORY_DAYS)]

RANKS: dict[Role, int] = {Role.GUEST: 0, Role.MEMBER: 1, Role.MODERATOR: 2, Role.OWNER: 3}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group as those see it who may know of it."""

    name: str
    title: str
    kind: GroupKind
    visibility: Visibility
    parent: str | None = None


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a group's member list: a person's, or a whole team's.

    ``clearance`` is None where the role's default holds.
    """

    group: str
    role: Role
    clearance: Level | None = None


class PendingState(StrEnum):
    """Who has to answer. asked: owners and moderators; consent: an owner; offered: the person."""

    ASKED = "asked"
    CONSENT = "consent"
    OFFERED = "offered"


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A membership that is not there yet.

    ``whom`` is a person, a team, or None for whoever gets the link that went to ``email``;
    ``until`` when the membership would end, ``expires`` when this does. ``voucher`` is the person
    by whose right it was offered.
    """

    id: UUID
    group_id: int
    group: str
    title: str
    state: PendingState
    role: Role | None
    clearance: Level | None
    until: datetime | None
    whom: Actor | None
    kind: Kind | None
    email: str | None
    inviter: Actor
    voucher: UUID
    created: datetime
    expires: datetime


def is_thread(name: str) -> bool:
    """Whether a group of that name is a shared thread: who reads it there is outside the group."""
    return name.startswith(THREAD_MARK)


def group_name(text: str) -> str:
    """A valid group name. Raises Invalid."""
    if not _NAME.fullmatch(text):
        raise Invalid(
            "a group's name has 1 to 64 of a-z, 0-9, dot, hyphen and underscore, "
            "and begins and ends with a letter or digit",
            field="name",
        )
    return text


def secret_group_name(text: str, bits: int) -> str:
    """The name of a secret group that is to be called so: it ends in ``bits``, which nobody guesses
    (``SECRET_NAME_BITS`` of them), in base 32 (RFC 4648, section 6). Raises Invalid."""
    tail = b32encode(bits.to_bytes(SECRET_NAME_BITS // 8, "big")).decode().lower()
    return f"{group_name(text)[: _LONGEST_NAME - len(tail) - 1]}-{tail}"


def history_days(history: History) -> int | None:
    """How it is kept: days, none for what begins with the newcomer, None for everything."""
    if history == "all":
        return None
    return 0 if history == "since_join" else history


def history_of(days: int | None) -> History:
    """What ``history_days`` made of it, back."""
    if days is None:
        return "all"
    return "since_join" if days == 0 else days
