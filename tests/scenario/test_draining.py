"""A node that goes down: it takes nobody new, sends its clients away in turns, loses nothing."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from headrace.live.codes import DRAINING
from tests.scenario.conftest import NodeProcess, running

if TYPE_CHECKING:
    from tests.scenario.client import LiveClient
    from tests.scenario.conftest import Site


def go_down(node: NodeProcess) -> None:
    node.process.send_signal(signal.SIGTERM)


async def refusal(site: Site) -> InvalidStatus | None:
    """What the first node answers to somebody who wants to connect; None if it lets them in."""
    try:
        async with connect(
            f"ws://localhost:{site.nodes[0].port}/api/v1/live",
            additional_headers={"Authorization": f"Bearer {site.tokens['olga']}"},
        ):
            return None
    except InvalidStatus as refused:
        return refused


async def test_clients_are_sent_away_in_turns_and_the_node_works_until_the_last(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, drain_rate="1", drain_timeout="60") as site:
        clients = [await site.follow("jonas") for _ in range(4)]
        loop = asyncio.get_running_loop()
        began = loop.time()
        go_down(site.nodes[0])
        assert await clients[0].until_closed() == DRAINING.code
        ready = await site.call("mia", "GET", "/../../readyz")
        assert (ready.status_code, ready.json()["checks"]["node"]) == (503, "draining")
        refused = await refusal(site)
        assert refused is not None
        assert refused.response.status_code == 503
        assert int(refused.response.headers["Retry-After"]) >= 1
        await site.post("mia", "still here")
        await clients[-1].until_content("still here")
        for client in clients[1:]:
            assert await client.until_closed() == DRAINING.code
        assert loop.time() - began >= 3, "one a second, the first at once"
        async with asyncio.timeout(10):
            await site.nodes[0].process.wait()


async def test_each_client_is_told_when_to_come_back_and_not_all_the_same(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, retry_spread="100") as site:
        clients = [await site.follow("jonas") for _ in range(8)]
        await site.nodes[0].stop()
        pauses = set()
        for client in clients:
            assert await client.until_closed() == DRAINING.code
            assert client.closed is not None
            pauses.add(json.loads(client.closed[1])["retry_after"])
        assert len(pauses) > 1
        assert all(1 <= pause <= 101 for pause in pauses)


async def test_who_does_not_read_does_not_keep_the_node_from_going(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url) as site:
        stuck = await site.follow("jonas")
        stuck.reading.clear()
        text = "x" * 60_000
        await asyncio.gather(*(site.post("mia", f"{n} {text}") for n in range(60)))
        async with asyncio.timeout(15):
            await site.nodes[0].stop()


async def test_a_second_signal_ends_it_at_once(database_url: str, redis_url: str) -> None:
    async with running(database_url, redis_url, drain_rate="0.1", drain_timeout="600") as site:
        clients = [await site.follow("jonas") for _ in range(3)]
        go_down(site.nodes[0])
        await clients[0].until_closed()
        assert clients[-1].closed is None, "its turn is in twenty seconds"
        go_down(site.nodes[0])
        async with asyncio.timeout(5):
            await site.nodes[0].process.wait()
        for client in clients[1:]:
            assert await client.until_closed() == DRAINING.code


async def test_workers_send_their_clients_away_too(database_url: str, redis_url: str) -> None:
    async with running(database_url, redis_url, workers="2", drain_rate="4") as site:
        clients = [await site.follow("jonas") for _ in range(6)]
        go_down(site.nodes[0])
        for client in clients:
            assert await client.until_closed() == DRAINING.code
        async with asyncio.timeout(15):
            await site.nodes[0].process.wait()


async def test_a_second_signal_ends_workers_at_once(database_url: str, redis_url: str) -> None:
    async with running(
        database_url, redis_url, workers="2", drain_rate="0.1", drain_timeout="600"
    ) as site:
        clients = [await site.follow("jonas") for _ in range(5)]
        go_down(site.nodes[0])
        told = [asyncio.create_task(client.until_closed()) for client in clients]
        await asyncio.wait(told, return_when=asyncio.FIRST_COMPLETED)
        go_down(site.nodes[0])
        async with asyncio.timeout(5):
            await site.nodes[0].process.wait()
        await asyncio.gather(*told)


class Load:
    """Somebody who writes one after the other, and never the same twice, whatever node is away."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.accepted: list[str] = []
        self.ending = asyncio.Event()

    async def run(self) -> None:
        while not self.ending.is_set():
            await self._post(f"number {len(self.accepted)}")

    async def _post(self, content: str) -> None:
        for attempt in range(1_000):
            with suppress(httpx.TransportError):  # nobody listens there just now
                answer = await self._site.call(
                    *("mia", "POST", "/groups/qm/activities", {"content": content}),
                    node=(len(self.accepted) + attempt) % len(self._site.nodes),
                    Idempotency_Key=content,
                )
                if answer.status_code == 201:
                    self.accepted.append(content)
                    return
                assert answer.status_code == 503, answer.text
        raise AssertionError(f"nobody took {content}")


class Regular:
    """A client that comes back, to whichever node takes it."""

    def __init__(self, site: Site, client: LiveClient) -> None:
        self._site = site
        self.client = client
        self.codes: list[int] = []

    async def stay(self) -> None:
        while True:
            self.codes.append(await self.client.until_closed(patience=120))
            await self._come_back()

    async def _come_back(self) -> None:
        for attempt in range(1_000):
            node = self._site.nodes[(len(self.codes) + attempt) % len(self._site.nodes)]
            try:
                await self.client.connect(node.port)
            except (InvalidStatus, OSError):
                continue
            return
        raise AssertionError("no node takes it")


async def test_a_rolling_restart_under_load_loses_nothing(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, nodes=2, drain_rate="20", retry_spread="0") as site:
        load = Load(site)
        regulars = [Regular(site, await site.follow("jonas", n % 2)) for n in range(10)]
        staying = [asyncio.create_task(regular.stay()) for regular in regulars]
        writing = asyncio.create_task(load.run())
        for index in range(2):
            await regulars[0].client.until(lambda: len(load.accepted) >= 5)
            await site.nodes[index].stop()
            site.nodes[index] = await NodeProcess.start(site.environment)
        load.ending.set()
        await writing
        for regular in regulars:
            await regular.client.until_content(load.accepted[-1])
            assert regular.client.contents == load.accepted
            # Both nodes went once, so nobody has to move more than twice.
            assert 1 <= len(regular.codes) <= 2
            assert set(regular.codes) == {DRAINING.code}
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
