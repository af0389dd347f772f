"""Groups and their members."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from headrace.api.shapes.base import Answer, Moment, Name, Request, Title
from headrace.api.shapes.sharing import SharedThread
from headrace.model.groups import GroupKind, History, Role, Visibility
from headrace.model.levels import LevelName
from headrace.model.people import Kind


class NewGroup(Request):
    """A group. The answer has its name: that of a secret group ends in what nobody guesses."""

    name: Name
    title: Title
    kind: GroupKind = GroupKind.PROJECT
    visibility: Visibility = Visibility.OPEN
    parent: Name | None = None
    history: History = "all"
    members_invite: bool = False


class GroupChange(Request):
    """What is left out stays as it is. ``history`` holds for whoever joins from now on."""

    title: Title | None = None
    visibility: Visibility | None = None
    parent: Name | None = None
    history: History | None = None
    members_invite: bool | None = None


class NewMembership(Request):
    """Without a role, a guest becomes a guest and everybody else a member; it ends by itself when
    it ``expires``."""

    role: Role | None = None
    clearance: LevelName | None = None
    expires: Moment | None = None


class StreamState(Answer):
    """A stream that the asker reads: position, and what is unread of it."""

    stream: str
    level: LevelName
    head: int
    read: int
    unread: int


class GroupAnswer(Answer):
    """A group; ``history`` is how much of it newcomers see. ``role`` and ``streams`` (those the
    asker reads) are there for members only. ``thread`` belongs to the kind thread: what is read
    there is one thread of a group that is not named."""

    name: str
    title: str
    kind: GroupKind
    visibility: Visibility
    parent: str | None = None
    history: History = "all"
    members_invite: bool = False
    role: Role | None = None
    streams: tuple[StreamState, ...] = ()
    thread: SharedThread | None = None


class MemberAnswer(Answer):
    """A row of the member list: a person, or a team that subscribes as a whole."""

    type: Literal["person", "team"]
    name: str
    role: Role
    handle: str | None = None
    team: str | None = None
    clearance: LevelName | None = None
    expires: datetime | None = None
    kind: Kind | None = None


class Groups(Answer):
    items: tuple[GroupAnswer, ...]
    next: str | None = None


class Members(Answer):
    items: tuple[MemberAnswer, ...]
    next: str | None = None
