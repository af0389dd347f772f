"""Whose request it is, with what they proved it, and what that lets them do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from headrace.model.people import Person


class Scope(StrEnum):
    """What a token may be used for; a session may be used for everything.

    read      see what its person sees, also live
    publish   publish, change and delete activities, mark as read
    manage    create and change groups and memberships
    account   its person's own sessions, tokens, password and second factor
    admin     what its person does as an administrator
    """

    READ = "read"
    PUBLISH = "publish"
    MANAGE = "manage"
    ACCOUNT = "account"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


class Origin(msgspec.Struct, frozen=True):
    """From where somebody signs in, as coarsely as it is kept: a network and a program's name."""

    network: str = ""
    agent: str = ""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person and the session or token that speaks for them.

    ``credential`` is its id. ``groups`` are the only groups that it reaches; None: all of its
    person's. The person is no administrator where the scopes leave that out. ``inbox_head`` is
    the last number of the person's inbox, as of the same moment. ``is_remembered`` says that they
    were all that when the log was last asked, and may be no longer.
    """

    person: Person
    credential: str
    is_session: bool
    inbox_head: int
    scopes: frozenset[Scope] = ALL_SCOPES
    groups: frozenset[str] | None = None
    expires: datetime | None = None
    last_used: datetime | None = None
    is_remembered: bool = False


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner sees it listed."""

    id: str
    created: datetime
    last_used: datetime
    expires: datetime
    origin: Origin


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A token as its owner sees it listed."""

    id: str
    name: str
    created: datetime
    last_used: datetime | None
    expires: datetime | None
    scopes: frozenset[Scope]
    groups: frozenset[str] | None
