"""``headrace up``, demo company and all: from the call until it serves."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from typing import TYPE_CHECKING

import httpx

from loadtests.bench.command import ENTRY
from loadtests.bench.report import Goal, Row
from loadtests.bench.server import ServerFailed
from loadtests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from loadtests.bench.engines import Lab

_ADDRESS = re.compile(r"http://[^:]+:\d+")
_PATIENCE = 120.0


async def run(lab: Lab, *, runs: int = 3) -> list[Row]:
    """Seconds on fresh data directories, and on the same again."""
    first, again = [], []
    for number in range(runs):
        data = lab.directory / f"up-{number}"
        data.mkdir(mode=0o711)
        first.append(await _seconds_until_ready(data))
        again.append(await _seconds_until_ready(data))
    return [
        _row("on a fresh data directory", first, 10),
        _row("the second time", again, 3),
    ]


def _row(what: str, seconds: list[float], most: float) -> Row:
    return Row(
        scenario="headrace up",
        what=what,
        unit="s",
        runs=tuple(seconds),
        goal=Goal("at most", most),
        note="until /readyz says yes",
    )


async def _seconds_until_ready(data: Path) -> float:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(*ENTRY, "up", "--data", str(data), "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            await _ready(await _address(process))
        return time.monotonic() - began
    finally:
        await _stop(process, data)


async def _stop(process: asyncio.subprocess.Process, data: Path) -> None:
    """Until its PostgreSQL is gone too, which may outlive it for a moment."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    await process.communicate()
    lock = data / "postgres" / "postmaster.pid"

    async def is_gone() -> bool:
        return not lock.exists()

    if not await until(is_gone, _PATIENCE):
        raise ServerFailed(f"{lock} is still there")


async def _address(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        raise AssertionError("the process was started without a pipe")
    heard = []
    async for line in process.stdout:
        heard.append(line.decode())
        if found := _ADDRESS.search(heard[-1]):
            return found[0]
    raise ServerFailed("".join(heard))


async def _ready(address: str) -> None:
    async with httpx.AsyncClient() as client:

        async def is_ready() -> bool:
            return (await client.get(f"{address}/readyz")).status_code == 200

        if not await until(is_ready, _PATIENCE):
            raise ServerFailed(f"{address} is not ready")
