"""Decisions: allowed or not, and the reason in words.

Reading is not decided here: reading is membership of a stream (see log/authority.py).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from headrace.model.groups import RANKS, Role, Visibility
from headrace.model.levels import Level
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.model.people import Person


class Action(StrEnum):
    ADD_PEOPLE = "add_people"
    AUDIT = "audit"
    CLASSIFY = "classify"
    CREATE_GROUP = "create_group"
    CHANGE_GROUP = "change_group"
    MANAGE_MEMBERS = "manage_members"
    BRING_IN = "bring_in"
    JOIN = "join"
    LEAVE = "leave"
    EDIT = "edit"
    DELETE = "delete"


class Decision(NamedTuple):
    """Whether something may be done, and why."""

    allowed: bool
    reason: str


class Place(NamedTuple):
    """Where an action happens: the group's visibility, the actor's role in it, if any, and how far
    up the actor reads there."""

    visibility: Visibility
    role: Role | None
    ceiling: Level = Level.PUBLIC
    widening: bool = False

    @property
    def manages(self) -> bool:
        """Whether the actor manages members by their role."""
        return self.role is not None and RANKS[self.role] >= RANKS[Role.MODERATOR]

    @property
    def widens(self) -> bool:
        """Whether the group lets the actor bring in others."""
        return self.widening and self.role is not None and self.role is not Role.GUEST


def decide(actor: Person, action: Action, place: Place | None = None) -> Decision:
    """Whether a person may do something, for actions that need no activity."""
    if not actor.active:
        return Decision(False, "the account is closed")
    if place is None:
        return _without_place(actor, action)
    return _in_place(actor, action, place)


def decide_on_activity(action: Action, *, is_author: bool, role: Role) -> Decision:
    """Whether somebody who reads an activity may edit or delete it."""
    if is_author:
        return Decision(True, "it is their own")
    if action is Action.DELETE and RANKS[role] >= RANKS[Role.MODERATOR]:
        return Decision(True, f"they are {role} of the group")
    return Decision(False, "only its author may change it, and moderators may delete it")


def decide_on_level(*, is_author: bool, role: Role, raises: bool) -> Decision:
    """Whether somebody who reads an activity may change its level."""
    if RANKS[role] >= RANKS[Role.MODERATOR]:
        return Decision(True, f"they are {role} of the group")
    if raises:
        return Decision(is_author, "its author, moderators and owners raise a level")
    return Decision(False, "moderators and owners lower a level, in every group it stands in")


def _without_place(actor: Person, action: Action) -> Decision:
    if action is Action.ADD_PEOPLE:
        return Decision(actor.admin, "administrators add people")
    if action is Action.AUDIT:
        return Decision(actor.admin, "administrators read the audit log")
    if action is Action.CLASSIFY:
        return Decision(actor.admin, "administrators make the organisation's rules")
    if action is Action.CREATE_GROUP:
        return Decision(actor.kind is not Kind.GUEST, "guests do not create groups")
    raise AssertionError(f"{action} needs a place")


def _in_place(actor: Person, action: Action, place: Place) -> Decision:
    if action is Action.LEAVE:
        return Decision(place.role is not None, "members may leave")
    if action is Action.JOIN:
        is_open = place.visibility is Visibility.OPEN and actor.kind is not Kind.GUEST
        return Decision(is_open or place.manages or actor.admin, "employees join open groups alone")
    if action is Action.MANAGE_MEMBERS:
        return Decision(place.manages or actor.admin, "owners and moderators manage members")
    if action is Action.BRING_IN:
        return Decision(
            place.manages or place.widens or actor.admin,
            "owners and moderators bring people in, members where the group lets them",
        )
    if action is Action.CHANGE_GROUP:
        return Decision(place.role is Role.OWNER or actor.admin, "owners change a group")
    raise AssertionError(f"{action} is not decided by a place")
