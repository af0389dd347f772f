"""Memberships: who sits where, people and teams, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import queries
from headrace.model.groups import Role
from headrace.model.levels import Level
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.model.people import Person

SQL = queries.load("memberships.sql")


class Seat(msgspec.Struct, frozen=True):
    """A row of a member list."""

    type: str
    name: str
    handle: str | None
    team: str | None
    kind: str | None
    role: str
    clearance: int | None
    expires: datetime | None


class Over(msgspec.Struct, frozen=True):
    """A membership that its expiry has ended: a person's or a team's, and who tells of it."""

    group_id: int
    person: UUID | None
    team: int | None
    teller: UUID


async def seats(connection: Connection, group: int, asker: Person) -> list[Seat]:
    """The member list, people and teams, as far as ``asker`` may see it."""
    is_guest = asker.kind is Kind.GUEST
    rows = await connection.fetch(SQL.members, group, UUID(asker.id), asker.admin, is_guest)
    return [Seat(**row) for row in rows]


async def standing(connection: Connection, person: UUID, group: int) -> tuple[Role | None, Level]:
    """The role that a person has in a group, by whatever way, and how far up they read there."""
    row = await connection.fetchrow(SQL.standing, person, group)
    if row is None:
        return None, Level.PUBLIC
    return Role(row["role"]), Level(row["level"])


async def put_person(
    connection: Connection,
    group: int,
    person: UUID,
    role: str,
    clearance: Level | None,
    expires: datetime | None = None,
) -> None:
    """Make a person a member, or change what they are and until when."""
    await connection.execute(SQL.put_person, group, person, role, clearance, expires, "api")


async def put_people(
    connection: Connection, group: int, people: Sequence[UUID], role: str, source: str
) -> None:
    """Make many people members at once; who is one already stays as they are."""
    await connection.execute(SQL.put_people, group, list(people), role, source)


async def put_team(
    connection: Connection,
    group: int,
    team: int,
    role: str,
    clearance: Level | None,
    expires: datetime | None = None,
) -> None:
    """Subscribe a team as a whole, or change how and until when."""
    await connection.execute(SQL.put_team, group, team, role, clearance, expires, "api")


async def seat_of_person(connection: Connection, group: int, person: UUID) -> Role | None:
    """The role that a person has in a group by a membership of their own."""
    role: str | None = await connection.fetchval(SQL.seat_of_person, group, person)
    return None if role is None else Role(role)


async def seat_of_team(connection: Connection, group: int, team: int) -> Role | None:
    """The role that a team as a whole has in a group."""
    role: str | None = await connection.fetchval(SQL.seat_of_team, group, team)
    return None if role is None else Role(role)


async def drop_person(connection: Connection, group: int, person: UUID) -> bool:
    """End a person's membership; False if there was none."""
    return str(await connection.execute(SQL.drop_person, group, person)) == "DELETE 1"


async def drop_team(connection: Connection, group: int, team: int) -> bool:
    """End a team's subscription; False if there was none."""
    return str(await connection.execute(SQL.drop_team, group, team)) == "DELETE 1"


async def has_guests(connection: Connection, team: int) -> bool:
    """Whether somebody in a team is a guest."""
    found: bool = await connection.fetchval(SQL.has_guests, team)
    return found


async def is_past(connection: Connection, moment: datetime) -> bool:
    """Whether a moment is over, by the log's clock."""
    past: bool = await connection.fetchval(SQL.is_past, moment)
    return past


async def next_expiry(connection: Connection) -> float | None:
    """Seconds until the next membership is over, by the log's clock; None if none ends."""
    seconds: float | None = await connection.fetchval(SQL.next_expiry)
    return seconds


async def drop_expired(connection: Connection) -> list[Over]:
    """End the memberships whose time is over."""
    return [Over(**row) for row in await connection.fetch(SQL.drop_expired)]
