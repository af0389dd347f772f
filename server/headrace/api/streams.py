"""Streams by their names: the resume path over HTTP, and what has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api.shapes.activities import Entries, EntryAnswer, ReadUpTo
from headrace.errors import NotFound, PositionUnknown
from headrace.log import cursors, history

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import EntriesQuery, Query


async def entries(call: Call[None, EntriesQuery]) -> Entries:
    """A number that the stream has not reached yet is answered with position_unknown; one below
    the floor of a newcomer like the floor."""
    after, limit = call.query.after, call.query.limit
    page = await history.stream_page(
        call.services.database, call.person_id, call.path("stream"), after, limit
    )
    if page is None:
        raise NotFound
    if after > page.head:
        raise PositionUnknown
    items = tuple(EntryAnswer(seq=entry.seq, activity=entry.activity) for entry in page.entries)
    more = len(items) == limit and items[-1].seq < page.head
    following = call.following(after=items[-1].seq) if more else None
    return Entries(items=items, head=page.head, floor=page.floor, next=following)


async def read(call: Call[ReadUpTo, Query]) -> None:
    await cursors.read_up_to(
        call.services.database, call.person_id, call.path("stream"), call.body.seq
    )
