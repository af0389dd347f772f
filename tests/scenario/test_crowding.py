"""More come than can be let in: they are told, and those who are connected do not suffer."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from headrace.live.codes import CROWDED, TOO_MANY_CONNECTIONS
from tests.scenario.conftest import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenario.conftest import Site


@asynccontextmanager
async def nobody_is_known(database_url: str) -> AsyncIterator[None]:
    """While this lasts, looking up a token waits."""
    admin = await asyncpg.connect(database_url)
    try:
        async with admin.transaction():
            await admin.execute("LOCK TABLE token IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await admin.close()


async def come(site: Site, **headers: str) -> ClientConnection:
    return await connect(
        f"ws://localhost:{site.nodes[0].port}/api/v1/live",
        additional_headers={"Authorization": f"Bearer {site.tokens['jonas']}"} | headers,
    )


async def test_whoever_waits_too_long_for_their_turn_is_told_to_come_back_later(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, admissions="2", admission_patience="0.5") as site:
        connected = await site.follow("mia")
        async with nobody_is_known(database_url):
            sockets = await asyncio.gather(*(come(site) for _ in range(5)))
            closing = [asyncio.create_task(socket.wait_closed()) for socket in sockets]
            gone: set[asyncio.Task[None]] = set()
            while len(gone) < 3:
                gone, _ = await asyncio.wait(closing, return_when=asyncio.FIRST_COMPLETED)
                closing = [task for task in closing if not task.done()] + list(gone)
            await connected.send({"op": "ping", "id": "still here"})
            await connected.until_op("pong")
            assert len(gone) == 3, "two are being let in"
        turned_away = [socket for socket in sockets if socket.close_code is not None]
        for socket in turned_away:
            assert socket.close_code == CROWDED.code
            assert json.loads(socket.close_reason or "")["retry_after"] >= 1
        for socket in set(sockets) - set(turned_away):
            assert '"op":"welcome"' in str(await socket.recv())
            await socket.close()
        await asyncio.gather(*closing)
        await site.follow("jonas")


async def test_a_full_node_says_when_to_come_back(database_url: str, redis_url: str) -> None:
    async with running(database_url, redis_url, max_connections="1") as site:
        await site.follow("jonas")
        with pytest.raises(InvalidStatus) as raised:
            await come(site)
        response = raised.value.response
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) >= 1


async def test_one_address_has_no_more_connections_than_may_come_from_it(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, max_connections_address="2") as site:
        jonas, _ = await site.follow("jonas"), await site.follow("mia")
        with pytest.raises(InvalidStatus) as raised:
            await come(site)
        response = raised.value.response
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) >= 1
        assert json.loads(response.body or b"")["code"] == "too_many_connections"
        elsewhere = await come(site, **{"X-Forwarded-For": "192.0.2.1"})
        assert '"op":"welcome"' in str(await elsewhere.recv())
        await elsewhere.close()
        await jonas.close()
        await (await come_when_there_is_room(site)).close()


async def test_a_person_has_no_more_connections_than_they_may(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, max_connections_person="2") as site:
        jonas, other = await site.follow("jonas"), await site.follow("jonas")
        third = await come(site)
        await third.wait_closed()
        assert third.close_code == TOO_MANY_CONNECTIONS.code
        assert json.loads(third.close_reason or "")["retry_after"] >= 1
        await site.follow("mia")
        await other.close()
        await (await come_when_there_is_room(site)).close()
        await site.post("mia", "for who is there")
        await jonas.until_content("for who is there")


async def come_when_there_is_room(site: Site) -> ClientConnection:
    """The node hears of who has left a moment after they have."""
    async with asyncio.timeout(10):
        while True:
            try:
                socket = await come(site)
                assert '"op":"welcome"' in str(await socket.recv())
                return socket
            except (InvalidStatus, ConnectionClosed):
                continue


async def test_who_subscribes_without_end_is_held_up_and_others_are_not(
    database_url: str, redis_url: str
) -> None:
    async with running(
        database_url, redis_url, limit_subscribe="3/30", max_subscriptions="2"
    ) as site:
        mia, jonas = await site.follow("mia"), await site.follow("jonas")
        for number in ("2", "3"):
            await jonas.send({"op": "subscribe", "id": number, "groups": "home"})
        await jonas.until(lambda: jonas.of("error"))
        assert jonas.of("error")[0]["code"] == "too_many_subscriptions"
        await jonas.send({"op": "unsubscribe", "id": "2"})
        await jonas.send({"op": "subscribe", "id": "4", "groups": "home"})
        await jonas.until(lambda: len(jonas.of("error")) == 2)
        told = jonas.of("error")[1]
        assert (told["code"], told["ref"], told["retry"]) == ("rate_limited", "4", True)
        assert 0 < told["retry_after"] <= 31
        await mia.send({"op": "subscribe", "id": "2", "groups": "home"})
        await mia.until(lambda: len(mia.of("subscribed")) == 2)


async def test_a_storm_of_more_than_fit_at_once_is_let_in_one_after_the_other(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, admissions="2") as site:
        clients = await asyncio.gather(*(site.follow("jonas") for _ in range(60)))
        await site.post("mia", "welcome, all")
        for client in clients:
            await client.until_content("welcome, all")
