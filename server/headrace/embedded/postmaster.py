"""PostgreSQL's pid file: which server says to be running, and whether that is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import quote

import psutil

if TYPE_CHECKING:
    from pathlib import Path

PID_FILE = "postmaster.pid"
#: pid, data directory, start, port, socket directory, address, shared memory, status
LINES = 8


class Postmaster(NamedTuple):
    """A line each of postmaster.pid (PostgreSQL manual, "Database File Layout")."""

    pid: int
    port: str
    socket_directory: str
    status: str

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """What the file says; None where there is none. A server still writes its last lines."""
        try:
            lines = (directory / PID_FILE).read_text().splitlines()
        except FileNotFoundError:
            return None
        lines = [line.strip() for line in lines] + [""] * LINES
        return cls(int(lines[0] or 0), lines[3], lines[4], lines[7])

    def serves(self, directory: Path) -> bool:
        """Whether that pid is a server of this directory, and no other program by now."""
        try:
            return str(directory) in psutil.Process(self.pid).cmdline()
        except psutil.Error:
            return False

    def is_somebody_else(self) -> bool:
        """Whether that pid is a zombie or another program by now."""
        try:
            process = psutil.Process(self.pid)
            zombie: bool = process.status() == psutil.STATUS_ZOMBIE
            return zombie or not process.name().startswith("postgres")
        except psutil.NoSuchProcess:
            return False

    def url(self, user: str, database: str) -> str:
        """As libpq and asyncpg take it."""
        return (
            f"postgresql://{user}@/{database}?host={quote(self.socket_directory)}&port={self.port}"
        )
