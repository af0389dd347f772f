"""Changes of people, groups and memberships: decided, recorded, and told in the streams.

Each method is one transaction: the rows, what follows for readers (as entries), the audit log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from headrace.access.decisions import Action, Place, decide
from headrace.errors import Forbidden, GuestLimit, LastOwner, NotFound, TeamCycle
from headrace.log import audit, authority, directory, queries, records
from headrace.log.rows import ActivityRow, Member
from headrace.model.groups import RANKS, GroupKind, Role, Visibility, group_name
from headrace.model.levels import Level
from headrace.model.people import Actor, Kind, normal_email
from headrace.publishing.ids import Ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.people import Person
    from headrace.publishing import Publisher

T = TypeVar("T")

_CONTAINS = queries.load("authority.sql").contains_team


class Administration:
    """What people with the right to do so change about people and groups."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        clock: Callable[[], datetime],
        random_bits: Callable[[int], int],
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._ids = Ids(random_bits)

    async def add_person(
        self,
        by: Person | None,
        *,
        email: str,
        name: str,
        kind: Kind = Kind.EMPLOYEE,
        admin: bool = False,
        password_hash: str | None = None,
        handle: str | None = None,
    ) -> Person:
        """Add a person. ``by`` is None for the operator at the command line.

        Raises Forbidden, Conflict, Invalid, GuestLimit.
        """
        _demand(by, Action.ADD_PEOPLE)
        if kind is Kind.GUEST and admin:
            raise GuestLimit("a guest cannot be an administrator")
        address = normal_email(email)

        async def work(connection: Connection) -> tuple[Person, Sequence[Entry]]:
            key = await directory.add_person(
                connection,
                email=address,
                name=name.strip(),
                kind=kind,
                admin=admin,
                password=password_hash,
                handle=handle,
            )
            await self._record(connection, by, "person.add", address, kind=kind, admin=admin)
            return await _person(connection, key), ()

        return await self._publisher.administer(work)

    async def deactivate(self, by: Person | None, email: str) -> None:
        """Close an account: memberships, sessions, tokens and sockets end with it."""
        _demand(by, Action.ADD_PEOPLE)

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            person = await directory.find_person(connection, email)
            if person is None or not person.active:
                raise NotFound(f"there is no active person {email}")
            await authority.lock_structure(connection)
            key = UUID(person.id)
            groups = await directory.deactivate(connection, key)
            await connection.execute("DELETE FROM session WHERE person = $1", key)
            await connection.execute("DELETE FROM token WHERE person = $1", key)
            await connection.execute("DELETE FROM ticket WHERE person = $1", key)
            told = await self._reconcile(
                connection, by or person, "Leave", groups, [key], person.actor, ended=True
            )
            await self._record(connection, by, "person.deactivate", person.email)
            return None, told

        await self._publisher.administer(work)

    async def add_group(
        self,
        by: Person,
        *,
        name: str,
        title: str,
        kind: GroupKind = GroupKind.PROJECT,
        visibility: Visibility = Visibility.OPEN,
        parent: str | None = None,
    ) -> None:
        """Create a group; whoever creates it owns it. Raises Forbidden, Conflict, NotFound."""
        _demand(by, Action.CREATE_GROUP)

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            await authority.lock_structure(connection)
            above = await self._parent(connection, by, parent)
            key = await directory.add_group(
                connection,
                name=group_name(name),
                title=title.strip(),
                kind=kind,
                visibility=visibility,
                parent=above,
            )
            await directory.put_person(connection, key, UUID(by.id), Role.OWNER, None)
            told = await self._reconcile(connection, by, "Join", [key], None, by.actor)
            await self._record(connection, by, "group.add", name, kind=kind, visibility=visibility)
            return None, told

        await self._publisher.administer(work)

    async def change_group(
        self,
        by: Person,
        name: str,
        *,
        title: str | None,
        visibility: Visibility | None,
        parent: str | None,
    ) -> None:
        """Change a group's title, visibility or parent; what is None stays.

        Raises NotFound, Forbidden, TeamCycle.
        """

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            await authority.lock_structure(connection)
            group = await self._managed(connection, by, name, Action.CHANGE_GROUP)
            above = group.parent if parent is None else await self._parent(connection, by, parent)
            if above is not None and await connection.fetchval(_CONTAINS, group.id, above):
                raise TeamCycle(f"{parent} is part of {name} already")
            await directory.change_group(
                connection,
                group.id,
                title or group.title,
                visibility or group.visibility,
                above,
            )
            moved = [key for key in (group.id, group.parent) if key is not None]
            told = await self._reconcile(connection, by, "Update", moved, None, _team(group))
            await self._record(
                connection,
                by,
                "group.change",
                name,
                title=title,
                visibility=visibility,
                parent=parent,
            )
            return None, told

        await self._publisher.administer(work)

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
            await self._record(
                connection, by, "member.put", f"{group}/{subject}", role=role, clearance=clearance
            )
            return None, told

        await self._publisher.administer(work)

    async def drop_member(self, by: Person, group: str, subject: str) -> None:
        """End a membership, one's own or another's. Raises NotFound, Forbidden, LastOwner."""
        team = _team_name(subject)

        async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            await authority.lock_structure(connection)
            if team is not None:
                told = await self._drop_team(connection, by, group, team)
            else:
                told = await self._drop_person(connection, by, group, subject)
            await self._record(connection, by, "member.drop", f"{group}/{subject}")
            return None, told

        await self._publisher.administer(work)

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
            told = await self._reconcile(connection, by, "Add", [key.id], people, None)
            await self._record(connection, by, "member.import", group, people=len(people))
            return None, told

        await self._publisher.administer(work)

    async def in_bulk(self, by: Person, work: Callable[[Bulk], Awaitable[T]]) -> T:
        """Make many changes in one transaction, for an import; ``work`` takes no decisions."""

        async def run(connection: Connection) -> tuple[T, Sequence[Entry]]:
            await authority.lock_structure(connection)
            bulk = Bulk(self, connection, by)
            return await work(bulk), bulk.told

        return await self._publisher.administer(run)

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
        place = await self._managed(
            connection, by, group, Action.JOIN if joining else Action.MANAGE_MEMBERS
        )
        person = await _found(connection, subject)
        role = role or (Role.GUEST if person.kind is Kind.GUEST else Role.MEMBER)
        _check_guest(person.kind, role, clearance)
        key = UUID(person.id)
        await self._check_rank(connection, by, place, key, role)
        had_owner = await directory.owners(connection, place.id)
        await directory.put_person(connection, place.id, key, role, clearance)
        verb = "Join" if is_self else "Add"
        told = await self._reconcile(connection, by, verb, [place.id], [key], person.actor)
        await _keep_owner(connection, place, had_owner)
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
        place = await self._managed(connection, by, group, Action.MANAGE_MEMBERS)
        member, _ = await self._known(connection, by, team)
        if member.kind != GroupKind.TEAM:
            raise NotFound(f"there is no team {team}")
        if await connection.fetchval(_CONTAINS, member.id, place.id):
            raise TeamCycle(f"{group} is part of team {team}: that would be a circle")
        await directory.put_team(connection, place.id, member.id, role, clearance)
        return await self._reconcile(connection, by, "Add", [place.id], None, _team(member))

    async def _drop_person(
        self, connection: Connection, by: Person, group: str, subject: str
    ) -> Sequence[Entry]:
        is_self = _is_self(by, subject)
        place = await self._managed(
            connection, by, group, Action.LEAVE if is_self else Action.MANAGE_MEMBERS
        )
        person = await _found(connection, subject)
        key = UUID(person.id)
        if not is_self:
            await self._check_rank(connection, by, place, key, Role.GUEST)
        had_owner = await directory.owners(connection, place.id)
        if not await directory.drop_person(connection, place.id, key):
            raise NotFound(f"{subject} is no member of {group} in person")
        verb = "Leave" if is_self else "Remove"
        told = await self._reconcile(connection, by, verb, [place.id], [key], person.actor)
        await _keep_owner(connection, place, had_owner)
        return told

    async def _drop_team(
        self, connection: Connection, by: Person, group: str, team: str
    ) -> Sequence[Entry]:
        place = await self._managed(connection, by, group, Action.MANAGE_MEMBERS)
        member, _ = await self._known(connection, by, team)
        had_owner = await directory.owners(connection, place.id)
        if not await directory.drop_team(connection, place.id, member.id):
            raise NotFound(f"team {team} is no member of {group}")
        told = await self._reconcile(connection, by, "Remove", [place.id], None, _team(member))
        await _keep_owner(connection, place, had_owner)
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

    # What every change has in common.

    async def _reconcile(
        self,
        connection: Connection,
        by: Person,
        verb: str,
        groups: Sequence[int],
        people: Sequence[UUID] | None,
        about: Actor | None,
        *,
        ended: bool = False,
    ) -> Sequence[Entry]:
        """Make readers follow memberships; answers the entries that tell of it."""
        now = self._clock()
        row = ActivityRow(
            id=self._ids.now(int(now.timestamp() * 1000)),
            type=verb,
            actor=UUID(by.id),
            target=groups[0] if groups else None,
            level=Level.PUBLIC,
            published=now,
            object_actor=about,
        )
        done = await authority.reconcile(connection, groups, people, row, ended=ended)
        member = Member(UUID(by.id), by.email, by.handle, by.name, by.kind, 0)
        home = await directory.group_name(connection, row.target)
        return [
            records.told(
                entry,
                done.streams[entry.stream_id],
                done.streams[entry.stream_id],
                row,
                member,
                home,
            )
            for entry in done.entries
        ]

    async def _managed(
        self, connection: Connection, by: Person, name: str, action: Action
    ) -> GroupKey:
        """The group, if ``by`` may do that to it. Raises NotFound, Forbidden."""
        group, role = await self._known(connection, by, name)
        decision = decide(by, action, Place(Visibility(group.visibility), role))
        if not decision.allowed:
            raise Forbidden(decision.reason)
        return group

    async def _known(
        self, connection: Connection, by: Person, name: str
    ) -> tuple[GroupKey, Role | None]:
        """The group and the role in it, if ``by`` may know that it exists. Raises NotFound."""
        group = await directory.group_key(connection, name)
        role = await directory.role_in(connection, UUID(by.id), group.id)
        findable = group.visibility != Visibility.SECRET and by.kind is not Kind.GUEST
        if role is None and not findable and not by.admin:
            raise NotFound
        return group, Role(role) if role else None

    async def _parent(self, connection: Connection, by: Person, name: str | None) -> int | None:
        if name is None:
            return None
        return (await self._managed(connection, by, name, Action.CHANGE_GROUP)).id

    async def _record(
        self, connection: Connection, by: Person | None, action: str, subject: str, **detail: object
    ) -> None:
        actor = by.email if by is not None else "operator"
        await audit.record(connection, self._clock(), actor, action, subject, **detail)


