"""A peer's processes: started on the server's core, measured together, ended together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from typing import IO, TYPE_CHECKING

import psutil

from loadtests.bench.machine import SERVER_CORE, cpu_seconds, pinned
from loadtests.peers.peer import Ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from loadtests.peers.peer import Start

_PATIENCE = 30.0
_GRACE = 3.0


class PeerFailed(Exception):
    """A peer did not start, or ended."""


class Processes:
    """A process and its children."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._root = psutil.Process(pid)

    @property
    def cpu(self) -> float:
        """CPU seconds used so far, user and system."""
        return sum(cpu_seconds(one.pid) for one in self._all())

    def send(self, number: int) -> None:
        """A signal to all of them."""
        for one in self._all():
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    def _all(self) -> list[psutil.Process]:
        if not self._root.is_running():
            return []
        return [self._root, *self._root.children(recursive=True)]


@asynccontextmanager
async def running(
    start: Start, ports: Ports, environment: Mapping[str, str]
) -> AsyncIterator[Processes]:
    """The peer, listening. Raises PeerFailed; whatever fails meanwhile gets a note with the last
    line that the peer has written to its standard error."""
    with tempfile.TemporaryFile() as said:
        with pinned(SERVER_CORE):
            process = await asyncio.create_subprocess_exec(
                *start.command,
                env={**os.environ, **environment, **start.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=said,
            )
        processes = Processes(process.pid)
        try:
            await _until_listening(process, ports.live)
            if start.has_publish_port:
                await _until_listening(process, ports.publish)
            yield processes
        except Exception as error:
            if words := _last_line(said):
                error.add_note(f"its last words: {words}")
            raise
        finally:
            await _end(process, processes)


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


async def _end(process: asyncio.subprocess.Process, processes: Processes) -> None:
    # psutil must not wait for it: a child can be waited for once, and asyncio does.
    processes.send(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _GRACE)
    except TimeoutError:
        processes.send(signal.SIGKILL)
        await process.wait()


async def _until_listening(process: asyncio.subprocess.Process, port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise PeerFailed(f"nothing listens on port {port}; exit code {process.returncode}")


def free_ports() -> Ports:
    """Two ports that nobody has just now."""
    with socket.socket() as one, socket.socket() as another:
        one.bind(("127.0.0.1", 0))
        another.bind(("127.0.0.1", 0))
        return Ports(one.getsockname()[1], another.getsockname()[1])
