"""People and teams as a directory elsewhere wants them: each request is one transaction.

The directory is the authority on what it says and on nothing else: who was made a member by hand
stays one, and whom it removes keeps what they published. Whatever is said twice is done once.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.administration.office import keep_owner
from headrace.errors import Conflict, Invalid, NotFound, TeamCycle
from headrace.log import authority, directory, elsewhere, memberships, provisioning
from headrace.log.provisioning import Said
from headrace.model.groups import GroupKind, Role, Visibility
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from headrace.administration import Bulk
    from headrace.log.directory import GroupKey
    from headrace.log.provisioning import ProvisionedTeam
    from headrace.model.people import Person

SOURCE = "scim"
_MOST_NAME = 60


class WantedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the directory wants them; without a kind, it stays what it is."""

    email: str
    name: str
    kind: Kind | None
    active: bool
    said: Said


class WantedTeam(msgspec.Struct, frozen=True, kw_only=True):
    """A team as the directory wants it, with all its members: people and teams by their keys."""

    title: str
    external_id: str | None
    people: frozenset[UUID]
    teams: frozenset[int]


class Provisioning:
    """Changes by a directory, in one transaction, the structure locked."""

    def __init__(self, bulk: Bulk, now: datetime) -> None:
        self._bulk = bulk
        self._connection = bulk.connection
        self._now = now

    # People.

    async def add_person(self, wanted: WantedPerson) -> UUID:
        """Add a person, or take back one whom the directory removed before.

        Raises Conflict (the user name or the address is in use), Invalid.
        """
        await self._check_user_name(wanted, None)
        person = await directory.find_person(self._connection, wanted.email)
        if person is None:
            kind = wanted.kind or Kind.EMPLOYEE
            person = await self._bulk.admit(wanted.email, wanted.name, kind)
        elif not await provisioning.was_removed(self._connection, UUID(person.id)):
            raise Conflict(f"there is a person with the address {wanted.email} already")
        await self._settle(person, wanted)
        return UUID(person.id)

    async def change_person(self, key: UUID, wanted: WantedPerson) -> None:
        """Make a person what is wanted. Raises NotFound, Conflict, Invalid, LastOwner."""
        await self._check_user_name(wanted, key)
        await self._settle(await self._person(key), wanted)

    async def remove_person(self, key: UUID) -> None:
        """Close an account and forget what the directory said of it. Raises NotFound."""
        person = await self._person(key)
        await provisioning.drop_everywhere(self._connection, key)
        await provisioning.remove_person(self._connection, key, self._now)
        if person.active:
            await self._bulk.close(person)

    async def _person(self, key: UUID) -> Person:
        known = await provisioning.known_people(self._connection, [key])
        person = await directory.person_by_id(self._connection, key)
        if person is None or key not in known:
            raise NotFound
        return person

    async def _check_user_name(self, wanted: WantedPerson, own: UUID | None) -> None:
        name = wanted.said.user_name
        found = await provisioning.people(self._connection, user_name=name)
        if any(person.id != own for person in found):
            raise Conflict(f"there is a person with the user name {name} already")

    async def _settle(self, person: Person, wanted: WantedPerson) -> None:
        key = UUID(person.id)
        await provisioning.keep_person(self._connection, key, wanted.said, self._now)
        changed = msgspec.structs.replace(
            person, name=wanted.name, email=wanted.email, kind=wanted.kind or person.kind
        )
        await self._bulk.amend(person, changed)
        if person.active and not wanted.active:
            await self._bulk.close(changed)
        elif wanted.active and not person.active:
            await self._bulk.reopen(changed)
            await self._seat_again(key)

    async def _seat_again(self, key: UUID) -> None:
        """Whoever comes back is where the directory has them: that it says now."""
        places = (await provisioning.teams_of(self._connection, [key])).get(key, [])
        for place in places:
            await memberships.put_people(self._connection, place.id, [key], Role.MEMBER, SOURCE)
            group = await directory.group_key(self._connection, place.name)
            await self._bulk.follow("Add", group, [key])

    # Teams.

    async def add_team(self, wanted: WantedTeam) -> int:
        """Add a closed team without an owner, for administrators to look after.

        Raises Invalid for members that are not there, TeamCycle.
        """
        name = await self._free_name(wanted.title)
        key = await directory.add_group(
            self._connection,
            name=name,
            title=wanted.title,
            kind=GroupKind.TEAM,
            visibility=Visibility.CLOSED,
            parent=None,
        )
        await elsewhere.set_source(self._connection, [key], SOURCE)
        await self._bulk.record("group.add", name, kind=GroupKind.TEAM, source=SOURCE)
        await self.change_team(key, wanted)
        return key

    async def change_team(self, key: int, wanted: WantedTeam) -> None:
        """Make a team what is wanted. Raises NotFound, Invalid, TeamCycle, LastOwner."""
        team = await self._team(key)
        group = await directory.group_key(self._connection, team.name)
        await provisioning.keep_team(self._connection, key, wanted.external_id, self._now)
        if wanted.title != team.title:
            await directory.change_group(
                self._connection, key, wanted.title, group.visibility, group.parent
            )
            await self._bulk.record("group.change", team.name, title=wanted.title)
        await self._seat(group, wanted.people, wanted.teams)

    async def remove_team(self, key: int) -> None:
        """Take out of a team whom the directory put into it, and forget it; its streams stay.

        Raises NotFound, LastOwner.
        """
        team = await self._team(key)
        group = await directory.group_key(self._connection, team.name)
        await self._seat(group, frozenset(), frozenset())
        await provisioning.remove_team(self._connection, key, self._now)
        await elsewhere.set_source(self._connection, [key], None)
        await self._bulk.record("group.remove", team.name, source=SOURCE)

    async def _team(self, key: int) -> ProvisionedTeam:
        found = await provisioning.teams(self._connection, key=key)
        if not found:
            raise NotFound
        return found[0]

    async def _seat(
        self, group: GroupKey, people: Collection[UUID], teams: Collection[int]
    ) -> None:
        """Make these the members whom the directory put there, and no others."""
        active = await self._active(people)
        await self._check_teams(group, teams)
        there = (await provisioning.members(self._connection, [group.id])).get(group.id, [])
        had_people = {member.person for member in there if member.person is not None}
        had_teams = {member.team for member in there if member.team is not None}
        gone = sorted(had_people - set(people))
        gone_teams = sorted(had_teams - set(teams))
        owners = await authority.lasting_owners(self._connection, group.id)
        await provisioning.drop_members(self._connection, group.id, gone, gone_teams)
        await elsewhere.drop_seats(self._connection, SOURCE, [(group.id, key) for key in gone])
        await provisioning.drop_teams(self._connection, group.id, gone_teams, SOURCE)
        await provisioning.put_members(self._connection, group.id, sorted(people), sorted(teams))
        # Whoever is a member already stays what they became, an owner say.
        await memberships.put_people(self._connection, group.id, active, Role.MEMBER, SOURCE)
        await provisioning.put_teams(self._connection, group.id, sorted(teams), SOURCE)
        await self._tell(group, set(people) ^ had_people, set(teams) ^ had_teams, gone)
        await keep_owner(self._connection, group, owners)

    async def _tell(
        self, group: GroupKey, people: set[UUID], teams: set[int], gone: Collection[UUID]
    ) -> None:
        verb = "Remove" if people and people <= set(gone) else "Add" if not gone else "Update"
        await self._bulk.follow(verb, group, None)
        if people or teams:
            await self._bulk.record(
                "member.provision", group.name, people=len(people), teams=len(teams)
            )

    async def _active(self, people: Collection[UUID]) -> list[UUID]:
        known = await provisioning.known_people(self._connection, people)
        if len(known) < len(people):
            raise Invalid("a member is not there", field="members")
        return [key for key, is_active in known.items() if is_active]

    async def _check_teams(self, group: GroupKey, teams: Collection[int]) -> None:
        for key in teams:
            found = await provisioning.teams(self._connection, key=key)
            if not found:
                raise Invalid("a member is not there", field="members")
            if await authority.contains(self._connection, key, group.id):
                raise TeamCycle(f"{group.name} is part of {found[0].name}: that would be a circle")

    async def _free_name(self, title: str) -> str:
        stem = _name_from(title)
        name, number = stem, 2
        while await directory.is_group(self._connection, name):
            name, number = f"{stem}-{number}", number + 1
        return name


def _name_from(title: str) -> str:
    """A group's name made of its title."""
    plain = unicodedata.normalize("NFKD", title.lower().replace("ß", "ss"))
    ascii_only = plain.encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9._-]+", "-", ascii_only)[:_MOST_NAME].strip("._-")
    return name or "team"
