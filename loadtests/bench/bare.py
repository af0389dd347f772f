"""The limit: a loop of ``send()`` in C over as many connections, with the same readers."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from loadtests.bench.machine import SERVER_CORE, pinned
from loadtests.bench.native import program
from loadtests.bench.readers import Plan, reading


class Load(NamedTuple):
    """``rounds`` times ``per_write`` frames of so many bytes to each connection, in one write."""

    connections: int
    frame_bytes: int
    per_write: int
    rounds: int
    interval: float


class Sent(msgspec.Struct, frozen=True):
    """What the loop did. ``partial`` sends did not take everything: the readers were too slow."""

    sends: int
    deliveries: int
    cpu_ns: int
    partial: int

    @property
    def cpu_per_delivery(self) -> float:
        """Microseconds."""
        return self.cpu_ns / 1e3 / self.deliveries


class BareLoopFailed(Exception):
    """The readers did not get what the loop sent."""


async def send(load: Load, *, deflates: bool = False) -> Sent:
    """Run the loop, pinned where the server would be; with ``deflates`` it compresses each frame
    for each connection by itself. Raises BareLoopFailed."""
    shape = (load.connections, load.frame_bytes, load.per_write, load.rounds)
    with pinned(SERVER_CORE):
        process = await asyncio.create_subprocess_exec(
            program("sender"),
            *map(str, (*shape, round(load.interval * 1e6))),
            *(["deflate"] if deflates else []),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was started without pipes")
    try:
        port = int(await process.stdout.readline())
        plans = [Plan(port, "-")] * load.connections
        async with reading(plans, deflates=deflates) as readers:
            process.stdin.write(b"g")
            sent = msgspec.json.decode(await process.stdout.readline(), type=Sent)
            await readers.until_count(sent.deliveries)
            harvest = await readers.harvest()
    finally:
        process.kill()
        await process.wait()
    if sent.partial or harvest.faults or harvest.activities != sent.deliveries:
        raise BareLoopFailed(f"{sent}, {harvest}")
    return sent
