"""The bus as a real cluster of three, with sharded pub/sub: servers die, slots move, nobody
misses anything."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from tests.scenario.conftest import running
from tests.scenario.scrapes import bus_is_up, scrape
from tests.scenario.servers import OF_A_CLUSTER, cluster, valkey
from tests.scenario.writers import seconds_to
from tests.waiting import until_answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenario.conftest import Site
    from tests.scenario.servers import Cluster, Valkey

#: Longer than any of these tests: what arrives came over the bus, or because it was found broken.
NEVER = "600"


@asynccontextmanager
async def clustered(database_url: str) -> AsyncIterator[tuple[Site, Cluster]]:
    """Two nodes on a cluster, who ask the log for nothing while the bus is up."""
    async with (
        cluster() as servers,
        running(database_url, servers.url, nodes=2, poll_interval=NEVER) as site,
    ):
        await all_up(site)
        yield site, servers


async def all_up(site: Site) -> None:
    for node in range(len(site.nodes)):
        await until_answered(partial(bus_is_up, site, node))


async def channel_of(site: Site) -> str:
    """The channel of the group's internal stream."""
    receipt = await site.post("mia", "the first", level="internal")
    return f"headrace:{{{receipt['stream']}}}"


async def test_every_shard_carries_its_streams(database_url: str) -> None:
    async with clustered(database_url) as (site, servers):
        for number in range(12):
            made = await site.call(
                "mia", "POST", "/groups", {"name": f"group-{number}", "title": "One of many"}
            )
            assert made.status_code == 201
        mia = await site.follow("mia", 1)
        for number in range(12):
            path = f"/groups/group-{number}/activities"
            answer = await site.call("mia", "POST", path, {"content": f"number {number}"}, node=0)
            assert answer.status_code == 201
        for number in range(12):
            await mia.until_content(f"number {number}")
        channels = [len(await server.ask("PUBSUB SHARDCHANNELS")) for server in servers.servers]
        assert all(count > 2 for count in channels), channels


async def test_a_shard_that_dies_costs_nobody_anything_and_latency_recovers(
    database_url: str,
) -> None:
    async with clustered(database_url) as (site, servers):
        channel = await channel_of(site)
        clients = [await site.follow("jonas", node) for node in (0, 1)]
        dead = await servers.owner(channel)
        await dead.kill()
        for number in range(10):
            await site.post("mia", f"without {number}", node=number % 2)
        for client in clients:
            await client.until_content("without 9")
        assert not await bus_is_up(site, 0)
        await dead.start()
        await until_answered(servers.agrees)
        await all_up(site)
        assert await seconds_to(site, clients[1], "again", level="internal") < 2
        expected = [*(f"without {number}" for number in range(10)), "again"]
        for client in clients:
            await client.until_content("again")
            assert client.contents == expected


async def test_a_replica_takes_over_from_a_shard_that_dies(database_url: str) -> None:
    async with clustered(database_url) as (site, servers), valkey(*OF_A_CLUSTER) as replica:
        channel = await channel_of(site)
        clients = [await site.follow("jonas", node) for node in (0, 1)]
        dead = await servers.owner(channel)
        await servers.add_replica(replica, dead)
        await dead.kill()
        await site.post("mia", "while nobody carries it", level="internal")
        await until_answered(lambda: carries(replica, channel))
        await all_up(site)
        assert await seconds_to(site, clients[1], "again", level="internal") < 2
        for client in clients:
            await client.until_content("again")
            assert client.contents == ["while nobody carries it", "again"]


async def test_slots_move_while_people_write(database_url: str) -> None:
    async with clustered(database_url) as (site, servers):
        channel = await channel_of(site)
        clients = [await site.follow("jonas", node) for node in (0, 1)]
        others = [one for one in servers.servers if one is not await servers.owner(channel)]

        async def write() -> None:
            for number in range(60):
                await site.post("mia", f"number {number}", number % 2, level="internal")

        writing = asyncio.create_task(write())
        for target in others:
            await clients[0].until_content(f"number {20 * others.index(target)}")
            await servers.move(channel, target)
            await until_answered(partial(carries, target, channel))
        await writing
        for client in clients:
            await client.until_content("number 59")
            assert client.contents == [f"number {number}" for number in range(60)]
        assert await seconds_to(site, clients[1], "at the new place", level="internal") < 2
        assert (await scrape(site))["headrace_bus_channels_moved_total"] > 0


async def carries(server: Valkey, channel: str) -> bool:
    return channel in await server.ask("PUBSUB SHARDCHANNELS")
