"""Sessions, tokens and accounts that have ended, numbered in the order of their commits.

A node asks for those after the last one it knows, so it learns of each whatever the bus does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import queries
from headrace.model.entries import Ending

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from headrace.log.database import Connection, Database

SQL = queries.load("endings.sql")
_PAGE = 1_000


async def append(
    connection: Connection, person: UUID, credentials: Collection[UUID] | None, now: datetime
) -> Ending:
    """What has ended, in the transaction that ends it; None is the whole account."""
    ended = None if credentials is None else list(credentials)
    no = await connection.fetchval(SQL.append, person, ended, now)
    return Ending(no=no, person=str(person), credentials=_texts(ended))


async def last(database: Database) -> int:
    """The number of the last one. Raises Unavailable."""
    async with database.connection() as connection:
        no: int = await connection.fetchval(SQL.last)
    return no


async def after(database: Database, no: int) -> list[Ending]:
    """Those after a number, the first thousand of them. Raises Unavailable."""
    async with database.connection() as connection:
        rows = await connection.fetch(SQL.after, no, _PAGE)
    return [
        Ending(no=row["no"], person=str(row["person"]), credentials=_texts(row["credentials"]))
        for row in rows
    ]


async def forget(connection: Connection, before: datetime) -> None:
    """Remove those of which every node has heard long ago."""
    await connection.execute(SQL.forget, before)


def _texts(credentials: Collection[UUID] | None) -> tuple[str, ...] | None:
    return None if credentials is None else tuple(map(str, credentials))
