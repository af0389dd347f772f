"""Who reads what and why, and what the rules of a group make of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from headrace.api.shapes.base import Answer, Request
from headrace.model.classification import MAX_RULES, Reason, Rule
from headrace.model.groups import Role
from headrace.model.levels import LevelName
from headrace.model.people import Actor


class NewClassification(Request):
    """Rules that raise levels, and the lowest level there is. ``version`` is that of the rules
    that these replace, if it matters that nobody has changed them meanwhile."""

    floor: LevelName = "public"
    rules: Annotated[tuple[Rule, ...], Meta(max_length=MAX_RULES)] = ()
    version: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class ClassificationRun(Request):
    """Rules applied to what is there; with ``rehearsal`` it is only counted."""

    rehearsal: bool = False


class ClassificationAnswer(Answer):
    """The rules of a group or of the organisation; version 0 says that there were never any."""

    floor: LevelName
    rules: tuple[Rule, ...]
    version: int


class LevelChangeAnswer(Answer):
    """How a level changed: by whom, why, and by which rules. ``along`` says that it followed what
    the post answers."""

    at: datetime
    by: Actor
    was: LevelName
    became: LevelName
    reason: str = ""
    raised: tuple[Reason, ...] = ()
    along: bool = False


class ActivityHistory(Answer):
    """The changes of level that an activity went through, newest first."""

    items: tuple[LevelChangeAnswer, ...]


class External(Answer):
    """Somebody from outside: of the organisation or, in a shared thread, of its group."""

    name: str
    handle: str


class Audience(Answer):
    """Who reads a level of a group, by role, and who of them does not belong to the organisation.
    In a shared thread, everybody is from outside.

    Who comes through a secret team is there for those who know of that team.
    """

    group: str
    level: LevelName
    readers: dict[Role, int]
    externals: tuple[External, ...] = ()


class Audiences(Answer):
    """A group's audiences at the levels that the asker reads, the lowest first."""

    items: tuple[Audience, ...]


class Preview(Answer):
    """What publishing would come to: the level, what raises it to that, who would see it live
    (``audience``, by group), whose inboxes it would reach besides, and the mentions that would
    reach nobody, because nobody is called that or they do not read it."""

    level: LevelName
    audience: tuple[Audience, ...]
    raised: tuple[Reason, ...] = ()
    inbox: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()


class WayAnswer(Answer):
    """How somebody comes to be in a group: through these teams, one in another, or in person."""

    teams: tuple[str, ...]
    role: Role
    clearance: LevelName | None = None


class PlaceAnswer(Answer):
    """Why somebody sees an activity in a group, or does not.

    ``reason``: ``reads``, ``not_a_member``, ``level`` (above ``clearance``, the highest level that
    they read there) or ``newcomer`` (it is from before they joined, and hidden from newcomers).
    ``seq`` is its number in the stream, whose last is ``head``. ``live`` says that they followed
    the stream when it came; to which of their devices it was sent, nobody writes down. ``read``
    says that they have marked it as read, ``inbox`` that it was directed at them.
    """

    group: str
    level: LevelName
    sees: bool
    reason: Literal["reads", "not_a_member", "level", "newcomer"]
    seq: int
    head: int
    role: Role | None = None
    clearance: LevelName | None = None
    ways: tuple[WayAnswer, ...] = ()
    live: bool = False
    read: bool = False
    inbox: bool = False


class Explanation(Answer):
    """Why a person sees an activity or does not. ``at`` is when it came to its level; ``passes``
    whether it passes the filter asked about."""

    activity: str
    person: External
    sees: bool
    at: datetime
    places: tuple[PlaceAnswer, ...]
    deleted: bool = False
    passes: bool | None = None
