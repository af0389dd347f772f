"""Threads that are shared with people outside their group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from headrace.api import activities
from headrace.api.shapes.sharing import NewShare, ShareAnswer, SharesAnswer

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.log.shared_threads import Share


async def of_thread(call: Call[None, Query]) -> SharesAnswer:
    """For all who read it: members see who is outside, those outside see one another."""
    return await _told(call, UUID((await activities.seen(call)).id))


async def put(call: Call[NewShare, Query]) -> SharesAnswer:
    """Waits for an owner where it takes their consent; an owner consents by doing the same."""
    activity = UUID((await activities.seen(call)).id)
    await call.services.accounts.limits.invite(call.person.id)
    await call.services.administration.share_thread(
        call.person,
        activity,
        call.path("subject"),
        replies=call.body.replies,
        until=call.body.expires,
    )
    return await _told(call, activity)


async def drop(call: Call[None, Query]) -> None:
    """By whoever shared it, by owners and moderators; or one leaves it oneself."""
    activity = UUID((await activities.seen(call)).id)
    await call.services.administration.unshare_thread(call.person, activity, call.path("subject"))


async def _told(call: Call[Any, Any], activity: UUID) -> SharesAnswer:
    found = await call.services.administration.shares(call.person, activity)
    items = tuple(map(_name if found.is_outside else _answer, found.items))
    return SharesAnswer(items=items, may_share=found.may_share)


def _name(share: Share) -> ShareAnswer:
    return ShareAnswer(person=share.person, kind=share.kind, replies=share.replies)


def _answer(share: Share) -> ShareAnswer:
    return ShareAnswer(
        person=share.person,
        kind=share.kind,
        replies=share.replies,
        waits=share.waits,
        inviter=share.inviter,
        expires=share.until,
    )
