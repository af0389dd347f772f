"""Invitations and requests that wait for an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from headrace.api.shapes.base import Answer, Moment, Request, Title
from headrace.model.groups import PendingState, Role
from headrace.model.levels import LevelName
from headrace.model.people import Actor


class NewInvitation(Request):
    """``subject`` is an address, a handle or ``team:NAME``. An address that nobody has yet gets a
    link, whose secret is in the answer, once; the rest is as for a member."""

    subject: Annotated[str, Meta(min_length=1, max_length=254)]
    role: Role | None = None
    clearance: LevelName | None = None
    expires: Moment | None = None


class InvitationToken(Request):
    token: Annotated[str, Meta(max_length=128)]


class Redemption(Request):
    """The account that a link becomes."""

    token: Annotated[str, Meta(max_length=128)]
    name: Title
    password: Annotated[str, Meta(max_length=1024)]


class PendingAnswer(Answer):
    """A membership that is not there yet. ``state`` says who has to answer: asked, owners and
    moderators; consent, an owner; offered, ``whom`` it is for. ``expires`` is when it is void,
    ``until`` when the membership would end; ``email`` and ``token`` belong to a link."""

    id: str
    group: str
    title: str
    state: PendingState
    inviter: Actor
    created: datetime
    expires: datetime
    whom: Actor | None = None
    email: str | None = None
    role: Role | None = None
    clearance: LevelName | None = None
    until: datetime | None = None
    token: str | None = None


class PendingAnswers(Answer):
    items: tuple[PendingAnswer, ...]
    next: str | None = None


class LinkAnswer(Answer):
    """What a link is for, to whoever has it: a group by title and name, and an address."""

    group: str
    name: str
    inviter: str
    email: str
    expires: datetime
