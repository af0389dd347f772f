"""Durable publishing through HTTP: each activity is on disk before its request is answered.

Nobody reads. PostgreSQL, Valkey and the clients share the cores that the server does not have; on a
machine with two cores that is one, and the numbers are those of both together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from loadtests.bench.company import found
from loadtests.bench.fanout import ACTIVITY_BYTES
from loadtests.bench.machine import OTHER_CORES, SERVER_CORE
from loadtests.bench.publisher import Publisher
from loadtests.bench.report import Goal, Sheet, once
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped
from loadtests.bench.writers import Client, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.bench.company import Member
    from loadtests.bench.engines import Lab
    from loadtests.bench.report import Row
    from loadtests.bench.server import Server
    from loadtests.bench.writers import Written

_GROUPS = [f"group-{number}" for number in range(8)]


class Work(NamedTuple):
    """So many clients, each posting ``lines`` activities in a request, for so long."""

    clients: int
    lines: int
    seconds: float


class Done(NamedTuple):
    """What the clients were told, the server's share of its core, and what was not true of it."""

    written: Written
    rate: float
    core: float
    faults: tuple[str, ...]


async def run(
    lab: Lab,
    *,
    clients: int = 64,
    batches: int = 4,
    lines: int = 1_000,
    seconds: float = 3,
    runs: int = 5,
) -> list[Row]:
    """Activities a second one by one and in batches, and how long one takes."""
    addresses = await lab.fresh()
    company = await found(addresses, clients, {name: range(clients) for name in _GROUPS})
    async with serving(addresses) as server:
        publisher = Publisher(server.port, company.boss.token)
        line = (await Stamped.sized(publisher, _GROUPS[0], ACTIVITY_BYTES)).body(10**15)
        publisher.close()
        log = await asyncpg.connect(addresses.database_url)
        try:
            bench = _Bench(server, company.members, line, log)
            await bench.do(Work(clients, 1, min(1, seconds)))
            single = [await bench.do(Work(clients, 1, seconds)) for _ in range(runs)]
            batch = [await bench.do(Work(batches, lines, seconds)) for _ in range(runs)]
        finally:
            await log.close()
    return [*_one_by_one(clients, single), _in_batches(batches, lines, batch)]


class _Bench:
    def __init__(
        self, server: Server, members: Sequence[Member], line: bytes, log: asyncpg.Connection
    ) -> None:
        self._server = server
        self._members = members
        self._line = line
        self._log = log

    async def do(self, work: Work) -> Done:
        verb = "activities" if work.lines == 1 else "activities:batch"
        clients = [
            Client(
                self._server.port,
                member.token,
                f"/api/v1/groups/{_GROUPS[place % len(_GROUPS)]}/{verb}",
            )
            for place, member in enumerate(self._members[: work.clients])
        ]
        stored, cpu = await self._stored(), self._server.cpu
        written = await write(clients, b"\n".join([self._line] * work.lines), work.seconds)
        cpu = self._server.cpu - cpu
        told, stored = written.answered * work.lines, await self._stored() - stored
        faults = [*written.faults]
        if stored != told:
            faults.append(f"{told:,} acknowledged, {stored:,} in the log")
        return Done(written, told / written.seconds, cpu / written.seconds, tuple(faults))

    async def _stored(self) -> int:
        return int(await self._log.fetchval("SELECT count(*) FROM activity"))


def _one_by_one(clients: int, done: list[Done]) -> list[Row]:
    about = Sheet(f"durable publishing, one by one from {clients} clients", _faults(done))
    p99, median = ([getattr(one.written.latency_ms, at) for one in done] for at in ("p99", "p50"))
    return [
        about.row(
            "activities a second", "", [one.rate for one in done], Goal("at least", 3_000), _where()
        ),
        about.row("request to answer, p99", "ms", p99, Goal("at most", 40)),
        about.row("request to answer, median", "ms", median),
        about.row("the server's core, used", "%", [one.core * 100 for one in done]),
    ]


def _in_batches(clients: int, lines: int, done: list[Done]) -> Row:
    about = Sheet(f"durable publishing, {lines:,} in a call from {clients} clients", _faults(done))
    rates = [one.rate for one in done]
    return about.row("activities a second", "", rates, Goal("at least", 25_000), _where())


def _faults(done: list[Done]) -> tuple[str, ...]:
    return once(one.faults for one in done)


def _where() -> str:
    others = ", ".join(map(str, OTHER_CORES))
    return (
        f"{ACTIVITY_BYTES}-byte activities; server on core {SERVER_CORE};"
        f" PostgreSQL, Valkey and clients on {others}"
    )
