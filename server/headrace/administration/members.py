"""Memberships: of people, and of teams that subscribe as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headrace.access.decisions import Action
from headrace.access.grants import Grant, Outcome, Verdict, judge, may_take_out, sound
from headrace.administration.office import Office, demand, found_person, keep_owner, team_actor
from headrace.errors import ConsentNeeded, Forbidden, GuestLimit, Invalid, NotFound, TeamCycle
from headrace.log import authority, directory, memberships
from headrace.model.groups import GroupKind, Role
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headrace.access.decisions import Place
    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.levels import Level
    from headrace.model.people import Person


class Terms(NamedTuple):
    """What somebody is to be in a group, and until when; without a role, what they usually are."""

    role: Role | None = None
    clearance: Level | None = None
    expires: datetime | None = None

    @property
    def are_usual(self) -> bool:
        """Whether they ask for nothing beyond what everybody who joins becomes."""
        return self.role in (None, Role.MEMBER) and self.clearance is None and self.expires is None

    def role_for(self, kind: Kind) -> Role:
        """The role that somebody of that kind gets."""
        return self.role or (Role.GUEST if kind is Kind.GUEST else Role.MEMBER)


class Members(Office):
    """Changes of memberships."""

    async def put_member(
        self,
        by: Person,
        group: str,
        subject: str,
        role: Role | None,
        clearance: Level | None,
        expires: datetime | None = None,
    ) -> None:
        """Make a person (address or handle) or a team (``team:NAME``) a member, or change it.

        Without a role a guest becomes a guest, everybody else a member; ``expires`` ends it by
        itself. Raises NotFound, Forbidden, ConsentNeeded, GuestLimit, LastOwner, TeamCycle,
        Invalid.
        """
        team = team_name(subject)
        terms = Terms(role, clearance, expires)

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            if team is not None:
                told = await self._put_team(connection, by, group, team, terms)
            else:
                told = await self._put_person(connection, by, group, subject, terms)
            await self.record(
                connection,
                by,
                "member.put",
                f"{group}/{subject}",
                role=role,
                clearance=clearance,
                expires=expires,
            )
            return None, told

        await self.change(by, work)

    async def drop_member(self, by: Person, group: str, subject: str) -> None:
        """End a membership, one's own or another's. Raises NotFound, Forbidden, LastOwner."""
        team = team_name(subject)

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            if team is not None:
                told = await self._drop_team(connection, by, group, team)
            else:
                told = await self._drop_person(connection, by, group, subject)
            await self.record(connection, by, "member.drop", f"{group}/{subject}")
            return None, told

        await self.change(by, work)

    async def add_writers(
        self, by: Person, group: str, people: Sequence[UUID], source: str
    ) -> None:
        """Make many people members at once, for an import. Who is one stays as they are.

        What is told of it names nobody: one sentence, not hundreds.
        """

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            key = await directory.group_key(connection, group)
            await memberships.put_people(connection, key.id, people, Role.MEMBER, source)
            told = await self.reconcile(connection, by, "Add", [key.id], people, None)
            await self.record(connection, by, "member.import", group, people=len(people))
            return None, told

        await self.change(by, work)

    # One membership.

    async def _put_person(
        self, connection: Connection, by: Person, group: str, subject: str, terms: Terms
    ) -> Sequence[Entry]:
        found, place = await self.known(connection, by, group)
        is_self = _is_self(by, subject)
        if is_self and terms.are_usual and not (place.manages or by.admin):
            return await self._join(connection, by, found, place)
        demand(by, Action.BRING_IN, place)
        person = await found_person(connection, subject)
        await self._check(connection, by, place, found, person, terms)
        return await self.seat_person(
            connection, by, found, person, terms, "Join" if is_self else "Add"
        )

    async def _join(
        self, connection: Connection, by: Person, group: GroupKey, place: Place
    ) -> Sequence[Entry]:
        """Join an open group. Who is in it already stays what they are, and until when."""
        demand(by, Action.JOIN, place)
        if await memberships.seat_of_person(connection, group.id, UUID(by.id)) is not None:
            return ()
        return await self.seat_person(connection, by, group, by, Terms(), "Join")

    async def _check(
        self,
        connection: Connection,
        by: Person,
        place: Place,
        group: GroupKey,
        person: Person,
        terms: Terms,
    ) -> None:
        had, _ = await memberships.standing(connection, UUID(person.id), group.id)
        role = terms.role_for(person.kind)
        is_guest = person.kind is Kind.GUEST
        if not sound(person.kind, role, terms.clearance):
            raise GuestLimit("a guest's role is guest, and the role guest reads what is public")
        heed(judge(by, place, Grant(role, terms.clearance, is_guest, had)))
        await check_expiry(connection, terms)

    async def seat_person(
        self,
        connection: Connection,
        by: Person,
        group: GroupKey,
        person: Person,
        terms: Terms,
        verb: str,
    ) -> Sequence[Entry]:
        """Make it so; who may was decided. Raises LastOwner."""
        key = UUID(person.id)
        if await memberships.seat_of_person(connection, group.id, key) is not None:
            verb = "Update"
        had = await authority.lasting_owners(connection, group.id)
        role = terms.role_for(person.kind)
        await memberships.put_person(
            connection, group.id, key, role, terms.clearance, terms.expires
        )
        told = await self.reconcile(connection, by, verb, [group.id], [key], person.actor)
        await keep_owner(connection, group, had)
        return told

    async def _put_team(
        self, connection: Connection, by: Person, group: str, team: str, terms: Terms
    ) -> Sequence[Entry]:
        found, place = await self.known(connection, by, group)
        demand(by, Action.BRING_IN, place)
        member, _ = await self.known(connection, by, team)
        if member.kind != GroupKind.TEAM:
            raise NotFound(f"there is no team {team}")
        role = terms.role or Role.MEMBER
        if not sound(Kind.EMPLOYEE, role, terms.clearance):
            raise GuestLimit("the role guest reads what is public")
        had = await memberships.seat_of_team(connection, found.id, member.id)
        with_guests = await memberships.has_guests(connection, member.id)
        heed(judge(by, place, Grant(role, terms.clearance, with_guests, had)))
        await check_expiry(connection, terms)
        return await self.seat_team(connection, by, found, member, terms)

    async def seat_team(
        self, connection: Connection, by: Person, group: GroupKey, team: GroupKey, terms: Terms
    ) -> Sequence[Entry]:
        """Make it so; who may was decided. Raises LastOwner, TeamCycle."""
        if await authority.contains(connection, team.id, group.id):
            raise TeamCycle(f"{group.name} is part of team {team.name}: that would be a circle")
        owners = await authority.lasting_owners(connection, group.id)
        role = terms.role or Role.MEMBER
        await memberships.put_team(
            connection, group.id, team.id, role, terms.clearance, terms.expires
        )
        told = await self.reconcile(connection, by, "Add", [group.id], None, team_actor(team))
        await keep_owner(connection, group, owners)
        return told

    async def _drop_person(
        self, connection: Connection, by: Person, group: str, subject: str
    ) -> Sequence[Entry]:
        found, place = await self.known(connection, by, group)
        is_self = _is_self(by, subject)
        demand(by, Action.LEAVE if is_self else Action.MANAGE_MEMBERS, place)
        person = await found_person(connection, subject)
        key = UUID(person.id)
        if not is_self:
            had, _ = await memberships.standing(connection, key, found.id)
            heed(may_take_out(by, place, had))
        owners = await authority.lasting_owners(connection, found.id)
        if not await memberships.drop_person(connection, found.id, key):
            raise NotFound(f"{subject} is no member of {group} in person")
        verb = "Leave" if is_self else "Remove"
        told = await self.reconcile(connection, by, verb, [found.id], [key], person.actor)
        await keep_owner(connection, found, owners)
        return told

    async def _drop_team(
        self, connection: Connection, by: Person, group: str, team: str
    ) -> Sequence[Entry]:
        found, place = await self.known(connection, by, group)
        demand(by, Action.MANAGE_MEMBERS, place)
        member, _ = await self.known(connection, by, team)
        role = await memberships.seat_of_team(connection, found.id, member.id)
        heed(may_take_out(by, place, role))
        owners = await authority.lasting_owners(connection, found.id)
        if not await memberships.drop_team(connection, found.id, member.id):
            raise NotFound(f"team {team} is no member of {group}")
        told = await self.reconcile(connection, by, "Remove", [found.id], None, team_actor(member))
        await keep_owner(connection, found, owners)
        return told


def team_name(subject: str) -> str | None:
    """The team's name in ``team:NAME``, None for what names a person."""
    return subject.removeprefix("team:") if subject.startswith("team:") else None


def _is_self(by: Person, subject: str) -> bool:
    # Compared by name: whoever may not manage members does not learn who exists.
    return subject.strip().lower().removeprefix("@") in (by.email, by.handle)


def heed(verdict: Verdict) -> None:
    """Raises Forbidden, ConsentNeeded."""
    if verdict.outcome is Outcome.REFUSE:
        raise Forbidden(verdict.reason)
    if verdict.outcome is Outcome.ASK:
        raise ConsentNeeded(verdict.reason)


async def check_expiry(connection: Connection, terms: Terms) -> None:
    """Raises Invalid for a membership that would be over already."""
    if terms.expires is not None and await memberships.is_past(connection, terms.expires):
        raise Invalid("that moment is over: a membership expires in the future", field="expires")
