"""A directory that keeps files.

A file is moved in under its key, which is atomic, once its bytes are on the disk; then the
directory is made to last too. Two levels of folders keep folders small.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING
from uuid import uuid4

from headrace.errors import StorageUnavailable
from headrace.files.incoming import disk_errors
from headrace.files.storage import PIECE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


class Disk:
    """Files below one directory, which is made when it is needed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def keep(self, key: str, source: Path) -> None:
        """Move it in."""
        with disk_errors():
            await asyncio.to_thread(_move, source, self._place(key))

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes]:
        """Piece by piece. Raises StorageUnavailable, also if it ends before ``end``."""
        with disk_errors():
            descriptor = await asyncio.to_thread(os.open, self._place(key), os.O_RDONLY)
        try:
            while start < end:
                with disk_errors():
                    size = min(PIECE, end - start)
                    piece = await asyncio.to_thread(os.pread, descriptor, size, start)
                if not piece:
                    raise StorageUnavailable("a file is shorter than it was")
                start += len(piece)
                yield piece
        finally:
            os.close(descriptor)

    async def drop(self, key: str) -> None:
        """Remove it."""
        with disk_errors():
            await asyncio.to_thread(self._place(key).unlink, missing_ok=True)

    async def check(self) -> None:
        """Write, read and remove a file."""
        with disk_errors():
            await asyncio.to_thread(self._try)

    def _place(self, key: str) -> Path:
        return self._root / key[:2] / key[2:4] / key

    def _try(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = self._root / f"probe-{uuid4()}"
        try:
            probe.write_bytes(b"headrace")
        finally:
            probe.unlink(missing_ok=True)


def _move(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
