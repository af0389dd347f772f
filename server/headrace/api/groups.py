"""Groups, as far as whoever asks may know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api.shapes.groups import GroupAnswer, GroupChange, Groups, NewGroup, StreamState
from headrace.api.shapes.sharing import SharedThread
from headrace.errors import Forbidden, NotFound
from headrace.log import directory
from headrace.model.groups import GroupKind, Role, Visibility, history_of
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.log.directory import SeenGroup


async def mine(call: Call[None, Query]) -> Groups:
    """The groups one may know of: a guest's own; for everybody else, all that are not secret."""
    return Groups(items=tuple(_answer(group) for group in await _seen(call)))


async def create(call: Call[NewGroup, Query]) -> GroupAnswer:
    new = call.body
    await call.services.accounts.limits.create_group(call.person.id)
    name = await call.services.administration.add_group(
        call.person,
        name=new.name,
        title=new.title,
        kind=new.kind,
        visibility=new.visibility,
        parent=new.parent,
        history=new.history,
        members_invite=new.members_invite,
    )
    return await _told(call, name)


async def one(call: Call[None, Query]) -> GroupAnswer:
    return await _told(call, call.path("name"))


async def change(call: Call[GroupChange, Query]) -> GroupAnswer:
    name = call.path("name")
    await call.services.administration.change_group(
        call.person,
        name,
        title=call.body.title,
        visibility=call.body.visibility,
        parent=call.body.parent,
        history=call.body.history,
        members_invite=call.body.members_invite,
    )
    return await _told(call, name)


async def must_read(call: Call[Any, Any], name: str) -> SeenGroup:
    """The group. Raises Forbidden for one that one knows of without reading it, NotFound for all
    others."""
    seen = await _seen(call, name)
    if not seen:
        raise NotFound
    if seen[0].role is None:
        raise Forbidden("only members of this group may see that")
    return seen[0]


async def _told(call: Call[Any, Any], name: str) -> GroupAnswer:
    seen = await _seen(call, name)
    if seen:
        return _answer(seen[0])
    if call.person.admin:
        return await _managed(call, name)
    raise NotFound


async def _seen(call: Call[Any, Any], only: str | None = None) -> list[SeenGroup]:
    is_guest = call.person.kind is Kind.GUEST
    async with call.services.database.connection() as connection:
        return await directory.groups_seen(connection, call.person_id, only=only, own_only=is_guest)


async def _managed(call: Call[Any, Any], name: str) -> GroupAnswer:
    """A group as an administrator sees it who is no member. Raises NotFound."""
    async with call.services.database.connection() as connection:
        group = await directory.group_key(connection, name)
        parent = await directory.group_name(connection, group.parent)
    return GroupAnswer(
        name=group.name,
        title=group.title,
        kind=GroupKind(group.kind),
        visibility=Visibility(group.visibility),
        parent=parent,
        history=history_of(group.history_days),
        members_invite=group.members_invite,
    )


def _answer(group: SeenGroup) -> GroupAnswer:
    return GroupAnswer(
        name=group.name,
        title=group.title,
        kind=GroupKind(group.kind),
        visibility=Visibility(group.visibility),
        parent=group.parent,
        history=history_of(group.history_days),
        members_invite=group.members_invite,
        role=Role(group.role) if group.role is not None else None,
        thread=None if group.thread is None else SharedThread(str(group.thread), group.replies),
        streams=tuple(
            StreamState(
                stream=stream.stream,
                level=stream.level,
                head=stream.head,
                read=stream.read,
                unread=stream.unread,
            )
            for stream in group.streams
        ),
    )
