"""Where the bytes of files are kept: one small interface, two places.

What is kept never changes: a key is written once, whole, and read until it is dropped. Nobody
sees a file while it is being written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

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
