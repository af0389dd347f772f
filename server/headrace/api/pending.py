"""Memberships that are not there yet: asked for, proposed, offered, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.administration.members import Terms
from headrace.api import people
from headrace.api.shapes.pending import (
    InvitationToken,
    LinkAnswer,
    NewInvitation,
    PendingAnswer,
    PendingAnswers,
    Redemption,
)
from headrace.auth import policy
from headrace.model.levels import LABELS, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes.people import PersonAnswer
    from headrace.model.groups import Pending

# Requests to join


async def ask(call: Call[None, Query]) -> PendingAnswer:
    """A closed group's owners and moderators are told. Asking again changes nothing."""
    await call.services.accounts.limits.invite(call.person.id)
    return _answer(await call.services.administration.ask(call.person, call.path("name")))


async def requests(call: Call[None, Query]) -> PendingAnswers:
    """For owners and moderators."""
    return _answers(await call.services.administration.requests(call.person, call.path("name")))


async def accept_request(call: Call[None, Query]) -> None:
    await call.services.administration.accept_request(
        call.person, call.path("name"), call.path_id("id")
    )


async def drop_request(call: Call[None, Query]) -> None:
    """The person withdraws it, or an owner or moderator declines it."""
    await call.services.administration.drop_request(
        call.person, call.path("name"), call.path_id("id")
    )


# Invitations, as the group sees them


async def invite(call: Call[NewInvitation, Query]) -> PendingAnswer:
    """Guests, and levels above what a role reads by itself, wait for an owner's consent."""
    await call.services.accounts.limits.invite(call.person.id)
    new = call.body
    clearance = None if new.clearance is None else Level.named(new.clearance)
    invited = await call.services.administration.invite(
        call.person,
        call.path("name"),
        new.subject,
        Terms(new.role, clearance, new.expires),
    )
    return _answer(invited.pending, invited.token)


async def of_group(call: Call[None, Query]) -> PendingAnswers:
    """All of them for owners and moderators, for members their own."""
    return _answers(await call.services.administration.invitations(call.person, call.path("name")))


async def approve(call: Call[None, Query]) -> None:
    """An owner's consent."""
    await call.services.administration.approve(call.person, call.path("name"), call.path_id("id"))


async def revoke(call: Call[None, Query]) -> None:
    """Whoever proposed it takes it back, or an owner or moderator does."""
    await call.services.administration.revoke_invitation(
        call.person, call.path("name"), call.path_id("id")
    )


# Invitations, as whoever is invited sees them


async def mine(call: Call[None, Query]) -> PendingAnswers:
    """What I was offered, and what I have asked for."""
    return _answers(await call.services.administration.mine(call.person))


async def accept(call: Call[None, Query]) -> None:
    await call.services.administration.accept_invitation(call.person, call.path_id("id"))


async def decline(call: Call[None, Query]) -> None:
    await call.services.administration.decline_invitation(call.person, call.path_id("id"))


async def look(call: Call[InvitationToken, Query]) -> LinkAnswer:
    """The secret is in the body: what is in an address ends up in other people's logs."""
    await call.services.accounts.limits.invitation(call.client)
    offered = await call.services.administration.look(call.body.token)
    return LinkAnswer(
        group=offered.title,
        name=offered.group,
        inviter=offered.inviter.name,
        email=offered.email or "",
        expires=offered.expires,
    )


async def accept_link(call: Call[InvitationToken, Query]) -> None:
    """For whoever has an account with the address that the link is for."""
    await call.services.administration.accept_link(call.person, call.body.token)


async def redeem(call: Call[Redemption, Query]) -> PersonAnswer:
    """Once. The link proves the address; nothing else is asked."""
    await call.services.accounts.limits.invitation(call.client)
    administration, wanted = call.services.administration, call.body
    offered = await administration.look(wanted.token)  # no hashing for who has no invitation
    policy.check(wanted.password, offered.email or "", wanted.name)
    password = await call.services.accounts.passwords.hash(wanted.password)
    return people.answer(await administration.redeem(wanted.token, wanted.name, password))


def _answers(found: Sequence[Pending]) -> PendingAnswers:
    return PendingAnswers(items=tuple(map(_answer, found)))


def _answer(found: Pending, token: str | None = None) -> PendingAnswer:
    return PendingAnswer(
        id=str(found.id),
        group=found.group,
        title=found.title,
        state=found.state,
        inviter=found.inviter,
        created=found.created,
        expires=found.expires,
        whom=found.whom,
        email=found.email,
        role=found.role,
        clearance=None if found.clearance is None else LABELS[found.clearance],
        until=found.until,
        token=token,
    )
