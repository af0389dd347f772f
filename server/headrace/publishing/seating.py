"""Who reads what in which role, as it was known last.

Whoever publishes mostly did so before, into the same groups. What is decided by what is remembered
goes along to the log, which looks at it again under the lock and refuses what is stale; and what
it would be refused by is asked for first (see ``Batch``). So nothing is taken by a right that is
gone, and nothing refused for want of one that has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import references
from headrace.log.rows import Member, Seat
from headrace.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headrace.log.database import Connection

#: Of how many people something is remembered.
_MOST = 10_000


class Overtaken(Exception):
    """What was remembered will not do: look again."""


class Seated(msgspec.Struct):
    """Seats by person and stream, and who these people are. ``is_recalled`` tells whether it may
    be stale."""

    seats: dict[tuple[UUID, int], Seat]
    members: dict[UUID, Member]
    is_recalled: bool = False


class _Known(msgspec.Struct):
    """What is known of somebody: who they are, and their seats; None where they have none."""

    member: Member
    seats: dict[int, Seat | None]


class Seating:
    """Remembers for one process."""

    def __init__(self) -> None:
        self._known: Recent[UUID, _Known] = Recent(_MOST)

    async def of(self, connection: Connection, pairs: Sequence[tuple[UUID, int]]) -> Seated:
        """The seats of these people in these streams, remembered if all of them are."""
        return self._recalled(pairs) or await self._asked(connection, pairs)

    def forget(self, people: Iterable[UUID]) -> None:
        """Something about them has changed."""
        for person in people:
            self._known.pop(person, None)

    def _recalled(self, pairs: Sequence[tuple[UUID, int]]) -> Seated | None:
        seats: dict[tuple[UUID, int], Seat] = {}
        members: dict[UUID, Member] = {}
        for person, stream in pairs:
            known = self._known.get(person)
            if known is None or stream not in known.seats:
                return None
            members[person] = known.member
            seat = known.seats[stream]
            if seat is not None:
                seats[person, stream] = seat
        return Seated(seats, members, is_recalled=bool(pairs))

    async def _asked(self, connection: Connection, pairs: Sequence[tuple[UUID, int]]) -> Seated:
        found = Seated(*await references.seats(connection, pairs))
        for person, stream in pairs:
            member = found.members.get(person)
            if member is not None:  # of who reads nothing here, nothing is known
                self._remember(member, stream, found.seats.get((person, stream)))
        return found

    def _remember(self, member: Member, stream: int, seat: Seat | None) -> None:
        known = self._known.get(member.id)
        if known is None or known.member != member:
            known = self._known[member.id] = _Known(member, {})
        known.seats[stream] = seat
