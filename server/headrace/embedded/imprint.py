"""By what a data directory is told from its copies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Imprint:
    """A file in the directory, and when it was last changed as the file system has it, in
    nanoseconds: no copy keeps that (POSIX.1-2017, sys/stat.h, ``st_ctim``).

    What takes back a whole file system, as snapshots do, takes it back as well.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / ".imprint"

    def read(self) -> int | None:
        """As it was left; None where there is none."""
        try:
            return self._path.stat().st_ctime_ns
        except FileNotFoundError:
            return None

    def renew(self) -> int:
        """Another file with another text, so that who brings a directory up to date from a copy
        replaces it."""
        fresh = self._path.with_name(".imprint.new")
        fresh.write_text(f"{time.time_ns()}\n")
        fresh.replace(self._path)
        return self._path.stat().st_ctime_ns
