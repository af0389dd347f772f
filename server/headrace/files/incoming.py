"""Bytes on their way in: to a file of ours that nobody else sees, counted and hashed."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from headrace.errors import StorageFull, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

log = logging.getLogger(__name__)

_PIECE = 2**20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk_errors() -> Iterator[None]:
    """A disk that fails, as what it means. Raises StorageFull, StorageUnavailable."""
    try:
        yield
    except OSError as error:
        log.error("files cannot be kept: %s", error)
        if error.errno in _FULL:
            raise StorageFull from error
        raise StorageUnavailable from error


class Incoming:
    """Files that are on their way in, in one directory.

    ``reserve`` bytes stay free on its disk: the log may be on it too.
    """

    def __init__(self, directory: Path, reserve: int) -> None:
        self._directory = directory
        self._reserve = reserve

    async def receive(self, pieces: AsyncIterator[bytes], count: Callable[[int], None]) -> Arrived:
        """Write what comes, in pieces of a mebibyte, and make it last.

        ``count`` is told of the bytes before they are written; what it raises ends it. Raises
        StorageFull, StorageUnavailable; then nothing is left behind.
        """
        with disk_errors():
            arrived = await asyncio.to_thread(self._begin)
        try:
            async for piece in _gathered(pieces, count):
                with disk_errors():
                    await asyncio.to_thread(self._write, arrived, piece)
            with disk_errors():
                await asyncio.to_thread(arrived.finish)
        except BaseException:
            arrived.discard()
            raise
        return arrived

    def beside(self, name: str) -> Path:
        """A place for something that goes with a file, such as its small image."""
        return self._directory / name

    async def forget(self, before: float) -> int:
        """Remove what an earlier process left behind, older than a moment (seconds, Unix time).

        Raises StorageUnavailable.
        """
        with disk_errors():
            return await asyncio.to_thread(self._forget, before)

    def _forget(self, before: float) -> int:
        forgotten = 0
        for path in self._directory.glob("*"):
            with suppress(FileNotFoundError):  # another process was quicker
                if path.stat().st_mtime < before:
                    path.unlink()
                    forgotten += 1
        return forgotten

    def _begin(self) -> Arrived:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._demand_room(0)
        descriptor, name = tempfile.mkstemp(dir=self._directory)
        return Arrived(descriptor, Path(name))

    def _write(self, arrived: Arrived, piece: bytes) -> None:
        self._demand_room(len(piece))
        arrived.write(piece)

    def _demand_room(self, wanted: int) -> None:
        if shutil.disk_usage(self._directory).free < wanted + self._reserve:
            raise OSError(errno.ENOSPC, "the reserve is all that is left", str(self._directory))


class Arrived:
    """A file that came in: where it is, how large, and its SHA-256 once it is whole."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> bytes:
        return self._hash.digest()

    def write(self, piece: bytes) -> None:
        """Append."""
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._hash.update(piece)
        self.size += len(piece)

    def finish(self) -> None:
        """All is there, and on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Remove it, unless it was moved to where it is kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)


async def _gathered(
    pieces: AsyncIterator[bytes], count: Callable[[int], None]
) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for piece in pieces:
        count(len(piece))
        waiting += piece
        if len(waiting) >= _PIECE:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
