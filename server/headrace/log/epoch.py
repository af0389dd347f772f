"""The epoch: the name of the log's history.

Positions mean something within one history only. A log that was put back from a backup goes on
otherwise than its clients know and gives the same numbers to other entries, so it has to be called
otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.errors import Unavailable
from headrace.log import audit, queries

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.log.database import Connection, Database

SQL = queries.load("epoch.sql")


async def name(database: Database) -> str:
    """16 hexadecimal digits. Raises Unavailable.

    Made of a secret of the installation and of what the ways to put a backup back change: the
    cluster's system identifier (a dump loaded elsewhere), its timeline (recovery from an older
    backup, a standby that takes over), the database's number (a copy within the cluster), and the
    transaction that wrote down where the history began (a dump loaded into the same database). See
    PostgreSQL, "System Information Functions". The cluster's files put back as they were change
    none of these: that is what ``settle`` and ``begin`` are for.
    """
    async with database.connection() as connection:
        found: str | None = await connection.fetchval(SQL.name)
    if found is None:
        raise Unavailable("the database is a standby, which has no history of its own")
    return found


async def begin(database: Database, now: datetime) -> None:
    """This log was put back from a backup: from now on its history has another name."""
    async with database.transaction() as connection:
        await _begin(connection, now)


async def settle(database: Database, found: int | None, renewed: int, now: datetime) -> bool:
    """Before a log is served from a directory: whether that is a copy of the one in which it was
    served last, so that another history begins.

    ``found`` is the directory's imprint as it was, None without one; ``renewed`` as it is now.
    """
    async with database.transaction() as connection:
        known = await connection.fetchval(SQL.imprint)
        await connection.execute(SQL.keep_imprint, renewed)
        is_copy = known is not None and known != found
        if is_copy:
            await _begin(connection, now)
    return is_copy


async def _begin(connection: Connection, now: datetime) -> None:
    former = await connection.fetchval(SQL.began)
    await connection.execute(SQL.begin, now)
    detail = {"former": former.isoformat()}
    await audit.record(connection, now, "operator", "history.begin", now.isoformat(), **detail)
