"""`headrace up` and the engines it has started: they are killed, and it goes on or says why not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import psutil

from headrace.embedded.postmaster import Postmaster
from tests.scenario.writers import Writer, entries, have_refused
from tests.waiting import until, until_answered

if TYPE_CHECKING:
    from tests.scenario.conftest import Place, Site


def valkey_of(site: Site) -> psutil.Process:
    children = psutil.Process(site.nodes[0].process.pid).children()
    (found,) = (child for child in children if child.name().startswith("valkey"))
    return found


async def answers(site: Site, status: str) -> bool:
    health = await site.call("mia", "GET", "/../../readyz")
    return bool(health.json()["status"] == status)


async def demand_all_of_it(site: Site, writers: list[Writer]) -> None:
    """What was accepted is in the log, and who followed has the log, in order."""
    last = await site.post("mia", "the last")
    kept = await entries(site, last["stream"])
    assert len(kept) == len(set(kept))
    for writer in writers:
        assert writer.accepted == [one for one in kept if one in set(writer.accepted)]
        assert {answer.status_code for answer in writer.refused} <= {503}
    for client in site.clients:
        await client.until_content("the last")
        assert client.closed is None
        assert client.contents == kept


async def test_a_killed_postgresql_is_back_and_nothing_that_was_accepted_is_lost(
    place: Place,
) -> None:
    async with place.up() as site:
        await site.follow("jonas")
        writers = [Writer(site, f"writer {number}", 0) for number in range(3)]
        tasks = [asyncio.create_task(writer.run()) for writer in writers]
        for _ in range(2):
            for writer in writers:
                await writer.until_accepted(5)
                writer.refused.clear()
            place.postgres.kill()
            await until(partial(have_refused, writers), patience=60)
        for writer in writers:
            await writer.until_accepted(5)
            writer.is_over = True
        await asyncio.gather(*tasks)
        await demand_all_of_it(site, writers)
        said = site.nodes[0].output
        assert said.count("PostgreSQL has ended unexpectedly and is started again.") == 2
        assert said.count("PostgreSQL runs again.") == 2


async def test_a_killed_valkey_is_back_and_nobody_missed_anything(place: Place) -> None:
    async with place.up("de") as site:
        await site.follow("jonas")
        await until_answered(partial(answers, site, "ok"))
        writers = [Writer(site, f"writer {number}", 0) for number in range(3)]
        tasks = [asyncio.create_task(writer.run()) for writer in writers]
        for writer in writers:
            await writer.until_accepted(5)
        former = valkey_of(site)
        former.kill()
        await until_answered(partial(answers, site, "degraded"))
        await until_answered(partial(answers, site, "ok"))
        for writer in writers:
            await writer.until_accepted(5)
            writer.is_over = True
        await asyncio.gather(*tasks)
        assert not any(writer.refused for writer in writers)
        await demand_all_of_it(site, writers)
        assert valkey_of(site).pid != former.pid
        assert "Valkey ist unerwartet zu Ende gegangen" in site.nodes[0].output
        assert "Valkey läuft wieder." in site.nodes[0].output


async def test_up_that_is_stopped_starts_no_engine(place: Place) -> None:
    async with place.up() as site:
        engines = [place.postgres, valkey_of(site)]
        site.nodes[0].process.terminate()
        for engine in engines:
            engine.kill()
        await site.nodes[0].stop()
        assert site.nodes[0].process.returncode == 0
        assert "started again" not in site.nodes[0].output
    found = Postmaster.read(place.path / "postgres")
    assert found is None or not found.serves(place.path / "postgres")


async def test_up_whose_postgresql_does_not_start_any_more_ends_and_says_why(place: Place) -> None:
    async with place.up() as site:
        node = site.nodes[0]
        (place.path / "postgres.conf").write_text("max_connections = many\n")
        place.postgres.kill()
        async with asyncio.timeout(90):
            assert await node.process.wait() == 1
        assert node.draining is not None
        await node.draining
        assert "Error: PostgreSQL did not start 6 times in a row, so Headrace has ended" in (
            node.output
        )
        assert 'invalid value for parameter "max_connections"' in node.output
        assert node.output.count("the next try follows") == 5


async def doctor(place: Place) -> str:
    """What it says where something is wrong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "headrace.cli", "doctor", *place.options),
        env=os.environ | {"HEADRACE_LANG": "en", "COLUMNS": "1000"},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    assert process.returncode == 1
    return said.decode()


async def test_the_doctor_knows_that_up_runs_and_its_bus_does_not_answer(place: Place) -> None:
    async with place.up() as site:
        valkey = valkey_of(site)
        valkey.send_signal(signal.SIGSTOP)
        try:
            said = await doctor(place)
        finally:
            valkey.send_signal(signal.SIGCONT)
    assert "`headrace up` runs, but its Valkey does not answer" in said
    assert "It runs while" not in said
    assert "Nothing is wrong" not in said
