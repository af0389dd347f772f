"""Thousands of live connections in one cheap process, which checks all that it gets."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from loadtests.bench.machine import OTHER_CORES, pinned
from loadtests.bench.native import program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from loadtests.bench.company import Member

_HOME = '{"op":"subscribe","id":"1","groups":"home"}'
_PATIENCE = 120.0


class Plan(NamedTuple):
    """A reader: where it connects, as whom, and what it asks for first."""

    port: int
    token: str
    subscribe: str = _HOME


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds from when an activity was due to be published until it was read."""

    p50: float
    p90: float
    p99: float
    p999: float
    max: float


class Harvest(msgspec.Struct, frozen=True):
    """What readers got since the last reset; the C program's header says what it checks."""

    live: int
    failed: int
    activities: int
    frames: int
    reads: int
    bytes: int
    gaps: int
    repeats: int
    malformed: int
    errors: int
    lost: int
    resumed: int
    slowest_resume_ms: float
    latest_ns: int
    latency_ms: Latency

    @property
    def faults(self) -> list[str]:
        """What went wrong, in words. A lost connection is left to the caller to judge."""
        counts = {
            "deliveries missing (gaps)": self.gaps,
            "deliveries doubled or out of order": self.repeats,
            "malformed frames": self.malformed,
            "error messages": self.errors,
            "connections refused": self.failed,
        }
        return [f"{count} {what}" for what, count in counts.items() if count]


class _Ready(msgspec.Struct):
    live: int
    failed: int


class ReadersFailed(Exception):
    """Readers could not connect, or ended."""


class Readers:
    """A running process of readers."""

    def __init__(self, process: asyncio.subprocess.Process, number: int) -> None:
        self._process = process
        self.number = number

    async def until_live(self) -> None:
        """Wait until all have subscribed. Raises ReadersFailed."""
        until = time.monotonic() + _PATIENCE
        while (state := await self._state()).live < self.number:
            if state.failed or time.monotonic() > until:
                live = f"{state.live} of {self.number} are live"
                raise ReadersFailed(f"{live}, {state.failed} failed")
            await asyncio.sleep(0.05)

    async def reset(self) -> None:
        """Start counting again."""
        await self._ask("reset")

    async def until_count(self, wanted: int, patience: float = 20.0) -> None:
        """Wait until that many activities have arrived, or for as long as patience lasts."""
        until = time.monotonic() + patience
        while await self.count() < wanted and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def count(self) -> int:
        """How many activities have arrived since the last reset."""
        return int(await self._ask("count"))

    async def harvest(self) -> Harvest:
        """What arrived since the last reset."""
        return msgspec.json.decode(await self._ask("report"), type=Harvest)

    async def fail_over(self, port: int) -> None:
        """Whoever loses the connection from now on resumes at that port."""
        await self._ask(f"failover {port}")

    def stop(self) -> None:
        """Take nothing from any connection."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Read again."""
        self._process.send_signal(signal.SIGCONT)

    async def _state(self) -> _Ready:
        return msgspec.json.decode(await self._ask("ready"), type=_Ready)

    async def _ask(self, command: str) -> bytes:
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("the process was started without pipes")
        self._process.stdin.write(command.encode() + b"\n")
        answer = await self._process.stdout.readline()
        if not answer:
            raise ReadersFailed("the readers' process has ended")
        return answer


@asynccontextmanager
async def reading(plans: Sequence[Plan], *buffer: int) -> AsyncIterator[Readers]:
    """Readers, all of them live; ``buffer`` is their receive buffer in bytes, if the system is not
    to choose. Raises ReadersFailed, NoCompiler."""
    with tempfile.NamedTemporaryFile("w", suffix=".plan") as plan:
        plan.writelines(f"{one.port}\t{one.token}\t{one.subscribe}\n" for one in plans)
        plan.flush()
        with pinned(*OTHER_CORES):
            process = await asyncio.create_subprocess_exec(
                *(program("readers"), plan.name, *map(str, buffer)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        readers = Readers(process, len(plans))
        try:
            await readers.until_live()
            yield readers
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def plans(port: int, members: Iterable[Member], subscribe: str = _HOME) -> list[Plan]:
    """A connection for each of these people."""
    return [Plan(port, member.token, subscribe) for member in members]
