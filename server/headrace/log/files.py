"""What the log knows of files, and the one question who may open them.

A file belongs to the posts that carry it, and the only place that says so is what a post carries
now: deleting or editing a post, moving it or losing it decides about its files in that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec

from headrace.log import queries
from headrace.model.activities import FILES, POSTS, Attachment, FileType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headrace.log.database import Connection, Database

SQL = queries.load("files.sql")
_POSTS = sorted(POSTS)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file: ``size`` in bytes, ``width`` and ``height`` in pixels where it is an image,
    ``preview`` the bytes of a small image of it where there is one."""

    id: UUID
    person: UUID
    name: str
    type: FileType
    media_type: str
    size: int
    sha256: bytes
    width: int | None = None
    height: int | None = None
    preview: int | None = None

    def attachment(self) -> Attachment:
        """The file as a post carries it."""
        url = f"{FILES}/{self.id}"
        return Attachment(
            type=self.type,
            id=str(self.id),
            url=url,
            name=self.name,
            media_type=self.media_type,
            size=self.size,
            width=self.width,
            height=self.height,
            preview=None if self.preview is None else f"{url}/preview",
        )


async def sent_since(database: Database, person: UUID, since: datetime) -> int:
    """How many bytes a person has sent since then."""
    async with database.connection() as connection:
        size: int = await connection.fetchval(SQL.sent_since, person, since)
    return size


async def add(database: Database, file: File, now: datetime, since: datetime, most: int) -> bool:
    """Note a file, before its bytes are put in their place; nobody finds it until ``ready``.

    False, and nothing is noted, where its person would have sent more than ``most`` bytes since
    then, on all nodes together.
    """
    fields = [getattr(file, name) for name in File.__struct_fields__]
    async with database.transaction() as connection:
        await connection.execute(SQL.one_at_a_time, file.person)
        added = await connection.fetchval(SQL.add, *fields, now, since, most)
    return added is not None


async def ready(database: Database, file: UUID) -> None:
    """The bytes of a file are in their place."""
    async with database.connection() as connection:
        await connection.execute(SQL.ready, file)


async def readable(database: Database, person: UUID, file: UUID) -> File | None:
    """A file that a person may open now; None for what they may not, or what is not there."""
    carried = msgspec.json.encode([{"id": file}]).decode()
    async with database.connection() as connection:
        row = await connection.fetchrow(SQL.readable, person, file, carried, _POSTS)
    return None if row is None else _file(row)


async def discard(database: Database, person: UUID, file: UUID) -> bool:
    """Take back an upload that no post has carried; whether there was one."""
    async with database.connection() as connection:
        return await connection.fetchval(SQL.discard, person, file) is not None


async def own(
    connection: Connection, wanted: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], File]:
    """Of (person, file) pairs, the files that are the person's own."""
    if not wanted:
        return {}
    people, files = zip(*wanted, strict=True)
    rows = await connection.fetch(SQL.own, list(people), list(files))
    return {(row["person"], row["id"]): _file(row) for row in rows}


async def attach(connection: Connection, files: Sequence[UUID], now: datetime) -> None:
    """A post carries these from now on.

    Raises asyncpg.SerializationError where one is not there any more: look again.
    """
    if files and len(await connection.fetch(SQL.attach, list(files), now)) < len(set(files)):
        raise asyncpg.SerializationError("a file was swept while it was attached")


async def take_orphans(
    database: Database, before: datetime, now: datetime, limit: int
) -> tuple[list[UUID], int]:
    """Files that no post carries, not looked at since ``before``; and how many were looked at.

    Nobody finds them any more. They are answered again and again until they are removed.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(SQL.take_orphans, before, now, limit, _POSTS)
    return [row["id"] for row in rows if not row["carried"]], len(rows)


async def remove(database: Database, files: Sequence[UUID]) -> None:
    """Forget files whose bytes are gone."""
    async with database.connection() as connection:
        await connection.execute(SQL.remove, list(files))


def _file(row: Any) -> File:
    return File(**{name: row[name] for name in File.__struct_fields__})
