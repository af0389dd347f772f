"""People: added, and their accounts closed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.access.decisions import Action
from headrace.administration.office import Office, demand
from headrace.errors import GuestLimit, NotFound
from headrace.log import authority, directory, endings
from headrace.model.people import Kind, normal_email

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        demand(by, Action.ADD_PEOPLE)
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
            await self.record(connection, by, "person.add", address, kind=kind, admin=admin)
            return await _person(connection, key), ()

        return await self.publisher.administer(work)

    async def deactivate(self, by: Person | None, email: str) -> None:
        """Close an account: memberships, sessions, tokens and sockets end with it."""
        demand(by, Action.ADD_PEOPLE)

        async def work(connection: Connection) -> tuple[None, Sequence[Entry | Ending]]:
            person = await directory.find_person(connection, email)
            if person is None or not person.active:
                raise NotFound(f"there is no active person {email}")
            await authority.lock_structure(connection)
            key = UUID(person.id)
            groups = await directory.deactivate(connection, key)
            await connection.execute("DELETE FROM session WHERE person = $1", key)
            await connection.execute("DELETE FROM token WHERE person = $1", key)
            told = await self.reconcile(
                connection, by or person, "Leave", groups, [key], person.actor, ended=True
            )
            ended = await endings.append(connection, key, None, self.clock())
            await self.record(connection, by, "person.deactivate", person.email)
            return None, [*told, ended]

        await self.publisher.administer(work)


async def _person(connection: Connection, key: UUID) -> Person:
    person = await directory.person_by_id(connection, key)
    if person is None:
        raise AssertionError("a person vanished in the transaction that added them")
    return person
