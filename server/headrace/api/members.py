"""Who is in a group: people, and teams as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from headrace.api import groups
from headrace.api.shapes.groups import MemberAnswer, Members, NewMembership
from headrace.log import directory, memberships
from headrace.model.groups import Role
from headrace.model.levels import Level
from headrace.model.people import Kind

if TYPE_CHECKING:
    from typing import Literal

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.log.memberships import Seat


async def of_group(call: Call[None, Query]) -> Members:
    """For those who read the group, and for administrators."""
    name = call.path("name")
    if not call.person.admin:
        await groups.must_read(call, name)
    async with call.services.database.connection() as connection:
        group = await directory.group_key(connection, name)
        seats = await memberships.seats(connection, group.id, call.person)
    return Members(items=tuple(map(_answer, seats)))


async def put(call: Call[NewMembership, Query]) -> None:
    clearance = call.body.clearance
    await call.services.administration.put_member(
        call.person,
        call.path("name"),
        call.path("subject"),
        call.body.role,
        None if clearance is None else Level.named(clearance),
        call.body.expires,
    )


async def drop(call: Call[None, Query]) -> None:
    await call.services.administration.drop_member(
        call.person, call.path("name"), call.path("subject")
    )


def _answer(seat: Seat) -> MemberAnswer:
    return MemberAnswer(
        type=cast("Literal['person', 'team']", seat.type),
        name=seat.name,
        role=Role(seat.role),
        handle=seat.handle,
        team=seat.team,
        clearance=None if seat.clearance is None else Level(seat.clearance).label,
        expires=seat.expires,
        kind=None if seat.kind is None else Kind(seat.kind),
    )
