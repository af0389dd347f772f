"""The server under test: a process of its own, started as users start it, on a core of its own."""

from __future__ import annotations

import asyncio
import re
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.request import urlopen

from loadtests.bench.command import ENTRY, environment
from loadtests.bench.machine import SERVER_CORE, cpu_seconds, pinned, resident_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from loadtests.bench.engines import Addresses

_ADDRESS = re.compile(r"http://[^:]+:(\d+)")
_PATIENCE = 30.0


class ServerFailed(Exception):
    """The server process ended, or did not begin to serve."""


class Server:
    """A running node."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, heard: bytearray) -> None:
        self._process = process
        self._heard = heard
        self.port = port

    @property
    def cpu(self) -> float:
        """CPU seconds used so far."""
        return cpu_seconds(self._process.pid)

    @property
    def resident(self) -> int:
        """Resident bytes."""
        return resident_bytes(self._process.pid)

    def metric(self, name: str, **labels: str) -> float:
        """What /metrics says, 0 for what it does not know. A request of its own, that blocks."""
        wanted = ",".join(f'{label}="{value}"' for label, value in labels.items())
        head = f"headrace_{name}{{{wanted}}} " if labels else f"headrace_{name} "
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=_PATIENCE) as answer:
            lines = answer.read().decode().splitlines()
        return next((float(line.removeprefix(head)) for line in lines if line.startswith(head)), 0)

    async def kill(self) -> None:
        """As the power fails."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """In order. Raises ServerFailed if it had come to harm before."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        if b"Traceback" in self._heard:
            raise ServerFailed(self._heard.decode())


@asynccontextmanager
async def serving(
    addresses: Addresses, core: int = SERVER_CORE, /, **settings: object
) -> AsyncIterator[Server]:
    """A node on an engine's log and bus; settings by name, as ``heartbeat=25``."""
    heard = bytearray()
    with pinned(core):
        process = await asyncio.create_subprocess_exec(
            *(*ENTRY, "serve", "--port", "0"),
            env=environment(addresses, **settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    port = await asyncio.wait_for(_port(process, heard), _PATIENCE)
    listening = asyncio.create_task(_listen(process, heard))
    server = Server(process, port, heard)
    try:
        yield server
        await server.stop()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening


async def _port(process: asyncio.subprocess.Process, heard: bytearray) -> int:
    if process.stdout is None:
        raise AssertionError("the process was started without a pipe")
    async for line in process.stdout:
        heard += line
        if found := _ADDRESS.search(line.decode()):
            return int(found[1])
    raise ServerFailed(heard.decode())


async def _listen(process: asyncio.subprocess.Process, heard: bytearray) -> None:
    if process.stdout is None:
        raise AssertionError("the process was started without a pipe")
    async for line in process.stdout:
        heard += line
