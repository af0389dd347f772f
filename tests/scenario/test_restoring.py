"""A log that is put back from a backup, as an operator does it: clients are told to start again."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from tests.scenario.conftest import NodeProcess, running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenario.conftest import Place, Site


async def epoch_of(site: Site) -> str:
    """As a client's connection learns it, and the same over HTTP."""
    client = await site.follow("jonas")
    epoch: str = client.of("welcome")[0]["epoch"]
    assert (await site.call("jonas", "GET", "/me")).json()["epoch"] == epoch
    return epoch


async def test_t07_a_directory_put_back_from_its_copy_has_another_epoch(place: Place) -> None:
    async with place.up() as site:
        before = await epoch_of(site)
        await site.post("mia", "in the backup")
    copy = place.path.with_name("copy")
    await asyncio.to_thread(shutil.copytree, place.path, copy, symlinks=True)
    async with place.up() as site:
        assert await epoch_of(site) == before
        lost = await site.post("mia", "lost with what was not in the backup")
    await asyncio.to_thread(put_back, copy, place.path)
    async with place.up() as site:
        assert await epoch_of(site) != before
        assert (await site.post("mia", "under the same number"))["seq"] == lost["seq"]
        assert "clients start again" in site.nodes[0].output


def put_back(copy: Path, path: Path) -> None:
    """As root the files belong to another account, whom a copy has to belong to as well."""
    owner = path / "postgres" / "PG_VERSION"
    uid, gid = owner.stat().st_uid, owner.stat().st_gid
    shutil.rmtree(path)
    shutil.copytree(copy, path, symlinks=True)
    for one in [path / "postgres", *(path / "postgres").rglob("*")]:
        shutil.chown(one, uid, gid)


async def test_t07_nodes_end_where_the_operator_says_that_the_log_was_restored(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url, poll_interval="0.1") as site:
        before = await epoch_of(site)
        await site.command("restored")
        (node,) = site.nodes
        async with asyncio.timeout(20):
            assert await node.process.wait() == 1
        assert f"the log's epoch was {before} and is" in node.output
        site.nodes = [await NodeProcess.start(site.environment)]
        assert await epoch_of(site) != before
