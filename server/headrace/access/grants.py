"""Who may bring whom into a group, as what: decided here, and nowhere else.

Owners (and administrators) may give what they have. Moderators may too, up to their own rank and
level. Members may where the group lets them widen the circle. Guests, and a level above what the
role has by itself, only with an owner's consent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from headrace.model.groups import RANKS, Role, Visibility
from headrace.model.levels import Level
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.access.decisions import Place
    from headrace.model.people import Person

#: How far up a role reads where its membership says nothing else.
CEILINGS: dict[Role, Level] = {
    Role.GUEST: Level.PUBLIC,
    Role.MEMBER: Level.INTERNAL,
    Role.MODERATOR: Level.CONFIDENTIAL,
    Role.OWNER: Level.CONFIDENTIAL,
}


class Grant(NamedTuple):
    """What somebody is to become. ``had`` is the role they have, if any; ``with_guests`` says that
    a guest comes in by it, as themselves or in a team."""

    role: Role
    clearance: Level | None = None
    with_guests: bool = False
    had: Role | None = None

    @property
    def ceiling(self) -> Level:
        """How far up they will read."""
        return CEILINGS[self.role] if self.clearance is None else self.clearance


class Outcome(StrEnum):
    """``ask``: an owner has to agree first."""

    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


class Verdict(NamedTuple):
    """Whether somebody may be brought in, and why."""

    outcome: Outcome
    reason: str


def judge(actor: Person, place: Place, grant: Grant) -> Verdict:
    """Whether ``actor`` may bring somebody in, or change what a member is."""
    if not actor.active:
        return Verdict(Outcome.REFUSE, "the account is closed")
    if actor.admin or place.role is Role.OWNER:
        return Verdict(Outcome.ALLOW, "owners and administrators decide who is in")
    if not (place.manages or (place.widens and grant.had is None)):
        return Verdict(Outcome.REFUSE, "owners and moderators manage members")
    if place.role is None or max(RANKS[grant.role], _rank(grant.had)) > RANKS[place.role]:
        return Verdict(Outcome.REFUSE, "nobody gives or takes a role above their own")
    if (grant.with_guests or grant.role is Role.GUEST) and grant.had is None:
        return Verdict(Outcome.ASK, "guests come in with an owner's consent")
    if grant.ceiling > min(CEILINGS[grant.role], place.ceiling):
        return Verdict(Outcome.ASK, "a higher level takes an owner's consent")
    return Verdict(Outcome.ALLOW, f"they are {place.role} of the group")


def judge_sharing(actor: Person, place: Place, grant: Grant) -> Verdict:
    """Whether ``actor`` may let somebody read one thread of a group, who stays outside of it: as
    they may bring them in, but out of a secret group with an owner's consent only."""
    verdict = judge(actor, place, grant)
    is_owner = actor.admin or place.role is Role.OWNER
    if verdict.outcome is Outcome.ALLOW and place.visibility is Visibility.SECRET and not is_owner:
        return Verdict(Outcome.ASK, "out of a secret group things go with an owner's consent")
    return verdict


def may_take_out(actor: Person, place: Place, had: Role | None) -> Verdict:
    """Whether ``actor`` may end the membership of another who has that role."""
    if not actor.active:
        return Verdict(Outcome.REFUSE, "the account is closed")
    if actor.admin or place.role is Role.OWNER:
        return Verdict(Outcome.ALLOW, "owners and administrators decide who is in")
    if not place.manages or place.role is None:
        return Verdict(Outcome.REFUSE, "owners and moderators manage members")
    if _rank(had) > RANKS[place.role]:
        return Verdict(Outcome.REFUSE, "nobody gives or takes a role above their own")
    return Verdict(Outcome.ALLOW, f"they are {place.role} of the group")


def sound(kind: Kind, role: Role, clearance: Level | None) -> bool:
    """Whether somebody of that kind can be that: a guest stays one, and the role of guests reads
    what is public."""
    if kind is Kind.GUEST and role is not Role.GUEST:
        return False
    return role is not Role.GUEST or clearance in (None, Level.PUBLIC)


def _rank(role: Role | None) -> int:
    return 0 if role is None else RANKS[role]
