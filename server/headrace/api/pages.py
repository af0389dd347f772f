"""Pages of activities: of a group, of all that one follows, of a search, of the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api import groups
from headrace.api.shapes.activities import Activities
from headrace.errors import Invalid
from headrace.log import history
from headrace.model.filters import parse

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.api.calls import Call
    from headrace.api.queries import HomeQuery, InboxQuery, PageQuery, SearchQuery
    from headrace.log.history import Page


async def of_group(call: Call[None, PageQuery]) -> Activities:
    query, name = call.query, call.path("name")
    if query.before is not None and query.after is not None:
        raise Invalid("a page is before an activity or after one, not both", field="after")
    page = _page(call, query.limit, query.filter, name)
    if query.after is not None:
        found = await _read(call, page.after(query.after), "after")
    else:
        found = await _before(call, page, query.before)
    if not found.items:  # whoever is shown something reads the group; nothing needs a reason
        await groups.must_read(call, name)
    return found


async def home(call: Call[None, HomeQuery]) -> Activities:
    page = _page(call, call.query.limit, call.query.filter)
    return await _before(call, page, call.query.before)


async def search(call: Call[None, SearchQuery]) -> Activities:
    page = _page(call, call.query.limit, call.query.q)
    return await _before(call, page, call.query.before)


async def inbox(call: Call[None, InboxQuery]) -> Activities:
    limit, before = call.query.limit, call.query.before
    found = await history.inbox(call.services.database, call.person_id, limit + 1, before)
    items = tuple(activity for _, activity in found[:limit])
    if len(found) <= limit:
        return Activities(items=items)
    return Activities(items=items, next=call.following(before=found[limit - 1][0]))


def _page(call: Call[Any, Any], limit: int, text: str, group: str | None = None) -> Page:
    # One more than asked for tells whether another page follows.
    return history.Page(call.person_id, limit + 1, parse(text, me=call.person.handle), group)


async def _before(call: Call[Any, Any], page: Page, before: UUID | None) -> Activities:
    return await _read(call, page if before is None else page.before(before), "before")


async def _read(call: Call[Any, Any], page: Page, direction: str) -> Activities:
    limit: int = call.query.limit
    found = await page.read(call.services.database)
    if len(found) <= limit:
        return Activities(items=tuple(found))
    items = tuple(found[:limit])
    return Activities(items=items, next=call.following(**{direction: items[-1].id}))
