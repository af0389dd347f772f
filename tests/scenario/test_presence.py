"""Who is there, across nodes: only for those who read the group, and gone with a node that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest

from tests.scenario.conftest import running
from tests.scenario.scrapes import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenario.client import LiveClient
    from tests.scenario.conftest import Site


@pytest.fixture
async def quick(database_url: str, redis_url: str) -> AsyncIterator[Site]:
    """Two nodes that tell soon and forget soon."""
    settings = {"presence_interval": "0.25", "presence_expiry": "2", "stream_linger": "0.1"}
    async with running(database_url, redis_url, nodes=2, **settings) as made:
        yield made


def last(client: LiveClient, group: str = "qm") -> tuple[int, list[str]] | None:
    """What a client was told last of a group."""
    told = [one for one in client.of("presence") if one["group"] == group]
    return (told[-1]["count"], told[-1]["people"]) if told else None


async def sees(client: LiveClient, *people: str) -> None:
    expected = (len(people), sorted(people))
    await client.until(lambda: last(client) == expected)


async def test_people_of_all_nodes_see_each_other_come_and_go(quick: Site) -> None:
    mia = await quick.follow("mia", 0, presence="shown")
    await sees(mia, "mia")
    jonas = await quick.follow("jonas", 1, presence="shown")
    for client in (mia, jonas):
        await sees(client, "jonas", "mia")
    gus = await quick.follow("gus", 1, presence="hidden", form="headrace.v1.msgpack")
    await sees(gus, "jonas", "mia")
    await jonas.close()
    for client in (mia, gus):
        await sees(client, "mia")


async def test_the_people_of_a_node_that_died_vanish(quick: Site) -> None:
    mia = await quick.follow("mia", 0, presence="shown")
    await quick.follow("jonas", 1, presence="shown")
    await sees(mia, "jonas", "mia")
    await quick.nodes[1].kill()
    await sees(mia, "mia")


async def test_nobody_learns_of_a_group_that_is_not_theirs_who_is_there(quick: Site) -> None:
    body = {"name": "hidden", "title": "Hidden"}
    assert (await quick.call("mia", "POST", "/groups", body)).status_code == 201
    await quick.call("mia", "PATCH", "/groups/hidden", {"visibility": "secret"})
    mia = await quick.follow("mia", 0, presence="shown")
    jonas = await quick.follow("jonas", 0, presence="shown")
    await jonas.until(lambda: last(jonas) == (2, ["jonas", "mia"]))
    await mia.until(lambda: last(mia, "hidden") == (1, ["mia"]))
    await jonas.send({"op": "subscribe", "id": "2", "groups": ["hidden"], "presence": "shown"})
    await jonas.until_op("error")
    assert last(jonas, "hidden") is None
    await quick.call("mia", "DELETE", "/groups/qm/members/jonas@example.org")
    await sees(mia, "mia")
    before = jonas.of("presence")
    await quick.follow("gus", 1, presence="shown")
    await sees(mia, "gus", "mia")
    await jonas.send({"op": "ping"})
    await jonas.until_op("pong")
    assert jonas.of("presence") == before


async def log_of(site: Site) -> dict[str, int]:
    """How many rows each table of the log has."""
    connection = await asyncpg.connect(site.environment["HEADRACE_DATABASE_URL"])
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return {
            name: await connection.fetchval(f"SELECT count(*) FROM {name}") for (name,) in tables
        }
    finally:
        await connection.close()


async def test_nothing_of_it_is_in_the_log_and_nothing_remains(quick: Site) -> None:
    before = await log_of(quick)
    assert before["entry"] > 0
    clients = [await quick.follow("mia", node, presence="shown") for node in (0, 1, 0)]
    await sees(clients[0], "mia")
    jonas = await quick.follow("jonas", 1, presence="hidden")
    await until(quick, lambda seen: seen["headrace_presence_watchers"] == 2)
    await clients[0].send({"op": "typing", "group": "qm"})
    await jonas.until_op("typing")
    for client in (*clients, jonas):
        await client.close()
    for node in (0, 1):
        await until(quick, lambda seen: not seen.left, node)
    assert await log_of(quick) == before


async def test_any_other_word_for_presence_is_refused(quick: Site) -> None:
    client = await quick.follow("mia")
    await client.send({"op": "subscribe", "id": "2", "groups": "home", "presence": "loud"})
    await client.until_op("error")
    assert client.of("error")[0]["code"] == "malformed_message"
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{quick.nodes[0].url}/healthz")).status_code == 200
