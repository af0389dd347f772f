"""Who reads what, told to somebody who may not know of every team: who will see something, and
why somebody sees it or does not."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import queries
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.model.people import Person

SQL = queries.load("audience.sql")


class Way(msgspec.Struct, frozen=True):
    """How somebody comes to be in a group: through these teams, or (none) in person."""

    group_id: int
    person: UUID
    teams: tuple[str, ...]
    role: str
    clearance: int | None


class Reader(msgspec.Struct, frozen=True):
    """Somebody who reads a stream."""

    stream_id: int
    person: UUID
    role: str
    name: str
    handle: str
    kind: str

    @property
    def is_external(self) -> bool:
        """Whether they belong to a customer or partner, not to the organisation."""
        return self.kind == Kind.GUEST


class Place(msgspec.Struct, frozen=True):
    """A stream in which an activity is read, and what is known of somebody there.

    ``role`` is None for who does not read it, ``clearance`` for who reads nothing in the group.
    ``since`` is the number from which on they read. ``asker_role`` is that of whoever asks, if
    they see the activity there.
    """

    stream_id: int
    group_id: int
    group: str
    level: int
    seq: int
    head: int
    role: str | None
    since: int | None
    sees: bool
    is_read: bool
    clearance: int | None
    asker_role: str | None
    is_directed: bool


class State(msgspec.Struct, frozen=True):
    """Since when an activity is at its level, and whether it has been deleted."""

    at: datetime
    is_deleted: bool


async def ways(
    connection: Connection,
    groups: Sequence[int],
    asker: Person,
    people: Sequence[UUID] | None = None,
) -> list[Way]:
    """The ways into groups, of these people or of everybody, that the asker may know of."""
    is_guest = asker.kind is Kind.GUEST
    rows = await connection.fetch(
        SQL.ways, list(groups), UUID(asker.id), asker.admin, is_guest, people
    )
    return [
        Way(row["group_id"], row["person"], tuple(row["teams"]), row["role"], row["clearance"])
        for row in rows
    ]


async def readers(
    connection: Connection, streams: dict[int, int], asker: Person
) -> dict[int, list[Reader]]:
    """Who reads streams (given with their groups' keys), as far as the asker may know.

    Whom a secret team brings along, of which the asker may not know, is neither named nor counted.
    """
    known = {
        (way.group_id, way.person) for way in await ways(connection, [*streams.values()], asker)
    }
    found: dict[int, list[Reader]] = defaultdict(list)
    for row in await connection.fetch(SQL.readers, list(streams)):
        reader = Reader(**row)
        if (streams[reader.stream_id], reader.person) in known:
            found[reader.stream_id].append(reader)
    return found


async def places(connection: Connection, activity: UUID, person: UUID, asker: UUID) -> list[Place]:
    """Where an activity is read, and what is known of a person there. For the node itself: what
    of it the asker may learn is for the caller to decide."""
    return [Place(**row) for row in await connection.fetch(SQL.places, activity, person, asker)]


async def state(connection: Connection, activity: UUID) -> State | None:
    """How an activity stands; None if there was never one with that id."""
    row = await connection.fetchrow(SQL.since_when, activity)
    return None if row is None else State(**row)
