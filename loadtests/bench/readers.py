"""Thousands of live connections in one cheap process, which checks all that it gets."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from loadtests.bench.machine import OTHER_CORES, pinned, require_files
from loadtests.bench.native import program
from loadtests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from loadtests.bench.company import Member

_HOME = '{"op":"subscribe","id":"1","groups":"home"}'
_PATIENCE = 120.0


class Plan(NamedTuple):
    """A reader: where it connects, as whom, and what it says first."""

    port: int
    token: str
    messages: Sequence[str] = (_HOME,)

    def __str__(self) -> str:
        return "\t".join((str(self.port), self.token, *self.messages))


class Foreign(NamedTuple):
    """A server other than Headrace: where its WebSocket is, what says that a reader is subscribed
    (if empty: being connected), and which message it wants answered with which."""

    path: str
    ready: str
    ping: str
    pong: str

    @property
    def arguments(self) -> Sequence[str]:
        """As the C program takes it."""
        return self


class ForeignEvents(NamedTuple):
    """A server other than Headrace that sends events (WHATWG HTML, section 9.2): at which path,
    and what is in the one that says that a reader is subscribed (if empty: the answer's head)."""

    path: str
    ready: str

    @property
    def arguments(self) -> Sequence[str]:
        """As the C program takes it."""
        return ["events", *self]


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
    retried: int
    packed: int
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

    def faults_of(self, wanted: int, lost: int = 0) -> list[str]:
        """The faults, where so many activities were due and so many connections to be lost."""
        found = self.faults
        if self.lost != lost:
            found.append(f"{self.lost:,} connections lost")
        if self.activities != wanted:
            found.append(f"{self.activities:,} of {wanted:,} deliveries")
        return found


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

        async def is_settled() -> bool:
            state = await self._state()
            return state.failed > 0 or state.live >= self.number

        await until(is_settled, _PATIENCE, pause=0.05)
        state = await self._state()
        if state.live < self.number:
            live = f"{state.live} of {self.number} are live"
            raise ReadersFailed(f"{live}, {state.failed} failed")

    async def reset(self) -> None:
        """Start counting again."""
        await self._ask("reset")

    async def until_count(self, wanted: int, patience: float = 20.0) -> None:
        """Wait until that many activities have arrived, or for as long as patience lasts."""

        async def are_here() -> bool:
            return await self.count() >= wanted

        await until(are_here, patience)

    async def count(self) -> int:
        """How many activities have arrived since the last reset."""
        return int(await self._ask("count"))

    async def harvest(self) -> Harvest:
        """What arrived since the last reset."""
        return msgspec.json.decode(await self._ask("report"), type=Harvest)

    async def fail_over(self, port: int) -> None:
        """Whoever has lost the connection, or loses it from now on, resumes at that port."""
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
async def reading(
    plans: Sequence[Plan],
    buffer: int = 0,
    foreign: Foreign | ForeignEvents | None = None,
    *,
    deflates: bool = False,
) -> AsyncIterator[Readers]:
    """Readers, all of them live; ``buffer`` is their receive buffer in bytes (0: as it comes).

    ``deflates``: they offer permessage-deflate, and what comes compressed is counted as packed.

    Raises ReadersFailed, NoCompiler, TooFewFiles.
    """
    require_files(len(plans))
    with tempfile.NamedTemporaryFile("w", suffix=".plan") as plan:
        plan.writelines(f"{one}\n" for one in plans)
        plan.flush()
        with pinned(*OTHER_CORES):
            process = await asyncio.create_subprocess_exec(
                *(program("readers"), plan.name, str(buffer)),
                *(foreign.arguments if foreign else ["deflate"] if deflates else []),
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


def plans(port: int, members: Iterable[Member]) -> list[Plan]:
    """A connection for each of these people, following all that they read."""
    return [Plan(port, member.token) for member in members]
