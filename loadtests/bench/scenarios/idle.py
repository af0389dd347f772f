"""Connections that only wait: resident memory and CPU for each, following 20 streams.

Everybody is in other groups than their neighbours. A stream is a group at a level: two for each
group that one is an ordinary member of. Memory is what the server process has grown by since before
the first connection, everything included that only grows once.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from loadtests.bench.company import found
from loadtests.bench.readers import plans, reading
from loadtests.bench.report import Goal, Sheet
from loadtests.bench.server import serving

if TYPE_CHECKING:
    from loadtests.bench.engines import Lab
    from loadtests.bench.readers import Readers
    from loadtests.bench.report import Row
    from loadtests.bench.server import Server

_GROUPS = 250
_GROUPS_EACH = 10
_HEARTBEAT = 25.0


async def run(
    lab: Lab,
    *,
    connections: int = 15_000,
    kib: float = 8,
    core_share: float = 0.03,
    seconds: float = 30,
) -> list[Row]:
    """KiB per connection after ``seconds``, and the share of a core used in the second half."""
    addresses = await lab.fresh()
    company = await found(addresses, connections, memberships(connections))
    async with serving(addresses, heartbeat=_HEARTBEAT) as server:
        before = server.resident
        async with reading(plans(server.port, company.members)) as readers:
            await asyncio.sleep(seconds / 2)
            share = await _cpu_share(server, seconds / 2)
            grown = server.resident - before
            faults = await _faults(readers)
    about = Sheet(f"idle, {connections:,} connections, {_GROUPS_EACH * 2} streams each", faults)
    return [
        about.row(
            "resident memory per connection",
            "KiB",
            [grown / 1024 / connections],
            Goal("at most", kib),
            f"the process: {before / 2**20:.0f} MiB before",
        ),
        about.row(
            "CPU while idle",
            "% of a core",
            [share * 100],
            Goal("at most", core_share * 100),
            f"a heartbeat every {_HEARTBEAT:.0f} s",
        ),
    ]


def memberships(people: int) -> dict[str, list[int]]:
    """Groups with their members: everybody in as many groups, chosen at random but reproducibly."""
    chance = random.Random(2026)
    groups: dict[str, list[int]] = {f"group-{n:03}": [] for n in range(_GROUPS)}
    names = list(groups)
    for person in range(people):
        for name in chance.sample(names, _GROUPS_EACH):
            groups[name].append(person)
    return groups


async def _cpu_share(server: Server, seconds: float) -> float:
    before = server.cpu
    await asyncio.sleep(seconds)
    return (server.cpu - before) / seconds


async def _faults(readers: Readers) -> tuple[str, ...]:
    harvest = await readers.harvest()
    lost = [f"{harvest.lost} connections lost"] if harvest.lost else []
    return (*harvest.faults, *lost)
