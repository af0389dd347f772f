"""The rules that raise levels: of the organisation, and of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.access.decisions import Action
from headrace.administration.office import Office, demand
from headrace.errors import Conflict
from headrace.log import classifications
from headrace.publishing.reclassifying import Reclassification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.classifications import Numbered
    from headrace.log.database import Connection, Database
    from headrace.model.classification import Classification
    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Rulekeeping(Office):
    """Changes of rules. A group's rules are its owners' business, all others administrators'."""

    async def rules(self, database: Database, by: Person, group: str | None) -> Numbered:
        """The rules of a group, or the organisation's, with their number.

        Raises NotFound, Forbidden.
        """
        async with database.connection() as connection:
            return await classifications.of(connection, await self._scope(connection, by, group))

    async def set_rules(
        self, by: Person, group: str | None, rules: Classification, version: int | None
    ) -> int:
        """Give a group, or the organisation, new rules; answers their number.

        What is published from now on follows them. Raises Conflict where ``version`` is not that
        of the rules there are, NotFound, Forbidden, Invalid.
        """
        rules.check()

        async def work(connection: Connection, by: Person) -> tuple[int, Sequence[Entry]]:
            scope = await self._scope(connection, by, group)
            _, there = await classifications.of(connection, scope)
            if version not in (None, there):
                raise Conflict("somebody has changed these rules meanwhile", field="version")
            number = await classifications.store(connection, scope, rules)
            told = msgspec.to_builtins(rules)
            await self.record(connection, by, "classification.put", group or "", **told)
            return number, ()

        return await self.change(by, work)

    async def reclassification(
        self, database: Database, by: Person, group: str | None
    ) -> Reclassification:
        """The work of applying rules to what is there. Raises NotFound, Forbidden."""
        async with database.connection() as connection:
            await self._scope(connection, by, group)

        async def record(raised: int) -> None:
            async def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
                subject = group or ""
                await self.record(connection, by, "classification.apply", subject, raised=raised)
                return None, ()

            await self.publisher.administer(work)

        return Reclassification(database, self.publisher, UUID(by.id), group, record)

    async def _scope(self, connection: Connection, by: Person, group: str | None) -> int | None:
        if group is None:
            demand(by, Action.CLASSIFY)
            return None
        return (await self.managed(connection, by, group, Action.CHANGE_GROUP)).id
