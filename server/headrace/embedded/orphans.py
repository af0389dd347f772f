"""The children that a killed postmaster leaves behind.

They hold its shared memory, and PostgreSQL does not start while anybody does. Idle ones end as soon
as they notice; one that is amidst a long query notices late, so it is told.
"""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds from SIGQUIT to SIGKILL, and then: as a postmaster does it that shuts down at once.
PATIENCE = 5


def end_orphans(home: Path) -> None:
    """End them all. What was committed is on disk, and nothing else was acknowledged."""
    left = list(_orphans(home))
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in left:
            with suppress(psutil.Error):
                process.send_signal(number)
        left = _still_there(left)


def _still_there(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that do not end in time."""
    deadline = time.monotonic() + PATIENCE
    while (left := [one for one in processes if _lives(one)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _lives(process: psutil.Process) -> bool:
    """Zombies do not, and where nobody collects them they stay; they hold no memory."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _orphans(home: Path) -> Iterator[psutil.Process]:
    """Only whose parent is gone: children of a server that runs would take it down with them."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if _is_child(process) and process.cwd() == str(home) and not _has_server(process):
                yield process


def _is_child(process: psutil.Process) -> bool:
    """Children say what they do instead of a command line: ``postgres: checkpointer``."""
    is_named = process.name().startswith("postgres")
    return is_named and "".join(process.cmdline()[:1]).startswith("postgres: ")


def _has_server(process: psutil.Process) -> bool:
    parent = process.parent()
    return parent is not None and parent.name().startswith("postgres")