class Bulk:
    """Many changes of people, groups and memberships as one, the structure locked.

    Whoever changes rows on ``connection`` calls ``follow`` for each group concerned, groups that
    contain others first, so that each stream's entry is told as its own group's.
    """

    def __init__(self, administration: Administration, connection: Connection, by: Person) -> None:
        self.connection = connection
        self.by = by
        self.told: list[Entry] = []
        self._administration = administration

    async def follow(self, verb: str, group: GroupKey, people: Sequence[UUID] | None) -> None:
        """Make readers follow the memberships of a group, of these people or of everybody."""
        told = await self._administration._reconcile(
            self.connection, self.by, verb, [group.id], people, _team(group)
        )
        self.told.extend(told)

    async def record(self, action: str, subject: str, **detail: object) -> None:
        """Put it into the audit log."""
        await self._administration._record(self.connection, self.by, action, subject, **detail)


def _demand(by: Person | None, action: Action) -> None:
    if by is None:
        return
    decision = decide(by, action)
    if not decision.allowed:
        raise Forbidden(decision.reason)


def _team_name(subject: str) -> str | None:
    return subject.removeprefix("team:") if subject.startswith("team:") else None


def _team(group: GroupKey) -> Actor | None:
    """The group as an activity's object. A secret one takes part, but is not named to others."""
    if group.visibility == Visibility.SECRET:
        return None
    return Actor(id=group.name, type="Group", name=group.title, handle=group.name)


def _check_guest(kind: Kind, role: Role, clearance: Level | None) -> None:
    if kind is Kind.GUEST and (role is not Role.GUEST or clearance not in (None, Level.PUBLIC)):
        raise GuestLimit("a guest's role is guest, and a guest reads what is public")
    if role is Role.GUEST and clearance not in (None, Level.PUBLIC):
        raise GuestLimit("the role guest reads what is public")


def _is_self(by: Person, subject: str) -> bool:
    # Compared by name: whoever may not manage members does not learn who exists.
    return subject.strip().lower().removeprefix("@") in (by.email, by.handle)


async def _found(connection: Connection, subject: str) -> Person:
    person = await directory.find_person(connection, subject)
    if person is None or not person.active:
        raise NotFound(f"there is no person {subject}")
    return person


async def _person(connection: Connection, key: UUID) -> Person:
    person = await directory.person_by_id(connection, key)
    if person is None:
        raise AssertionError("a person vanished in the transaction that added them")
    return person


async def _keep_owner(connection: Connection, group: GroupKey, had: int) -> None:
    if had and not await directory.owners(connection, group.id):
        raise LastOwner
