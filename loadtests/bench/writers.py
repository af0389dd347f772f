"""Clients that publish one request after the other, in one cheap process (writers.c)."""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from loadtests.bench.machine import OTHER_CORES, pinned
from loadtests.bench.native import program
from loadtests.bench.readers import Latency

if TYPE_CHECKING:
    from collections.abc import Iterable


class Client(NamedTuple):
    """Where somebody publishes, and as whom."""

    port: int
    token: str
    path: str


class Written(msgspec.Struct, frozen=True):
    """What was answered in how many seconds; latencies are those of the requests."""

    answered: int
    refused: int
    unanswered: int
    seconds: float
    latency_ms: Latency

    @property
    def faults(self) -> tuple[str, ...]:
        """What went wrong, in words."""
        counts = {"requests refused": self.refused, "without an answer": self.unanswered}
        return tuple(f"{count} {what}" for what, count in counts.items() if count)


class WritersFailed(Exception):
    """The clients could not connect, or were hung up on."""


async def write(clients: Iterable[Client], body: bytes, seconds: float) -> Written:
    """Let each post the body again and again for so long. Raises WritersFailed, NoCompiler."""
    with tempfile.NamedTemporaryFile("w") as plan, tempfile.NamedTemporaryFile() as posted:
        plan.writelines("\t".join(map(str, client)) + "\n" for client in clients)
        plan.flush()
        posted.write(body)
        posted.flush()
        with pinned(*OTHER_CORES):
            process = await asyncio.create_subprocess_exec(
                *(program("writers"), plan.name, posted.name, str(round(seconds * 1000))),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        said, complaint = await process.communicate()
    if process.returncode:
        raise WritersFailed(complaint.decode())
    return msgspec.json.decode(said, type=Written)
