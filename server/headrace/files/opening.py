"""Which place the settings name for the bytes of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from headrace.files.disk import Disk

if TYPE_CHECKING:
    from headrace.files.storage import Storage
    from headrace.settings import Settings


def open_storage(settings: Settings) -> Storage:
    """The place that the settings name."""
    if settings.file_storage.startswith("s3://"):
        from headrace.files.buckets import Bucket  # who keeps files on a disk needs no S3

        place = urlsplit(settings.file_storage)
        return Bucket(place.netloc, place.path.strip("/"), settings)
    return Disk(directory(settings) / "kept")


def directory(settings: Settings) -> Path:
    """The local directory of files: those kept on disk, and those on their way in."""
    if settings.file_storage and not settings.file_storage.startswith("s3://"):
        return Path(settings.file_storage).expanduser()
    return settings.data / "files"
