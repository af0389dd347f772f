"""Engines and nodes fail; nothing accepted is lost, and everybody ends with all they may see."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import httpx

from tests.scenario.conftest import Site, running, with_own_bus
from tests.scenario.scrapes import scrape
from tests.waiting import until_answered

if TYPE_CHECKING:
    from headrace.embedded import Engines


async def test_a_killed_bus_costs_latency_alone(database_url: str) -> None:
    async with with_own_bus(database_url) as (site, bus):
        clients = [await site.follow("jonas", node) for node in (0, 1)]
        await site.post("mia", "before")
        await bus.kill()
        for number in range(5):
            await site.post("mia", f"without {number}", node=number % 2)
        for client in clients:
            await client.until_content("without 4")
        health = await site.call("mia", "GET", "/../../readyz")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        await bus.start()
        for number in range(5):
            await site.post("mia", f"again {number}", node=number % 2)
        for client in clients:
            await client.until_content("again 4")
            expected = ["before", *(f"without {n}" for n in range(5))]
            assert client.contents == [*expected, *(f"again {n}" for n in range(5))]

        async def is_back() -> bool:  # what is told may come from the log before that
            return (await scrape(site))["headrace_bus_away_seconds_count"] == 1

        await until_answered(is_back)


async def test_a_revocation_holds_without_a_bus(database_url: str) -> None:
    async with with_own_bus(database_url) as (site, bus):
        jonas = await site.follow("jonas", 1)
        await bus.kill()
        await site.call("mia", "DELETE", "/groups/qm/members/jonas@example.org", node=0)
        await site.post("mia", "secret", node=0)
        await jonas.until_op("revoked", 2)
        await jonas.send({"op": "ping"})
        await jonas.until_op("pong")
        assert jonas.contents == []


async def test_while_the_database_is_away_publishing_says_so_and_goes_on_later(
    database_url: str, redis_url: str, engines: Engines
) -> None:
    name = urlsplit(database_url).path.removeprefix("/")
    async with running(database_url, redis_url) as site:
        jonas = await site.follow("jonas")
        accepted = await site.post("mia", "accepted")
        admin = await asyncpg.connect(engines.database_url)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        refused = await site.call("mia", "POST", "/groups/qm/activities", {"content": "lost?"})
        assert refused.status_code == 503
        assert refused.json()["code"] == "unavailable"
        assert int(refused.headers["Retry-After"]) > 0
        assert (await site.call("mia", "GET", "/../../readyz")).status_code == 503
        assert (await site.call("mia", "GET", "/../../healthz")).status_code == 200
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()
        await site.post("mia", "after")
        await jonas.until_content("after")
        assert jonas.contents == ["accepted", "after"]
        again = await site.call("jonas", "GET", f"/activities/{accepted['id']}")
        assert again.json()["content"] == "accepted"


async def test_a_reader_who_stops_reading_catches_up_on_the_same_socket(site: Site) -> None:
    slow, fast = await site.follow("jonas"), await site.follow("jonas")
    slow.reading.clear()
    text = "x" * 8_000
    lines = "\n".join(f'{{"content":"{number} {text}"}}' for number in range(3_000))
    answer = await _batch(site, lines)
    assert answer == 3_000
    await fast.until(lambda: len(fast.contents) == 3_000, patience=60)
    slow.reading.set()
    await slow.until(lambda: len(slow.contents) == 3_000, patience=60)
    await slow.until_op("caught_up")
    assert [one.split()[0] for one in slow.contents] == [str(n) for n in range(3_000)]
    assert slow.closed is None


async def _batch(site: Site, lines: str) -> int:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            f"{site.nodes[0].url}/api/v1/groups/qm/activities:batch",
            content=lines,
            headers={
                "Authorization": f"Bearer {site.tokens['mia']}",
                "Content-Type": "application/x-ndjson",
            },
        )
    assert answer.status_code == 200, answer.text
    return sum('"seq"' in line for line in answer.text.splitlines())


async def test_a_frozen_node_wakes_up_and_misses_nothing(pair: Site) -> None:
    clients = [await pair.follow("jonas", node) for node in (0, 1)]
    pair.nodes[1].process.send_signal(signal.SIGSTOP)
    for number in range(30):
        await pair.post("mia", f"number {number}", node=0)
    await clients[0].until_content("number 29")
    pair.nodes[1].process.send_signal(signal.SIGCONT)
    await clients[1].until_content("number 29")
    assert clients[0].contents == clients[1].contents


async def test_a_node_that_is_stopped_tells_its_clients_to_come_back(pair: Site) -> None:
    client = await pair.follow("jonas", 0)
    await pair.post("mia", "before", node=1)
    await client.until_content("before")
    stopping = asyncio.create_task(pair.nodes[0].stop())
    assert await client.until_closed() == 4102
    assert client.closed is not None
    assert "retry_after" in client.closed[1]
    await client.connect(pair.nodes[1].port)
    await pair.post("mia", "after", node=1)
    await client.until_content("after")
    await stopping
    assert client.contents == ["before", "after"]
