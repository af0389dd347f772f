"""People: added and changed, their accounts closed and opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.access.decisions import Action
from headrace.administration.office import Office, demand, keep_owner
from headrace.errors import GuestLimit, Invalid, LastAdmin, LastOwner, NotFound
from headrace.log import accounts, authority, directory, endings, pending, resets, shared_threads
from headrace.model.names import plain_name
from headrace.model.people import Kind, normal_email

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.log.database import Connection
    from headrace.model.entries import Ending, Entry
    from headrace.model.people import Person


class People(Office):
    """Changes of people."""

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

        async def work(connection: Connection, by: Person | None) -> tuple[Person, Sequence[Entry]]:
            demand(by, Action.ADD_PEOPLE)
            person = await self.admit(
                connection,
                by,
                email=email,
                name=name,
                kind=kind,
                admin=admin,
                password_hash=password_hash,
                handle=handle,
            )
            return person, ()

        return await self.change(by, work)

    async def deactivate(self, by: Person | None, email: str) -> None:
        """Close an account: memberships, sessions, tokens and sockets end with it.

        Raises Forbidden, NotFound, LastAdmin, and LastOwner for who owns a group alone. The
        operator's word (``by`` is None) is final.
        """

        async def work(
            connection: Connection, by: Person | None
        ) -> tuple[None, Sequence[Entry | Ending]]:
            demand(by, Action.ADD_PEOPLE)
            person = await directory.find_person(connection, email)
            if person is None or not person.active:
                raise NotFound(f"there is no active person {email}")
            if by is not None:
                await _keep_admin(connection, person, msgspec.structs.replace(person, active=False))
            owned = await directory.owned_by(connection, UUID(person.id))
            told = await self.close(connection, by, person)
            orphaned = await _orphaned(connection, owned)
            if orphaned and by is not None:
                raise LastOwner(
                    f"{person.name} is the last owner of {', '.join(orphaned)}: "
                    "name another one first",
                    groups=orphaned,
                )
            return None, told

        await self.change(by, work)

    async def change_person(
        self,
        by: Person | None,
        who: str,
        *,
        name: str | None = None,
        email: str | None = None,
        kind: Kind | None = None,
        admin: bool | None = None,
        active: bool | None = None,
    ) -> Person:
        """Change a person (by address or handle), whose account may be closed; what is None stays.

        An account that is opened again comes back with its name and what it published, and with
        nothing that it could do: memberships, password and tokens are given anew.

        Raises Forbidden, NotFound, Conflict (the address), Invalid, GuestLimit, LastOwner,
        LastAdmin.
        """

        async def work(
            connection: Connection, by: Person | None
        ) -> tuple[Person, Sequence[Entry | Ending]]:
            demand(by, Action.ADD_PEOPLE)
            person = await directory.find_person(connection, who)
            if person is None:
                raise NotFound(f"there is no person {who}")
            wanted = msgspec.structs.replace(
                person,
                name=person.name if name is None else plain_name(name),
                email=person.email if email is None else normal_email(email),
                kind=kind or person.kind,
                admin=person.admin if admin is None else admin,
                active=person.active if active is None else active,
            )
            if by is not None:
                await _keep_admin(connection, person, wanted)
            told: list[Entry | Ending] = [*await self.amend(connection, by, person, wanted)]
            if person.active and not wanted.active:
                told += await self.close(connection, by, wanted)
            elif wanted.active and not person.active:
                await self.reopen(connection, by, wanted)
            return wanted, told

        return await self.change(by, work)

    # In a transaction of the caller's, the structure locked.

    async def admit(
        self,
        connection: Connection,
        by: Person | None,
        *,
        email: str,
        name: str,
        kind: Kind,
        admin: bool = False,
        password_hash: str | None = None,
        handle: str | None = None,
    ) -> Person:
        """Add a person. Raises Conflict, Invalid, GuestLimit."""
        if kind is Kind.GUEST and admin:
            raise GuestLimit("a guest cannot be an administrator")
        address = normal_email(email)
        key = await directory.add_person(
            connection,
            email=address,
            name=plain_name(name),
            kind=kind,
            admin=admin,
            password=password_hash,
            handle=handle,
        )
        await self.record(connection, by, "person.add", address, kind=kind, admin=admin)
        return await _person(connection, key)

    async def close(
        self, connection: Connection, by: Person | None, person: Person
    ) -> Sequence[Entry | Ending]:
        """Close an account; answers what tells of it. The audit log says which groups are without
        an owner now."""
        key = UUID(person.id)
        owned = await directory.owned_by(connection, key)
        groups = await directory.deactivate(connection, key)
        await pending.drop_of(connection, key)
        await shared_threads.drop_of(connection, key)
        await accounts.end_all_of(connection, key)
        told = await self.reconcile(
            connection, by or person, "Leave", groups, [key], person.actor, ended=True
        )
        ended = await endings.append(connection, key, None, self.clock())
        without_owner = await _orphaned(connection, owned)
        await self.record(
            connection, by, "person.deactivate", person.email, without_owner=without_owner
        )
        return [*told, ended]

    async def reopen(self, connection: Connection, by: Person | None, person: Person) -> Person:
        """Open a closed account again."""
        await directory.reactivate(connection, UUID(person.id))
        await self.record(connection, by, "person.reactivate", person.email)
        return msgspec.structs.replace(person, active=True)

    async def amend(
        self, connection: Connection, by: Person | None, person: Person, wanted: Person
    ) -> Sequence[Entry]:
        """Give a person the name, address, kind and right that are wanted; answers the entries
        that tell of it, if any do.

        Raises Conflict, Invalid, GuestLimit, LastOwner.
        """
        changed = {
            name: getattr(wanted, name)
            for name in ("name", "email", "kind", "admin")
            if getattr(wanted, name) != getattr(person, name)
        }
        if not changed:
            return ()
        if Kind.SERVICE in (person.kind, wanted.kind) and person.kind is not wanted.kind:
            raise Invalid("people do not become services, nor services people", field="kind")
        if wanted.kind is Kind.GUEST and wanted.admin:
            raise GuestLimit("a guest cannot be an administrator")
        key = UUID(person.id)
        groups = [] if wanted.kind is person.kind else await directory.groups_of(connection, key)
        had = [await authority.lasting_owners(connection, group.id) for group in groups]
        await directory.change_person(connection, wanted)
        if "email" in changed:  # what was written to the old address is worth nothing any more
            await resets.drop(connection, key)
        await self.record(connection, by, "person.change", person.email, **changed)
        if not groups:
            return ()
        # A guest reads what is public: readers follow the kind.
        told = await self.reconcile(
            connection, by or person, "Update", [g.id for g in groups], [key], wanted.actor
        )
        for group, owners in zip(groups, had, strict=True):
            await keep_owner(connection, group, owners)
        return told


async def _keep_admin(connection: Connection, person: Person, wanted: Person) -> None:
    """Raises LastAdmin if nobody could administrate any more. The operator at the command line
    can always, so they are not asked."""
    if not (person.admin and person.active) or (wanted.admin and wanted.active):
        return
    if all(admin.id == person.id for admin in await directory.admins(connection)):
        raise LastAdmin


async def _orphaned(connection: Connection, owned: Mapping[int, str]) -> list[str]:
    """The names of those groups that have no lasting owner."""
    return [
        name
        for group, name in owned.items()
        if not await authority.lasting_owners(connection, group)
    ]


async def _person(connection: Connection, key: UUID) -> Person:
    person = await directory.person_by_id(connection, key)
    if person is None:
        raise AssertionError("a person vanished in the transaction that added them")
    return person
