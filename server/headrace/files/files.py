"""Files from their first byte to their last: taken in, kept, read, swept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.errors import FileTypeRefused, Invalid
from headrace.files import kinds
from headrace.files.allowance import Allowance
from headrace.files.incoming import Incoming
from headrace.files.inspector import Inspector
from headrace.files.names import clean
from headrace.files.opening import directory, open_storage
from headrace.log import files as known
from headrace.log.files import File
from headrace.model.activities import MAX_ATTACHMENTS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from headrace.files.incoming import Arrived
    from headrace.files.inspecting import Findings
    from headrace.log import Database
    from headrace.settings import Settings

_DAY = timedelta(days=1)
_SWEPT_AT_ONCE = 200


class Files:
    """Files of one process. ``new_id`` draws ids that nobody can guess."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        self._database = database
        self._refused = settings.refused_file_types
        self._clock = clock
        self._new_id = new_id
        self._storage = open_storage(settings)
        self._incoming = Incoming(directory(settings) / "incoming", settings.storage_reserve)
        self._inspector = Inspector(settings.max_image_pixels)
        self._allowance = Allowance(
            file=settings.max_file_bytes,
            day=settings.max_upload_bytes_a_day,
            at_once=MAX_ATTACHMENTS,
        )
        self._most_a_day = settings.max_upload_bytes_a_day

    async def take_in(
        self, person: UUID, name: str, pieces: AsyncIterator[bytes], declared: int | None
    ) -> File:
        """Take a file in; until a post carries it, it is its uploader's alone.

        Raises TooLarge, UploadQuota, TooManyRequests, BrokenFile, ImageTooLarge, ArchiveBomb,
        FileTypeRefused, StorageFull, StorageUnavailable, and Invalid for a file without a byte in
        it; then nothing of it is left. What ``pieces`` raises comes through.
        """
        sent = await known.sent_since(self._database, person, self._clock() - _DAY)
        with self._allowance.spend(person, sent, declared) as upload:
            arrived = await self._incoming.receive(pieces, upload.count)
            preview = self._incoming.beside(f"{arrived.path.name}.webp")
            try:
                return await self._take(person, clean(name), arrived, preview)
            finally:
                arrived.discard()
                preview.unlink(missing_ok=True)

    async def readable(self, person: UUID, file: UUID) -> File | None:
        """A file that a person may open now, or None."""
        return await known.readable(self._database, person, file)

    def read(self, file: File, start: int, end: int) -> AsyncGenerator[bytes]:
        """Its bytes from ``start`` up to and without ``end``. Raises StorageUnavailable."""
        return self._storage.read(str(file.id), start, end)

    async def preview(self, file: File) -> bytes:
        """The small image of it, as WebP. Raises StorageUnavailable."""
        pieces = self._storage.read(_preview(file.id), 0, file.preview or 0)
        return b"".join([piece async for piece in pieces])

    async def discard(self, person: UUID, file: UUID) -> bool:
        """Take back an upload that no post has carried; whether there was one."""
        return await known.discard(self._database, person, file)

    async def sweep(self) -> int:
        """Remove what no post carries and nobody looked after for a day; how many these were.

        Raises Unavailable, StorageUnavailable; what is left is swept the next time.
        """
        now = self._clock()
        await self._incoming.forget((now - _DAY).timestamp())
        swept, seen = 0, 1
        while seen:
            orphans, seen = await known.take_orphans(
                self._database, now - _DAY, now, _SWEPT_AT_ONCE
            )
            for orphan in orphans:
                await self._storage.drop(str(orphan))
                await self._storage.drop(_preview(orphan))
            await known.remove(self._database, orphans)
            swept += len(orphans)
        return swept

    async def check(self) -> None:
        """Whether files can be kept. Raises StorageFull, StorageUnavailable."""
        await self._storage.check()

    async def _take(self, person: UUID, name: str, arrived: Arrived, preview: Path) -> File:
        if arrived.size == 0:
            raise Invalid("the file is empty")
        found = await self._inspector.look(person, arrived.path, name, preview)
        if kinds.is_refused(found.media_type, self._refused):
            raise FileTypeRefused(f"files of type {found.media_type} are not taken here")
        file = self._file(person, name, arrived, found)
        now = self._clock()
        if not await known.add(self._database, file, now, now - _DAY, self._most_a_day):
            raise self._allowance.used_up()
        await self._storage.keep(str(file.id), arrived.path)
        if file.preview is not None:
            await self._storage.keep(_preview(file.id), preview)
        await known.ready(self._database, file.id)
        return file

    def _file(self, person: UUID, name: str, arrived: Arrived, found: Findings) -> File:
        return File(
            id=self._new_id(),
            person=person,
            name=name,
            type=kinds.file_type(found.media_type),
            media_type=found.media_type,
            size=arrived.size,
            sha256=arrived.sha256,
            width=found.width,
            height=found.height,
            preview=found.preview,
        )


def _preview(file: UUID) -> str:
    return f"{file}.webp"
