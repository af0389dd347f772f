"""How soon does somebody who is revoked hear nothing more, on two nodes and under load?

Counted until the last of the person's connections is closed or told, from the moment at which the
revocation is entered in the audit log, the last step before its commit; so the commit is in it.
With the bus, and without one, where nodes find it in the log.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from loadtests.bench import readers
from loadtests.bench.company import found
from loadtests.bench.engines import Addresses
from loadtests.bench.fanout import ACTIVITY_BYTES, GROUP
from loadtests.bench.machine import OTHER_CORES, SERVER_CORE
from loadtests.bench.publisher import Publisher
from loadtests.bench.report import Goal, Sheet
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from websockets.asyncio.client import ClientConnection

    from loadtests.bench.company import Company, Member
    from loadtests.bench.engines import Lab
    from loadtests.bench.report import Row
    from loadtests.bench.server import Server

_SUBSCRIBE = '{"op": "subscribe", "id": "1", "groups": "home"}'
_NOWHERE = "unix:///nowhere"
#: Seconds after which somebody who still hears something was not revoked at all.
_PATIENCE = 20.0
_op = msgspec.json.Decoder(dict[str, object])


class Revoked(NamedTuple):
    """Seconds from the commit to silence, of each person, by the way they were revoked."""

    by_token: list[float]
    by_membership: list[float]
    faults: list[str]


class _Ear:
    """One connection of somebody who will be revoked."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.silent_at: float | None = None
        self.late = 0
        self._is_silent = asyncio.Event()
        self._done = asyncio.create_task(self._listen())

    async def until_silent(self) -> float:
        """When it was closed or told (seconds since 1970). Raises TimeoutError."""
        async with asyncio.timeout(_PATIENCE):
            await self._is_silent.wait()
        return self.silent_at or 0.0

    async def close(self) -> None:
        await self._socket.close()
        await self._done

    async def _listen(self) -> None:
        try:
            async for data in self._socket:
                op = _op.decode(data)["op"]
                if op == "revoked":
                    self._note()
                elif op == "activity" and self.silent_at is not None:
                    self.late += 1
        except ConnectionClosed:
            pass
        self._note()

    def _note(self) -> None:
        if self.silent_at is None:
            self.silent_at = time.time()
            self._is_silent.set()


async def run(
    lab: Lab, *, people: int = 100, connections: int = 500, rate: float = 50, pause: float = 0.3
) -> list[Row]:
    """``people`` are revoked one after the other, every ``pause`` seconds, each with two
    connections on each node, while ``connections`` others read on each."""
    rows: list[Row] = []
    for has_bus in (True, False):
        found = await _measure(lab, people, connections, rate, pause, has_bus=has_bus)
        rows += _rows(found, people, connections, rate, has_bus=has_bus)
    return rows


async def _measure(
    lab: Lab, people: int, connections: int, rate: float, pause: float, *, has_bus: bool
) -> Revoked:
    addresses = await lab.fresh()
    company = await found(addresses, people + connections, {GROUP: range(people + connections)})
    if not has_bus:
        addresses = Addresses(addresses.database_url, _NOWHERE)
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(serving(addresses, core=core))
            for core in (SERVER_CORE, OTHER_CORES[0])
        ]
        for node in nodes:
            plans = readers.plans(node.port, company.members[people:])
            await stack.enter_async_context(readers.reading(plans))
        await stack.enter_async_context(_load(nodes[0], company, rate))
        return await _revoke(addresses, company, nodes, company.members[:people], pause)


@asynccontextmanager
async def _load(node: Server, company: Company, rate: float) -> AsyncIterator[None]:
    """Somebody publishes all the time."""
    publisher = Publisher(node.port, company.boss.token)
    stamped = await Stamped.sized(publisher, GROUP, ACTIVITY_BYTES)

    async def publish() -> None:
        while True:
            await publisher.publish(GROUP, stamped.body(time.monotonic_ns()))
            await asyncio.sleep(1 / rate)

    task = asyncio.create_task(publish())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        publisher.close()


async def _revoke(
    addresses: Addresses,
    company: Company,
    nodes: Sequence[Server],
    victims: Sequence[Member],
    pause: float,
) -> Revoked:
    boss = Publisher(nodes[0].port, company.boss.token)
    paths = await _paths(addresses, victims)
    ears = [await _ears(nodes, victim) for victim in victims]
    faults: list[str] = []
    times: tuple[list[float], list[float]] = ([], [])
    for number, own in enumerate(ears):
        by_token, by_membership = paths[number]
        await boss.ask("DELETE", by_membership if number % 2 else by_token)
        committed = await _committed(addresses)
        try:
            silent = [await ear.until_silent() for ear in own]
        except TimeoutError:
            faults.append("somebody who was revoked still hears something")
            continue
        times[number % 2].append(max(silent) - committed)
        # Nobody is revoked in step with the nodes' looks at the log.
        await asyncio.sleep(pause * (1 + random.random()))
    if sum(ear.late for own in ears for ear in own):
        faults.append("somebody heard something after they were told that they would not")
    for ear in (ear for own in ears for ear in own):
        await ear.close()
    boss.close()
    return Revoked(*times, faults)


async def _ears(nodes: Sequence[Server], victim: Member) -> list[_Ear]:
    ears = []
    for node in (*nodes, *nodes):
        socket = await connect(
            f"ws://127.0.0.1:{node.port}/api/v1/live",
            additional_headers={"Authorization": f"Bearer {victim.token}"},
            compression=None,
        )
        await socket.send(_SUBSCRIBE)
        await socket.recv()
        await socket.recv()
        ears.append(_Ear(socket))
    return ears


async def _committed(addresses: Addresses) -> float:
    """When the last thing was entered in the audit log (seconds since 1970)."""
    connection = await asyncpg.connect(addresses.database_url)
    at = await connection.fetchval("SELECT at FROM audit ORDER BY no DESC LIMIT 1")
    await connection.close()
    return float(at.timestamp())


async def _paths(addresses: Addresses, victims: Sequence[Member]) -> list[tuple[str, str]]:
    """What to delete to end a token, and a membership."""
    connection = await asyncpg.connect(addresses.database_url)
    rows = await connection.fetch(
        "SELECT p.id AS person, t.id, p.email FROM token t JOIN person p ON p.id = t.person"
    )
    await connection.close()
    known = {UUID(str(row["person"])): row for row in rows}
    return [
        (
            f"/tokens/{known[victim.id]['id']}",
            f"/groups/{GROUP}/members/{known[victim.id]['email']}",
        )
        for victim in victims
    ]


def _rows(
    found: Revoked, people: int, connections: int, rate: float, *, has_bus: bool
) -> list[Row]:
    bus = "with the bus" if has_bus else "without a bus"
    about = Sheet(
        f"{people} people revoked on two nodes, {connections:,} readers each, {rate:g}/s, {bus}",
        tuple(found.faults),
    )
    # Without a bus, a look at the log every half a second finds it; the rest is the way there.
    goal = Goal("at most", 100 if has_bus else 1_000)

    def row(what: str, values: list[float], share: float, wanted: Goal | None = None) -> Row:
        ordered = sorted(values) or [0.0]
        value = ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3
        return about.row(what, "ms", [value], wanted)

    return [
        row("token revoked to silence, median", found.by_token, 0.5),
        row("token revoked to silence, p99", found.by_token, 0.99, goal),
        row("membership ended to silence, median", found.by_membership, 0.5),
        row("membership ended to silence, p99", found.by_membership, 0.99, goal),
    ]
