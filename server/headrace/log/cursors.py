"""What has been read. Unread is a subtraction of counters, never a count of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.errors import NotFound
from headrace.log import queries
from headrace.model.activities import POSTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from headrace.log.database import Database

SQL = queries.load("cursors.sql")


async def read_up_to(database: Database, person: UUID, stream: str, seq: int) -> None:
    """Note that a person has read a stream up to a number; beyond the head means the head.

    A cursor never moves back. Raises NotFound for a stream that the person does not read.
    """
    async with database.transaction() as connection:
        if not await connection.fetchval(SQL.may_read, person, stream):
            raise NotFound
        await connection.execute(SQL.read_up_to, person, stream, seq, sorted(POSTS))


async def read_all(database: Database, people: Sequence[UUID], group: str | None = None) -> None:
    """Note that people have read everything that they may, of a group or at all."""
    async with database.transaction() as connection:
        await connection.execute(SQL.read_all, list(people), group)
