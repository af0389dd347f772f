"""A server that somebody has started by hand, described in a file."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import msgspec

from loadtests.peers.peer import Dialect, Ports
from loadtests.peers.running import Processes
from loadtests.peers.scenario import load, result

if TYPE_CHECKING:
    from pathlib import Path

    from loadtests.peers.scenario import Result, Scale


class External(Dialect, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server on this machine, and how it is spoken to. ``pid`` is the process whose CPU time
    counts, with its children; whoever starts it also pins it to a core (``taskset``)."""

    title: str
    pid: int
    port: int
    version: str = ""
    publish_port: int | None = None
    rate: float = inf


def read(path: Path) -> External:
    """Raises OSError, msgspec.ValidationError."""
    return msgspec.json.decode(path.read_bytes(), type=External)


async def measure(server: External, scale: Scale) -> Result:
    """Load it. Raises ReadersFailed, NoCompiler, Refused, psutil.NoSuchProcess."""
    publish_port = server.publish_port or server.port
    ports = Ports(server.port, publish_port)
    rate = min(server.rate, scale.rate)
    loaded = await load(server, ports, publish_port, Processes(server.pid), rate, scale)
    return result("external", server.title, server.version, rate, loaded)
