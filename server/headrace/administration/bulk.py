"""Many changes as one, for imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from headrace.administration.office import Office, team_actor
from headrace.log import authority

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.people import Person

T = TypeVar("T")


class Bulks(Office):
    """Changes in bulk."""

    async def in_bulk(self, by: Person, work: Callable[[Bulk], Awaitable[T]]) -> T:
        """Make many changes in one transaction, for an import; ``work`` takes no decisions."""

        async def run(connection: Connection) -> tuple[T, Sequence[Entry]]:
            await authority.lock_structure(connection)
            bulk = Bulk(self, connection, by)
            return await work(bulk), bulk.told

        return await self.publisher.administer(run)


class Bulk:
    """Many changes of people, groups and memberships as one, the structure locked.

    Whoever changes rows on ``connection`` calls ``follow`` for each group concerned, groups that
    contain others first, so that each stream's entry is told as its own group's.
    """

    def __init__(self, office: Office, connection: Connection, by: Person) -> None:
        self.connection = connection
        self.by = by
        self.told: list[Entry] = []
        self._office = office

    async def follow(self, verb: str, group: GroupKey, people: Sequence[UUID] | None) -> None:
        """Make readers follow the memberships of a group, of these people or of everybody."""
        told = await self._office.reconcile(
            self.connection, self.by, verb, [group.id], people, team_actor(group)
        )
        self.told.extend(told)

    async def record(self, action: str, subject: str, **detail: object) -> None:
        """Put it into the audit log."""
        await self._office.record(self.connection, self.by, action, subject, **detail)
