"""How soon does somebody who is revoked hear nothing more, on two nodes and under load?

Counted from the commit, as PostgreSQL notes it, until the last of the person's connections is
closed or told. With the bus, and without one, where nodes find it in the log.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from headrace.auth.credentials import COOKIE, SECRET_BYTES, Prefix, digest, secret
from loadtests.bench import readers
from loadtests.bench.company import found
from loadtests.bench.ears import listening
from loadtests.bench.engines import Addresses
from loadtests.bench.fanout import ACTIVITY_BYTES, GROUP
from loadtests.bench.machine import OTHER_CORES, SERVER_CORE
from loadtests.bench.publisher import Publisher, Refused
from loadtests.bench.report import Goal, Row
from loadtests.bench.server import serving
from loadtests.bench.stamped import Stamped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from loadtests.bench.company import Company, Member
    from loadtests.bench.engines import Lab
    from loadtests.bench.server import Server

_NOWHERE = "unix:///nowhere"
_TEAM = "crew"
#: When the last revocation was committed; where PostgreSQL does not note it, when it was entered
#: in the audit log, the last step before that.
_COMMITTED = """
SELECT CASE WHEN current_setting('track_commit_timestamp')::boolean
    THEN pg_xact_commit_timestamp(xmin) ELSE at END
FROM audit ORDER BY no DESC LIMIT 1
"""


class Way(StrEnum):
    """What ends."""

    MEMBERSHIP = "membership"
    TEAM = "seat in a team"
    TOKEN = "token"
    SESSION = "session"
    ACCOUNT = "account"


class Victim(NamedTuple):
    """Somebody, the headers of their connections, and the request that ends these."""

    way: Way
    headers: dict[str, str]
    method: str
    path: str
    body: bytes = b""


class Found(NamedTuple):
    """Seconds from the commit to silence, by what ended."""

    times: dict[Way, list[float]]
    faults: list[str]

    @property
    def all(self) -> list[float]:
        return [seconds for times in self.times.values() for seconds in times]


async def run(
    lab: Lab, *, people: int = 100, connections: int = 300, rate: float = 50, pause: float = 0.2
) -> list[Row]:
    """``people`` are revoked one after the other, with ``pause`` seconds in between, each with two
    connections on each node, while ``connections`` others read on each."""
    rows: list[Row] = []
    for has_bus in (True, False):
        measured = await _measure(lab, people, connections, rate, pause, has_bus=has_bus)
        rows += _rows(measured, people, connections, rate, has_bus=has_bus)
    return rows


async def _measure(
    lab: Lab, people: int, connections: int, rate: float, pause: float, *, has_bus: bool
) -> Found:
    addresses = await lab.fresh()
    company = await found(addresses, people + connections, {GROUP: range(people + connections)})
    log = await asyncpg.connect(addresses.database_url)
    if not has_bus:
        addresses = Addresses(addresses.database_url, _NOWHERE)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(log.close)
        nodes = [
            await stack.enter_async_context(serving(addresses, core=core))
            for core in (SERVER_CORE, OTHER_CORES[0])
        ]
        boss = Publisher(nodes[0].port, company.boss.token)
        stack.callback(boss.close)
        victims = await _victims(log, boss, company.members[:people])
        for node in nodes:
            plans = readers.plans(node.port, company.members[people:])
            await stack.enter_async_context(readers.reading(plans))
        await stack.enter_async_context(_load(nodes[0], company, rate))
        return await _revoke(log, boss, [node.port for node in nodes], victims, pause)


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
    log: asyncpg.Connection[asyncpg.Record],
    boss: Publisher,
    ports: Sequence[int],
    victims: Sequence[Victim],
    pause: float,
) -> Found:
    measured = Found({way: [] for way in Way}, [])
    for victim in victims:
        async with listening([*ports, *ports], victim.headers) as ears:
            # Nobody is revoked in step with the nodes' looks at the log.
            await asyncio.sleep(pause * (0.5 + random.random()))
            await _ask(boss, victim.method, victim.path, victim.body)
            try:
                silent = [await ear.until_silent() for ear in ears]
            except TimeoutError:
                measured.faults.append(f"{victim.way}: somebody still hears something")
                continue
            committed = await log.fetchval(_COMMITTED)
            measured.times[victim.way].append(max(silent) - committed.timestamp())
            await asyncio.sleep(pause)
        if any(ear.late for ear in ears):
            measured.faults.append(f"{victim.way}: something came after it had ended")
    return measured


async def _ask(boss: Publisher, method: str, path: str, body: bytes = b"") -> None:
    answer = await boss.ask(method, path, body)
    if answer.status >= 300:
        raise Refused(f"{method} {path}: {answer.body.decode()}")


# Who is revoked.


async def _victims(
    log: asyncpg.Connection[asyncpg.Record], boss: Publisher, members: Sequence[Member]
) -> list[Victim]:
    """One after the other by each way."""
    rows = await log.fetch(
        "SELECT p.id::text AS person, t.id::text AS token, p.email"
        " FROM token t JOIN person p ON p.id = t.person"
    )
    known = {row["person"]: (row["email"], row["token"]) for row in rows}
    ways = list(zip(cycle(Way), members, strict=False))
    crew = [known[str(member.id)][0] for way, member in ways if way is Way.TEAM]
    await _seat_as_a_team(boss, crew)
    return [await _victim(log, way, member, *known[str(member.id)]) for way, member in ways]


async def _seat_as_a_team(boss: Publisher, crew: Sequence[str]) -> None:
    """Some read the group as members of a team alone."""
    await _ask(
        boss, "POST", "/groups", b'{"name": "%s", "title": "Crew", "kind": "team"}' % _TEAM.encode()
    )
    await _ask(boss, "PUT", f"/groups/{GROUP}/members/team:{_TEAM}", b"{}")
    for email in crew:
        await _ask(boss, "PUT", f"/groups/{_TEAM}/members/{email}", b"{}")
        await _ask(boss, "DELETE", f"/groups/{GROUP}/members/{email}")


async def _victim(
    log: asyncpg.Connection[asyncpg.Record], way: Way, member: Member, email: str, token: str
) -> Victim:
    bearer = {"Authorization": f"Bearer {member.token}"}
    match way:
        case Way.MEMBERSHIP:
            return Victim(way, bearer, "DELETE", f"/groups/{GROUP}/members/{email}")
        case Way.TEAM:
            return Victim(way, bearer, "DELETE", f"/groups/{_TEAM}/members/{email}")
        case Way.TOKEN:
            return Victim(way, bearer, "DELETE", f"/tokens/{token}")
        case Way.SESSION:
            cookie = {"Cookie": f"{COOKIE}={await _session(log, member)}"}
            return Victim(way, cookie, "DELETE", f"/people/{email}/sessions")
        case Way.ACCOUNT:
            return Victim(way, bearer, "PATCH", f"/people/{email}", b'{"active": false}')


async def _session(log: asyncpg.Connection[asyncpg.Record], member: Member) -> str:
    """A session, without the seconds that a password takes."""
    drawn = secret(Prefix.SESSION, secrets.token_bytes(SECRET_BYTES))
    await log.execute(
        "INSERT INTO session (hash, person, created, last_used, expires, network, agent)"
        " VALUES ($1, $2, now(), now(), now() + interval '1 day', '', '')",
        digest(drawn),
        member.id,
    )
    return drawn


# What is told of it.


def _rows(
    measured: Found, people: int, connections: int, rate: float, *, has_bus: bool
) -> list[Row]:
    bus = "with the bus" if has_bus else "without a bus"
    name = f"{people} people revoked on two nodes, {connections:,} readers each, {rate:g}/s, {bus}"
    # Without a bus, a look at the log every half a second finds it; the rest is the way there.
    goal = Goal("at most", 100 if has_bus else 1_000)

    def row(what: str, value: float, wanted: Goal | None = None) -> Row:
        faults = tuple(dict.fromkeys(measured.faults))
        return Row(scenario=name, what=what, unit="ms", runs=(value,), goal=wanted, faults=faults)

    return [
        row("commit to silence, median", _share(measured.all, 0.5)),
        row("commit to silence, p99", _share(measured.all, 0.99), goal),
        row("commit to silence, most", _share(measured.all, 1)),
        *(row(f"{way}: most", _share(times, 1)) for way, times in measured.times.items()),
    ]


def _share(seconds: Sequence[float], share: float) -> float:
    """The time within which that share was done, in milliseconds."""
    ordered = sorted(seconds) or [0.0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3
