"""The machine: which core does what, and what a process has used."""

from __future__ import annotations

import os
import platform
import resource
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


def raise_file_limit() -> None:
    """As many open files as we may have; children inherit it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process so far, user and system, all its threads, in seconds."""
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
        "python": platform.python_version(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
