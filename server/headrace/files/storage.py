"""Where the bytes of files are kept: one small interface, two places.

What is kept never changes: a key is written once, whole, and read until it is dropped. Nobody
sees a file while it is being written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from headrace.settings import Settings

#: Bytes that are read at a time.
PIECE = 256 * 1024


class Storage(Protocol):
    """Keys are made here: letters, digits, ``-`` and ``.``. All raise StorageUnavailable."""

    async def keep(self, key: str, source: Path) -> None:
        """Take a local file, which may be gone afterwards. Raises StorageFull."""

    def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes]:
        """The bytes from ``start`` up to and without ``end``."""

    async def drop(self, key: str) -> None:
        """Forget it; what is not there is forgotten already."""

    async def check(self) -> None:
        """Whether something can be kept and read."""


def open_storage(settings: Settings) -> Storage:
    """The place that the settings name."""
    if settings.file_storage.startswith("s3://"):
        from headrace.files.buckets import Bucket  # who keeps files on a disk needs no S3

        place = urlsplit(settings.file_storage)
        return Bucket(place.netloc, place.path.strip("/"), settings)
    from headrace.files.disk import Disk

    return Disk(directory(settings) / "kept")


def directory(settings: Settings) -> Path:
    """The local directory of files: those kept on disk, and those on their way in."""
    if settings.file_storage and not settings.file_storage.startswith("s3://"):
        return Path(settings.file_storage).expanduser()
    return settings.data / "files"
