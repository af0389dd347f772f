"""People, teams and members as a directory elsewhere provisions them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import queries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headrace.log.database import Connection

SQL = queries.load("provisioning.sql")


class ProvisionedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the directory sees them."""

    id: UUID
    user_name: str
    email: str
    name: str
    kind: str
    active: bool
    external_id: str | None
    given_name: str | None
    family_name: str | None
    email_type: str | None
    is_primary: bool | None
    created: datetime
    changed: datetime


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory says of a person, beside what the person's own row holds."""

    user_name: str
    external_id: str | None
    given_name: str | None
    family_name: str | None
    email_type: str | None
    is_primary: bool | None


class ProvisionedTeam(msgspec.Struct, frozen=True, kw_only=True):
    """A team as the directory sees it; ``id`` is its key."""

    id: int
    name: str
    title: str
    external_id: str | None
    created: datetime
    changed: datetime


class ProvisionedMember(msgspec.Struct, frozen=True):
    """A member that the directory put into a team: a person, or a team."""

    person: UUID | None
    team: int | None


class Place(msgspec.Struct, frozen=True):
    """A team that somebody is in; ``id`` is its key."""

    id: int
    name: str
    title: str


async def people(
    connection: Connection,
    *,
    key: UUID | None = None,
    user_name: str | None = None,
    external_id: str | None = None,
) -> list[ProvisionedPerson]:
    """All, or those with that key, user name (whatever its case) or external id."""
    folded = None if user_name is None else user_name.lower()
    rows = await connection.fetch(SQL.people, key, folded, external_id)
    return [ProvisionedPerson(**row) for row in rows]


async def keep_person(connection: Connection, key: UUID, said: Said, now: datetime) -> None:
    """Keep what the directory says of a person."""
    await connection.execute(SQL.keep_person, key, *msgspec.structs.astuple(said), now)


async def remove_person(connection: Connection, key: UUID, now: datetime) -> None:
    """The directory knows this person no more."""
    await connection.execute(SQL.remove_person, key, now)


async def was_removed(connection: Connection, key: UUID) -> bool:
    """Whether the directory removed this person."""
    found: bool = await connection.fetchval(SQL.was_removed, key)
    return found


async def teams(
    connection: Connection,
    *,
    key: int | None = None,
    external_id: str | None = None,
    title: str | None = None,
) -> list[ProvisionedTeam]:
    """All, or those with that key, external id or title (whatever its case)."""
    folded = None if title is None else title.lower()
    rows = await connection.fetch(SQL.teams, key, external_id, folded)
    return [ProvisionedTeam(**row) for row in rows]


async def keep_team(
    connection: Connection, key: int, external_id: str | None, now: datetime
) -> None:
    """Keep what the directory says of a team."""
    await connection.execute(SQL.keep_team, key, external_id, now)


async def remove_team(connection: Connection, key: int, now: datetime) -> None:
    """The directory knows this team no more."""
    await connection.execute(SQL.remove_team, key, now)


async def members(
    connection: Connection, keys: Collection[int]
) -> dict[int, list[ProvisionedMember]]:
    """Whom the directory put into these teams."""
    found: dict[int, list[ProvisionedMember]] = defaultdict(list)
    for row in await connection.fetch(SQL.members, list(keys)):
        found[row["group_id"]].append(ProvisionedMember(row["person"], row["team"]))
    return found


async def teams_of(connection: Connection, keys: Collection[UUID]) -> dict[UUID, list[Place]]:
    """The teams into which the directory put these people."""
    found: dict[UUID, list[Place]] = defaultdict(list)
    for row in await connection.fetch(SQL.teams_of, list(keys)):
        found[row["person"]].append(Place(row["id"], row["name"], row["title"]))
    return found


async def known_people(connection: Connection, keys: Collection[UUID]) -> dict[UUID, bool]:
    """Which of these people it may put into teams, and whether they are active."""
    rows = await connection.fetch(SQL.known_people, list(keys))
    return {row["id"]: row["active"] for row in rows}


async def put_members(
    connection: Connection, team: int, people: Sequence[UUID], teams: Sequence[int]
) -> None:
    """Put people and teams into a team."""
    columns = [*people, *(None for _ in teams)], [*(None for _ in people), *teams]
    await connection.execute(SQL.put_members, team, *columns)


async def drop_members(
    connection: Connection, team: int, people: Sequence[UUID], teams: Sequence[int]
) -> None:
    """Take people and teams out of a team."""
    await connection.execute(SQL.drop_members, team, list(people), list(teams))


async def drop_everywhere(connection: Connection, person: UUID) -> list[int]:
    """Take a person out of all teams; answers their keys."""
    return [row["group_id"] for row in await connection.fetch(SQL.drop_everywhere, person)]


async def put_teams(connection: Connection, team: int, teams: Sequence[int], source: str) -> None:
    """Subscribe teams to a team as a whole; what is there by another source stays."""
    await connection.execute(SQL.put_teams, team, list(teams), source)


async def drop_teams(connection: Connection, team: int, teams: Sequence[int], source: str) -> None:
    """End subscriptions of teams that came from a source."""
    await connection.execute(SQL.drop_teams, team, list(teams), source)
