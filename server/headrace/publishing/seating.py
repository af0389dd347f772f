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
    from collections.abc import Collection, Iterable

    from headrace.log.database import Connection

#: A person and the streams of a group; none where there is no such group.
Place = tuple[UUID, tuple[int, ...]]

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
    """What is known of somebody: who they are, and their seats in groups in which they have any,
    by the streams of these groups."""

    member: Member
    seats: dict[tuple[int, ...], tuple[Seat, ...]]


class Seating:
    """Remembers for one process."""

    def __init__(self) -> None:
        self._known: Recent[UUID, _Known] = Recent(_MOST)

    async def of(self, connection: Connection, wanted: Collection[Place]) -> Seated:
        """The seats of these people in these groups, remembered if all of them are.

        Of groups in which somebody has no seat nothing is: to them these are as good as none.
        """
        return self._recalled(wanted) or await self._asked(connection, wanted)

    def forget(self, people: Iterable[UUID]) -> None:
        """Something about them has changed."""
        for person in people:
            self._known.pop(person, None)

    def _recalled(self, wanted: Collection[Place]) -> Seated | None:
        found = Seated({}, {}, is_recalled=True)
        for person, streams in wanted:
            known = self._known.get(person)
            seats = known.seats.get(streams) if known is not None else None
            if known is None or seats is None:
                return None
            found.members[person] = known.member
            found.seats.update(((person, seat.stream_id), seat) for seat in seats)
        return found

    async def _asked(self, connection: Connection, wanted: Collection[Place]) -> Seated:
        pairs = {(person, stream): None for person, streams in wanted for stream in streams}
        found = Seated(*await references.seats(connection, list(pairs)))
        for person, streams in wanted:
            held = [found.seats[person, key] for key in streams if (person, key) in found.seats]
            if held:
                self._remember(found.members[person], streams, tuple(held))
        return found

    def _remember(self, member: Member, streams: tuple[int, ...], seats: tuple[Seat, ...]) -> None:
        known = self._known.get(member.id)
        if known is None or known.member != member:
            known = self._known[member.id] = _Known(member, {})
        known.seats[streams] = seats
