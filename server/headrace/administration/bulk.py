"""Many changes as one, for imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from headrace.administration.office import team_actor
from headrace.administration.people import People

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Ending, Entry
    from headrace.model.people import Kind, Person

T = TypeVar("T")


class Bulks(People):
    """Changes in bulk."""

    async def in_bulk(self, by: Person, work: Callable[[Bulk], Awaitable[T]]) -> T:
        """Make many changes in one transaction, for an import or a directory; ``work`` takes no
        decisions."""

        async def run(connection: Connection, by: Person) -> tuple[T, Sequence[Entry | Ending]]:
            bulk = Bulk(self, connection, by)
            return await work(bulk), bulk.told

        return await self.change(by, run)


class Bulk:
    """Many changes of people, groups and memberships as one, the structure locked.

    Whoever changes rows on ``connection`` calls ``follow`` for each group concerned, groups that
    contain others first, so that each stream's entry is told as its own group's.
    """

    def __init__(self, office: People, connection: Connection, by: Person) -> None:
        self.connection = connection
        self.by = by
        self.told: list[Entry | Ending] = []
        self._office = office

    async def follow(self, verb: str, group: GroupKey, people: Sequence[UUID] | None) -> None:
        """Make readers follow the memberships of a group, of these people or of everybody."""
        told = await self._office.reconcile(
            self.connection, self.by, verb, [group.id], people, team_actor(group)
        )
        self.told.extend(told)

    async def admit(self, email: str, name: str, kind: Kind) -> Person:
        """Add a person. Raises Conflict, Invalid."""
        return await self._office.admit(self.connection, self.by, email=email, name=name, kind=kind)

    async def close(self, person: Person) -> None:
        """Close an account."""
        self.told.extend(await self._office.close(self.connection, self.by, person))

    async def reopen(self, person: Person) -> Person:
        """Open a closed account again."""
        return await self._office.reopen(self.connection, self.by, person)

    async def amend(self, person: Person, wanted: Person) -> None:
        """Make a person what is wanted. Raises Conflict, Invalid, GuestLimit, LastOwner."""
        self.told.extend(await self._office.amend(self.connection, self.by, person, wanted))

    async def record(self, action: str, subject: str, **detail: object) -> None:
        """Put it into the audit log."""
        await self._office.record(self.connection, self.by, action, subject, **detail)
