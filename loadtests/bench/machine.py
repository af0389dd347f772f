"""The machine: which core does what, and what a process has used."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
#: The server under test has this core for itself, as far as the machine is otherwise quiet.
SERVER_CORE = _CORES[0]
#: Everything else: readers, publisher, PostgreSQL and Valkey.
OTHER_CORES = _CORES[1:] or _CORES
#: Files that a process has open besides its connections.
_OTHER_FILES = 200
#: Of a process's clocks, the one that counts what it was scheduled for (CPUCLOCK_SCHED).
_SCHEDULED = 2


@contextmanager
def pinned(*cores: int) -> Iterator[None]:
    """Processes started meanwhile run on these cores only, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class TooFewFiles(Exception):
    """A process may not have as many files open as the scenario has connections."""


def require_files(connections: int) -> None:
    """Raises TooFewFiles if a process cannot hold so many connections."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if connections + _OTHER_FILES > most:
        raise TooFewFiles(
            f"{connections:,} connections need as many open files in one process, and the limit"
            f" is {most:,} (ulimit -Hn)"
        )


def raise_file_limit() -> None:
    """As many open files as we may have; children inherit it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process so far, user and system, all its threads, in seconds.

    Linux counts it in nanoseconds (clock_getcpuclockid(3)); elsewhere, in what psutil knows.
    """
    try:
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    except OSError:
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)


def resident_bytes(pid: int) -> int:
    """The resident memory of a process. Socket buffers are the kernel's and not in it."""
    return int(psutil.Process(pid).memory_info().rss)


def description() -> dict[str, str | int]:
    """What the numbers were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        # Which one says a lot: built with profiles, as distributions do, it is a third faster.
        "python": f"{platform.python_version()} in {sys.base_prefix}",
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
