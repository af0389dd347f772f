"""Delivery cases that need whole nodes: the numbers are those of tests/test_delivery_cases.py."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
import redis.asyncio as redis
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.scenario.conftest import running, with_own_bus
from tests.scenario.scrapes import scrape, until

if TYPE_CHECKING:
    from tests.scenario.conftest import Site
    from tests.scenario.scrapes import Scrape


#: More than the connections that a node may open to its log meanwhile.
_STALLED = 20


async def publish_many(site: Site, contents: list[str], node: int = 0) -> None:
    lines = "\n".join(f'{{"content":"{content}"}}' for content in contents)
    headers = {
        "Authorization": f"Bearer {site.tokens['mia']}",
        "Content-Type": "application/x-ndjson",
    }
    async with httpx.AsyncClient(timeout=60) as client:
        url = f"{site.nodes[node].url}/api/v1/groups/qm/activities:batch"
        answer = await client.post(url, content=lines, headers=headers)
    assert answer.text.count('"seq"') == len(contents), answer.text[:500]


async def test_t05_a_long_resume_and_what_is_published_meanwhile_keep_their_order(
    pair: Site,
) -> None:
    jonas = await pair.follow("jonas", 0)
    await pair.post("mia", "before")
    await jonas.until_content("before")
    await jonas.close()
    away = [f"away {number}" for number in range(1_000)]
    await publish_many(pair, away)
    live = [f"live {number}" for number in range(30)]

    async def publish() -> None:
        for content in live:
            await pair.post("mia", content, node=1)

    traffic = asyncio.create_task(publish())
    await jonas.connect(pair.nodes[0].port)
    await traffic
    await jonas.until_content(live[-1])
    assert jonas.contents == ["before", *away, *live]


async def test_t08_a_bus_that_forgets_everything_changes_no_number(
    pair: Site, redis_url: str
) -> None:
    clients = [await pair.follow("jonas", node) for node in (0, 1)]
    first = await pair.post("mia", "first", node=0)
    async with redis.Redis.from_url(redis_url) as bus:
        await bus.flushall()
    second = await pair.post("mia", "second", node=1)
    assert second["seq"] == first["seq"] + 1
    for client in clients:
        await client.until_content("second")
        assert client.contents == ["first", "second"]


async def test_t12_what_waits_behind_a_stalled_socket_is_not_written_after_a_revocation(
    site: Site,
) -> None:
    jonas = await site.follow("jonas")
    mia = await site.follow("mia")
    jonas.reading.clear()
    contents = [f"{number} {'x' * 20_000}" for number in range(1_000)]
    await publish_many(site, contents)
    await mia.until(lambda: len(mia.contents) == len(contents), patience=60)
    await site.call("mia", "DELETE", "/groups/qm/members/jonas@example.org")
    await site.post("mia", "after")
    await mia.until_content("after")
    jonas.reading.set()
    assert await jonas.until_closed(patience=60) == 1006, "cut off, not seen out"
    assert jonas.contents == contents[: len(jonas.contents)]
    assert len(jonas.contents) < len(contents), "only what the kernel had taken already"
    await jonas.connect(site.nodes[0].port)
    await jonas.until_op("error")
    assert "after" not in jonas.contents


async def test_t25_who_takes_nothing_at_all_is_closed_and_leaves_nothing(
    database_url: str, redis_url: str
) -> None:
    async with running(
        database_url, redis_url, heartbeat="1", stall_timeout="2", stream_linger="0.1"
    ) as site:
        mia = await site.follow("mia")
        before = await until(site, lambda seen: seen["headrace_bus_up"] == 1)
        stalled = [await site.follow("jonas") for _ in range(_STALLED)]
        for one in stalled:
            one.reading.clear()
        contents = [f"{number} {'x' * 20_000}" for number in range(1_000)]
        await publish_many(site, contents)
        await mia.until(lambda: len(mia.contents) == len(contents), patience=60)
        lagging = "headrace_connections{lagging}"
        await until(
            site, lambda seen: seen[lagging] == _STALLED and seen["headrace_unsent_bytes"] > 0
        )
        async with asyncio.timeout(30):
            while (await scrape(site))["headrace_aborts_total{stalled}"] < _STALLED:
                await mia.send({"op": "ping", "id": "meanwhile"})
                await mia.until_op("pong", len(mia.of("pong")) + 1, patience=1)
        seen = await until(site, lambda seen: not _left(seen, before))
        assert seen["headrace_lag_transitions_total{lagging}"] >= _STALLED
        assert seen["process_open_fds"] < before["process_open_fds"] + _STALLED
        assert mia.closed is None
        again = stalled[0]
        again.reading.set()
        await again.connect(site.nodes[0].port)
        await again.until(lambda: len(again.contents) == len(contents), patience=60)
        assert again.contents == contents


def _left(seen: Scrape, before: Scrape) -> dict[str, float]:
    """The gauges that are not as before; the window keeps what was published, for all."""
    window = "headrace_window_bytes"
    return {name: seen[name] for name in seen.gauges - {window} if seen[name] != before[name]}


async def test_t28_a_bus_that_hangs_holds_up_no_heartbeat(database_url: str) -> None:
    async with with_own_bus(database_url) as (site, bus):
        jonas = await site.follow("jonas")
        bus.freeze()
        try:
            for number in range(5):
                await site.post("mia", f"number {number}", node=1)
                await jonas.send({"op": "ping", "id": str(number)})
                await jonas.until_op("pong", number + 1, patience=1)
            await jonas.until_content("number 4")
        finally:
            bus.thaw()
        assert jonas.contents == [f"number {number}" for number in range(5)]


@pytest.mark.parametrize(
    "offer", ["x-all-powerful", "permessage-deflate; server_max_window_bits=99"]
)
async def test_t32_what_a_client_claims_is_never_given_back(site: Site, offer: str) -> None:
    url = f"ws://localhost:{site.nodes[0].port}/api/v1/live"
    headers = {
        "Authorization": f"Bearer {site.tokens['olga']}",
        "Sec-WebSocket-Extensions": offer,
    }
    protocols = [Subprotocol("headrace.v9.everything"), Subprotocol("headrace.v1.json")]
    async with connect(
        url, additional_headers=headers, subprotocols=protocols, compression=None
    ) as socket:
        assert socket.subprotocol == "headrace.v1.json"
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers
        await socket.recv()
        claim = '{"op":"subscribe","id":"1","groups":["qm"],"person":"mia","role":"owner"}'
        await socket.send(claim)
        answer = str(await socket.recv())
        assert '"code":"not_found"' in answer
        assert "owner" not in answer
