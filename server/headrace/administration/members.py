"""Memberships: of people, and of teams that subscribe as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.access.decisions import Action
from headrace.administration.office import Office, found_person, keep_owner, team_actor
from headrace.errors import Forbidden, GuestLimit, NotFound, TeamCycle
from headrace.log import authority, directory
from headrace.model.groups import RANKS, GroupKind, Role
from headrace.model.levels import Level
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Members(Office):
    """Changes of memberships."""

    async def put_member(
        self, by: Person, group: str, subject: str, role: Role | None, clearance: Level | None
    ) -> None:
        """Make a person (address or handle) or a team (``team:NAME``) a member, or change it.

        Without a role a guest becomes a guest, everybody else a member. Raises NotFound,
        Forbidden, GuestLimit, LastOwner, TeamCycle.
        """
        team = _team_name(subject)

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            await authority.lock_structure(connection)
            if team is not None:
                told = await self._put_team(connection, by, group, team, role, clearance)
            else:
                told = await self._put_person(connection, by, group, subject, role, clearance)
            await self.record(
                connection, by, "member.put", f"{group}/{subject}", role=role, clearance=clearance
            )
            return None, told

        await self.publisher.administer(work)

    async def drop_member(self, by: Person, group: str, subject: str) -> None:
        """End a membership, one's own or another's. Raises NotFound, Forbidden, LastOwner."""
        team = _team_name(subject)

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            await authority.lock_structure(connection)
            if team is not None:
                told = await self._drop_team(connection, by, group, team)
            else:
                told = await self._drop_person(connection, by, group, subject)
            await self.record(connection, by, "member.drop", f"{group}/{subject}")
            return None, told

        await self.publisher.administer(work)

    async def add_writers(
        self, by: Person, group: str, people: Sequence[UUID], source: str
    ) -> None:
        """Make many people members at once, for an import. Who is one stays as they are.

        What is told of it names nobody: one sentence, not hundreds.
        """

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            await authority.lock_structure(connection)
            key = await directory.group_key(connection, group)
            await directory.put_people(connection, key.id, people, Role.MEMBER, source)
            told = await self.reconcile(connection, by, "Add", [key.id], people, None)
            await self.record(connection, by, "member.import", group, people=len(people))
            return None, told

        await self.publisher.administer(work)

    # One membership.

    async def _put_person(
        self,
        connection: Connection,
        by: Person,
        group: str,
        subject: str,
        role: Role | None,
        clearance: Level | None,
    ) -> Sequence[Entry]:
        is_self = _is_self(by, subject)
        joining = is_self and role in (None, Role.MEMBER) and clearance is None
        place = await self.managed(
            connection, by, group, Action.JOIN if joining else Action.MANAGE_MEMBERS
        )
        person = await found_person(connection, subject)
        role = role or (Role.GUEST if person.kind is Kind.GUEST else Role.MEMBER)
        _check_guest(person.kind, role, clearance)
        key = UUID(person.id)
        await self._check_rank(connection, by, place, key, role)
        had = await authority.lasting_owners(connection, place.id)
        await directory.put_person(connection, place.id, key, role, clearance)
        verb = "Join" if is_self else "Add"
        told = await self.reconcile(connection, by, verb, [place.id], [key], person.actor)
        await keep_owner(connection, place, had)
        return told

    async def _put_team(
        self,
        connection: Connection,
        by: Person,
        group: str,
        team: str,
        role: Role | None,
        clearance: Level | None,
    ) -> Sequence[Entry]:
        role = role or Role.MEMBER
        place = await self.managed(connection, by, group, Action.MANAGE_MEMBERS)
        member, _ = await self.known(connection, by, team)
        if member.kind != GroupKind.TEAM:
            raise NotFound(f"there is no team {team}")
        if await authority.contains(connection, member.id, place.id):
            raise TeamCycle(f"{group} is part of team {team}: that would be a circle")
        await directory.put_team(connection, place.id, member.id, role, clearance)
        return await self.reconcile(connection, by, "Add", [place.id], None, team_actor(member))

    async def _drop_person(
        self, connection: Connection, by: Person, group: str, subject: str
    ) -> Sequence[Entry]:
        is_self = _is_self(by, subject)
        place = await self.managed(
            connection, by, group, Action.LEAVE if is_self else Action.MANAGE_MEMBERS
        )
        person = await found_person(connection, subject)
        key = UUID(person.id)
        if not is_self:
            await self._check_rank(connection, by, place, key, Role.GUEST)
        had = await authority.lasting_owners(connection, place.id)
        if not await directory.drop_person(connection, place.id, key):
            raise NotFound(f"{subject} is no member of {group} in person")
        verb = "Leave" if is_self else "Remove"
        told = await self.reconcile(connection, by, verb, [place.id], [key], person.actor)
        await keep_owner(connection, place, had)
        return told

    async def _drop_team(
        self, connection: Connection, by: Person, group: str, team: str
    ) -> Sequence[Entry]:
        place = await self.managed(connection, by, group, Action.MANAGE_MEMBERS)
        member, _ = await self.known(connection, by, team)
        had = await authority.lasting_owners(connection, place.id)
        if not await directory.drop_team(connection, place.id, member.id):
            raise NotFound(f"team {team} is no member of {group}")
        told = await self.reconcile(connection, by, "Remove", [place.id], None, team_actor(member))
        await keep_owner(connection, place, had)
        return told

    async def _check_rank(
        self, connection: Connection, by: Person, group: GroupKey, subject: UUID, role: Role
    ) -> None:
        """Nobody gives or takes a rank above their own. Raises Forbidden."""
        own = await directory.role_in(connection, UUID(by.id), group.id)
        had = await directory.role_in(connection, subject, group.id)
        highest = max(RANKS[role], RANKS[Role(had)] if had else 0)
        joining = own is None and UUID(by.id) == subject
        if not (by.admin or joining or (own is not None and RANKS[Role(own)] >= highest)):
            raise Forbidden("nobody gives or takes a role above their own")


def _team_name(subject: str) -> str | None:
    return subject.removeprefix("team:") if subject.startswith("team:") else None


def _check_guest(kind: Kind, role: Role, clearance: Level | None) -> None:
    if kind is Kind.GUEST and (role is not Role.GUEST or clearance not in (None, Level.PUBLIC)):
        raise GuestLimit("a guest's role is guest, and a guest reads what is public")
    if role is Role.GUEST and clearance not in (None, Level.PUBLIC):
        raise GuestLimit("the role guest reads what is public")


def _is_self(by: Person, subject: str) -> bool:
    # Compared by name: whoever may not manage members does not learn who exists.
    return subject.strip().lower().removeprefix("@") in (by.email, by.handle)
