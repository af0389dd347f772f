"""Who is revoked hears nothing more: on every node, with a bus and without one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from tests.scenario.client import LiveClient
from tests.scenario.conftest import running, with_own_bus
from tests.scenario.scrapes import flood_until_lagging, until

if TYPE_CHECKING:
    from tests.scenario.conftest import Site

#: What was promised: seconds from the commit to silence, on every node.
PROMISED = 1.0


async def new_token(site: Site, **body: Any) -> tuple[str, str]:
    """Another token of Jonas's: its id and its secret."""
    wanted = {"name": "phone", "scopes": ["read", "publish"]} | body
    made = (await site.call("jonas", "POST", "/tokens", wanted)).json()
    return made["id"], made["token"]


async def listen(site: Site, token: str, **options: Any) -> list[LiveClient]:
    """A client on each node."""
    clients = [LiveClient(token, **options) for _ in site.nodes]
    site.clients.extend(clients)
    for client, node in zip(clients, site.nodes, strict=True):
        await client.connect(node.port)
    return clients


async def codes(clients: list[LiveClient]) -> list[int]:
    """The codes with which they are closed, within the time that was promised."""
    return await asyncio.gather(*(client.until_closed(PROMISED) for client in clients))


async def test_l11_a_revoked_token_closes_its_sockets_on_every_node_and_no_other(
    pair: Site,
) -> None:
    key, secret = await new_token(pair)
    gone = await listen(pair, secret)
    staying = await pair.follow("jonas", 1)
    await pair.call("jonas", "DELETE", f"/tokens/{key}", node=0)
    assert await codes(gone) == [4003, 4003]
    await pair.post("mia", "after it")
    await staying.until_content("after it")
    assert all(client.contents == [] for client in gone)


async def test_l11_without_a_bus_a_token_ends_as_soon(database_url: str) -> None:
    async with with_own_bus(database_url) as (site, bus):
        key, secret = await new_token(site)
        gone = await listen(site, secret)
        await bus.kill()
        await site.call("jonas", "DELETE", f"/tokens/{key}", node=0)
        assert await codes(gone) == [4003, 4003]


async def test_l11_a_deactivated_person_is_closed_everywhere_by_the_command_too(
    pair: Site,
) -> None:
    gone = await listen(pair, pair.tokens["jonas"])
    await pair.command("person", "deactivate", "jonas@example.org")
    assert await codes(gone) == [4002, 4002]


@pytest.mark.parametrize(("heartbeat", "seconds"), [("25", 1), ("1", 3)])
async def test_l29_a_socket_does_not_outlive_the_token_it_was_opened_with(
    database_url: str, redis_url: str, heartbeat: str, seconds: int
) -> None:
    async with running(database_url, redis_url, heartbeat=heartbeat) as site:
        printed = await site.command("token", "create", "--person", "jonas", "--expires", "1h")
        client = LiveClient(printed)
        site.clients.append(client)
        await client.connect(site.nodes[0].port)
        soon = f"now() + interval '{seconds} seconds'"
        await _sql(database_url, f"UPDATE token SET expires = {soon} WHERE expires IS NOT NULL")
        again = LiveClient(printed)
        site.clients.append(again)
        await again.connect(site.nodes[0].port)
        assert await again.until_closed(5) == 4003
        assert client.closed is None, "it was opened while the token was good for an hour"


@pytest.mark.parametrize("way", ["membership", "token", "account"])
async def test_what_waits_unsent_for_somebody_is_thrown_away_with_their_right(
    site: Site, way: str
) -> None:
    """They take nothing just now: what their transport still holds must not leave any more."""
    key, secret = await new_token(site)
    [stuck] = await listen(site, secret)
    stuck.reading.clear()
    await flood_until_lagging(site)
    path, method, body = {
        "membership": ("/groups/qm/members/jonas", "DELETE", None),
        "token": (f"/tokens/{key}", "DELETE", None),
        "account": ("/people/jonas", "PATCH", {"active": False}),
    }[way]
    assert (await site.call("mia", method, path, body)).is_success
    seen = await until(site, lambda seen: seen["headrace_aborts_total{revoked}"] > 0)
    assert seen["headrace_aborts_total{revoked}"] == 1
    assert seen["headrace_purged_bytes_total"] > 0
    stuck.reading.set()
    assert await stuck.until_closed() == 1006, "cut off, without a frame that would wait behind"
    assert len(stuck.contents) < seen["headrace_publishes_total{ok}"]


@pytest.mark.parametrize("groups", ["home", ["qm"]])
async def test_l08_a_token_for_a_group_follows_that_group_alone(site: Site, groups: Any) -> None:
    await site.call("jonas", "POST", "/groups", {"name": "other", "title": "Other"})
    _, secret = await new_token(site, groups=["qm"])
    [client] = await listen(site, secret, groups=groups)
    assert {start["group"] for start in client.streams.values()} == {"qm"}
    await site.call("jonas", "POST", "/groups/other/activities", {"content": "elsewhere"})
    await site.post("mia", "here")
    await client.until_content("here")
    assert client.contents == ["here"]


async def test_l08_a_token_for_a_group_cannot_ask_for_another_nor_for_the_inbox(
    site: Site,
) -> None:
    await site.call("jonas", "POST", "/groups", {"name": "other", "title": "Other"})
    _, secret = await new_token(site, groups=["qm"])
    for options in ({"groups": ["other"]}, {"inbox": True}):
        [client] = await listen(site, secret, **options)
        assert [error["code"] for error in client.of("error")] == ["not_found"]


async def test_l08_a_token_for_reading_neither_types_nor_marks_as_read(site: Site) -> None:
    mia = await site.follow("mia")
    _, secret = await new_token(site, scopes=["read"])
    [program] = await listen(site, secret)
    post = await site.post("mia", "hello")
    await program.until_content("hello")
    await program.send({"op": "typing", "group": "qm"})
    await program.send({"op": "read", "stream": post["stream"], "seq": post["seq"]})
    await program.until_op("error", 2)
    assert {error["code"] for error in program.of("error")} == {"insufficient_scope"}
    await site.post("mia", "after it")
    await mia.until_content("after it")
    assert mia.of("typing") == []


async def test_l08_a_token_for_a_group_marks_nothing_as_read_elsewhere(site: Site) -> None:
    await site.call("jonas", "POST", "/groups", {"name": "other", "title": "Other"})
    there = (await site.call("jonas", "POST", "/groups/other/activities", {"content": "x"})).json()
    here = await site.post("jonas", "x")
    _, secret = await new_token(site, groups=["qm"])
    [program] = await listen(site, secret, groups=["qm"])
    for post in (there, here):
        await program.send({"op": "read", "stream": post["stream"], "seq": post["seq"]})
    await program.send({"op": "read", "stream": "nowhere", "seq": 1})
    await program.until_op("error", 2)
    told = [(error["code"], error["stream"]) for error in program.of("error")]
    assert told == [("not_found", there["stream"]), ("not_found", "nowhere")]


async def test_a_token_that_is_not_for_reading_opens_no_stream(site: Site) -> None:
    _, secret = await new_token(site, scopes=["publish"])
    [client] = await listen(site, secret)
    assert client.closed is not None
    assert client.closed[0] == 4000


async def _sql(database_url: str, statement: str) -> None:

    connection = await asyncpg.connect(database_url)
    await connection.execute(statement)
    await connection.close()
