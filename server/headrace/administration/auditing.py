"""The audit log, read and taken away; taking it away is in it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.access.decisions import Action
from headrace.administration.office import Office, demand
from headrace.log import audit, audit_files

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from headrace.log.audit import Entry as AuditEntry
    from headrace.log.audit import Wanted
    from headrace.log.audit_files import Format
    from headrace.log.database import Connection, Database
    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Auditing(Office):
    async def audited(
        self, database: Database, by: Person, wanted: Wanted, before: int, limit: int
    ) -> list[AuditEntry]:
        """The newest entries wanted with numbers below ``before``, newest first.

        Raises Forbidden.
        """
        demand(by, Action.AUDIT)
        return await audit.newest(database, wanted, before, limit)

    async def export_audit(
        self, database: Database, by: Person | None, form: Format, wanted: Wanted
    ) -> AsyncGenerator[bytes]:
        """The log as a file, piece by piece; its last entry tells of this. Raises Forbidden."""

        async def work(connection: Connection, by: Person | None) -> tuple[None, Sequence[Entry]]:
            demand(by, Action.AUDIT)
            await self.record(connection, by, "audit.export", "", format=form)
            return None, ()

        await self.change(by, work)
        return audit_files.written(audit.everything(database, wanted), form)
