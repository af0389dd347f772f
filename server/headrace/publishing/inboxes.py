"""Inboxes: who is mentioned or answered, as far as they read the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import moving, references
from headrace.log.rows import EntryRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from headrace.log.database import Connection
    from headrace.log.rows import ActivityRow, Member, Seat
    from headrace.publishing.drafts import Draft


async def reach(
    connection: Connection, drafts: Sequence[Draft], known: Mapping[str, Member]
) -> dict[int, list[EntryRow]]:
    """The entries of inboxes, by ordinal, where there are any; notes in the drafts who was
    reached. ``known`` are those called, by the name used."""
    drafts = [draft for draft in drafts if draft.is_directed]
    if not drafts:
        return {}
    called = {draft.ordinal: members_called(draft, known) for draft in drafts}
    deleted = {d.ordinal: d.row.object for d in drafts if d.row.type == "Delete"}
    had = await moving.directed(connection, [thing for thing in deleted.values() if thing])
    wanted = {
        (person, stream)
        for draft in drafts
        for person in (*called[draft.ordinal], draft.answers)
        if person is not None
        for stream in draft.within
    }
    wanted |= {(one.person, one.via) for one in had}
    seats, members = await references.seats(connection, sorted(wanted))
    inboxes = {}
    for draft in drafts:
        reached = _seated(called[draft.ordinal], draft.reaches, seats)
        draft.row.mentions = tuple(members[seat.person].handle for seat in reached)
        if draft.answers is not None:
            reached += _seated([draft.answers], draft.within, seats)
        draft.seats += reached
        inboxes[draft.ordinal] = _directed(draft.row, reached, members)
        for one in had:
            if one.activity == deleted.get(draft.ordinal) and (one.person, one.via) in seats:
                draft.seats.append(seats[one.person, one.via])
                inboxes[draft.ordinal].append(_through(one.via, one.inbox, draft.row))
    return inboxes


def members_called(draft: Draft, known: Mapping[str, Member]) -> list[UUID]:
    """Whom a publication mentions, each once; whether it reaches them is another matter."""
    named = (known[name].id for name in draft.called if name in known)
    return list(dict.fromkeys(named))


def _seated(
    people: Sequence[UUID], streams: Sequence[int], seats: Mapping[tuple[UUID, int], Seat]
) -> list[Seat]:
    """The seats of those people who read one of these streams: in the first that they do."""
    found = (
        next((seats[person, stream] for stream in streams if (person, stream) in seats), None)
        for person in people
    )
    return [seat for seat in found if seat is not None]


def _directed(
    row: ActivityRow, reached: Sequence[Seat], members: Mapping[UUID, Member]
) -> list[EntryRow]:
    """Nobody is told of what they wrote themselves, nor of an edit."""
    if row.type == "Update":
        return []
    seats = (seat for seat in reached if seat.person != row.actor)
    through = {members[seat.person].inbox: seat.stream_id for seat in seats}
    return [_through(stream, inbox, row) for inbox, stream in sorted(through.items())]


def _through(stream: int, inbox: int, row: ActivityRow) -> EntryRow:
    return EntryRow(stream_id=inbox, activity=row.id, via=stream)
