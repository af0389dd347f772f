"""Where a Unix socket goes: beside its data, or below /tmp where that path is too long."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from headrace.errors import ConfigurationError

#: ``sun_path`` has 104 bytes on macOS and 108 on Linux, the final zero included.
MAX_PATH = 103


def place(wanted: Path) -> Path:
    """The path of the socket. The same for every process, whatever its TMPDIR."""
    if len(os.fsencode(wanted)) <= MAX_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path("/tmp") / f"headrace-{digest}" / wanted.name  # noqa: S108 - checked by prepare


def prepare(directory: Path, owner: int) -> None:
    """Make the socket's directory, for ``owner`` (a user id) alone.

    In /tmp anybody may have been there first: raises ConfigurationError unless it is ours.
    """
    try:
        directory.mkdir(mode=0o700)
        os.chown(directory, owner, -1)
    except FileExistsError:
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o022:
            raise ConfigurationError(
                f"data: {directory} is needed for a socket but belongs to somebody else. "
                "Use a data directory with a shorter path."
            ) from None


def tidy(directory: Path) -> None:
    """Remove the socket's directory again, once it is empty."""
    with suppress(OSError):
        directory.rmdir()
