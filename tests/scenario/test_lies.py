"""What looks well and is not: a cable that carries nothing, a replica cut off, a database that was
restarted, a clock that is set. Nobody misses anything, nobody gets anything twice."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headrace.embedded.postgres import Postgres
from headrace.log import migrate
from tests.cable import laid
from tests.conftest import POSTGRES
from tests.scenario.conftest import NodeProcess, running
from tests.scenario.scrapes import bus_is_up, scrape
from tests.scenario.servers import Valkey, valkey
from tests.scenario.writers import Writer, entries, have_refused, seconds_to
from tests.waiting import until, until_answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenario.conftest import Site

NEVER = "600"


async def add_node(site: Site, *program: str, **environment: str) -> None:
    """One more node, set up otherwise."""
    site.nodes.append(await NodeProcess.start(site.environment | environment, *program))


async def test_a_bus_whose_cable_carries_nothing_is_found_out_and_dialled_again(
    database_url: str,
) -> None:
    async with (
        valkey() as server,
        laid(server.port) as cable,
        running(database_url, server.url, poll_interval="4") as site,
    ):
        bus = f"redis://127.0.0.1:{cable.port}"
        await add_node(site, HEADRACE_REDIS_URL=bus, HEADRACE_POLL_INTERVAL=NEVER)
        for node in (0, 1):
            await site.follow("jonas", node)
            await until_answered(partial(bus_is_up, site, node))
        cable.pause()
        for number in range(5):
            await site.post("mia", f"unheard {number}")
        await site.clients[1].until_content("unheard 4")
        assert not await bus_is_up(site, 1)
        await site.post("mia", "from the far side", node=1)
        await site.clients[0].until_content("from the far side")
        cable.flow()
        await until_answered(partial(bus_is_up, site, 1))
        assert await seconds_to(site, site.clients[1], "heard again") < 2
        expected = [*(f"unheard {number}" for number in range(5)), "from the far side"]
        for client in site.clients:
            await client.until_content("heard again")
            assert client.contents == [*expected, "heard again"]
        assert (await scrape(site, 1))["headrace_bus_probe_timeouts_total"] >= 1


async def test_a_replica_that_was_cut_off_is_found_out(database_url: str) -> None:
    async with (
        valkey() as master,
        valkey("--replicaof", f"127.0.0.1 {master.port}") as replica,
        running(database_url, master.url, poll_interval="3") as site,
    ):
        await until_answered(partial(is_a_copy, replica))
        await add_node(site, HEADRACE_REDIS_URL=replica.url)
        for node in (0, 1):
            await site.follow("jonas", node)
            await until_answered(partial(bus_is_up, site, node))
        far = site.clients[1]
        assert await seconds_to(site, far, "copied") < 2
        await replica.ask("REPLICAOF NO ONE")
        contents = ["copied"]
        async with asyncio.timeout(60):
            while not (await scrape(site, 1))["headrace_bus_lies_total"]:
                contents.append(f"not copied {len(contents)}")
                await seconds_to(site, far, contents[-1])
        for number in range(3):
            contents.append(f"known to be missing {number}")
            assert await seconds_to(site, far, contents[-1]) < 2.5, (
                "asked more often than as a rule"
            )
        for client in site.clients:
            await client.until_content(contents[-1])
            assert client.contents == contents


async def is_a_copy(replica: Valkey) -> bool:
    about = await replica.ask("INFO", "replication")
    return bool(about["master_link_status"] == "up")


def prepared(directory: Path) -> Path:
    directory.chmod(0o711)
    (directory / "postgres.conf").write_text(POSTGRES)
    return directory


@asynccontextmanager
async def own_database() -> AsyncIterator[tuple[Postgres, str]]:
    """A PostgreSQL that may be restarted."""
    with tempfile.TemporaryDirectory(prefix="headrace-tests-") as name:
        directory = prepared(Path(name))
        server = Postgres(directory / "postgres")
        url = await asyncio.to_thread(server.start)
        try:
            await migrate(url)
            yield server, url
        finally:
            await asyncio.to_thread(server.stop)


async def test_a_database_that_restarts_under_load_loses_nothing_that_was_accepted(
    redis_url: str,
) -> None:
    async with own_database() as (server, url), running(url, redis_url, nodes=2) as site:
        clients = [await site.follow("jonas", node) for node in (0, 1)]
        writers = [Writer(site, f"writer {number}", number % 2) for number in range(4)]
        tasks = [asyncio.create_task(writer.run()) for writer in writers]
        for writer in writers:
            await writer.until_accepted(3)
        await asyncio.to_thread(server.stop)
        await until(partial(have_refused, writers), patience=60)
        await asyncio.to_thread(server.start)
        for writer in writers:
            await writer.until_accepted(5)
            writer.is_over = True
        await asyncio.gather(*tasks)
        last = await site.post("mia", "the last")
        for client in clients:
            await client.until_content("the last")
        kept = await entries(site, last["stream"])
        accepted = {content for writer in writers for content in writer.accepted}
        assert accepted <= set(kept)
        assert len(kept) == len(set(kept))
        for client in clients:
            assert client.closed is None
            assert client.contents == kept
        for answer in [answer for writer in writers for answer in writer.refused]:
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("wrong", [86_400.0, -86_400.0])
async def test_a_clock_that_is_set_moves_nothing(
    database_url: str, redis_url: str, tmp_path: Path, wrong: float
) -> None:
    set_to = tmp_path / "clock"
    set_to.write_text(str(wrong))
    async with running(database_url, redis_url, heartbeat="1") as site:
        program = ("-m", "tests.scenario.wrong_clock")
        await add_node(site, *program, CLOCK_FILE=str(set_to), PYTHONPATH=os.pathsep.join(PATHS))
        for node in (0, 1):
            await site.follow("jonas", node)
        ticket = (await site.call("jonas", "POST", "/live/ticket", node=0)).json()
        assert ticket
        for number, jump in enumerate((wrong, -wrong, 0.0)):
            set_to.write_text(str(jump))
            await site.post("mia", f"number {number}", node=1)
            for client in site.clients:
                await client.until_content(f"number {number}")
            await beats(site, 1, 2)
        for client in site.clients:
            assert client.closed is None
            assert client.contents == [f"number {number}" for number in range(3)]
            for activity in client.seen:
                published = datetime.fromisoformat(activity["published"])
                assert abs(datetime.now(UTC) - published) < timedelta(minutes=5)


PATHS = (str(Path(__file__).parents[2] / "server"), str(Path(__file__).parents[2]))


async def beats(site: Site, node: int, count: int) -> None:
    """Wait for some more heartbeats to be answered."""
    wanted = (await scrape(site, node))["headrace_ping_seconds_count"] + count

    async def came() -> bool:
        return (await scrape(site, node))["headrace_ping_seconds_count"] >= wanted

    await until_answered(came)
