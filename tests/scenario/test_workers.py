"""Workers and their supervisor: neither outlives the other for long."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from headrace.live.codes import DRAINING
from tests.scenario.conftest import running
from tests.waiting import until, until_answered

if TYPE_CHECKING:
    from tests.scenario.conftest import NodeProcess, Site


def started(site: Site) -> list[psutil.Process]:
    """Those that there are by now, whether or not they serve."""
    children = psutil.Process(site.nodes[0].process.pid).children()
    return [one for one in children if any("spawn_main" in word for word in one.cmdline())]


async def workers(site: Site) -> list[psutil.Process]:
    """Both, once they serve."""

    async def both_tell() -> bool:
        told = (await site.call("mia", "GET", "/../../metrics")).text
        return 'worker="1"' in told and 'worker="2"' in told

    await until_answered(both_tell)
    return started(site)


async def gone(processes: list[psutil.Process], patience: float = 20) -> None:
    def all_gone() -> bool:
        return not any(one.is_running() and one.status() != "zombie" for one in processes)

    await until(all_gone, patience)


async def ended(node: NodeProcess, patience: float) -> None:
    """It and all that it has started, who write where it did."""
    assert node.draining is not None
    async with asyncio.timeout(patience):
        await node.process.wait()
        await node.draining


async def test_workers_whose_supervisor_was_killed_send_their_clients_away_and_end(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, workers="2") as site:
        left = await workers(site)
        clients = [await site.follow("jonas") for _ in range(4)]
        site.nodes[0].process.kill()
        try:
            for client in clients:
                assert await client.until_closed() == DRAINING.code
            await gone(left)
        finally:
            for worker in left:
                if worker.is_running():
                    worker.kill()
            await ended(site.nodes[0], 5)


async def test_a_worker_that_hangs_does_not_keep_the_others_from_going_down(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, workers="2", drain_timeout="0") as site:
        stuck, _ = await workers(site)
        stuck.send_signal(signal.SIGSTOP)
        site.nodes[0].process.terminate()
        try:
            await ended(site.nodes[0], 25)
        finally:
            if stuck.is_running():
                stuck.kill()


async def test_a_worker_that_takes_its_time_to_start_is_not_given_up(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, workers="2") as site:
        await until(lambda: len(started(site)) == 2)
        slow, other = started(site)
        slow.send_signal(signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await gone([slow], 7)
        slow.send_signal(signal.SIGCONT)
        assert await workers(site) == [slow, other]
