"""A few users for two seconds on a real node, through the commands that people use."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from headrace.log import migrate
from loadtests.locust.cast import Cast
from tests.loadtests import lying
from tests.scenario.conftest import NodeProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LIES: dict[lying.Lie, str] = {
    lying.leave_out: "missing: between",
    lying.double: "doubled or reordered: ",
    lying.swap: "doubled or reordered: ",
    lying.pass_over: "missing: ",
    lying.betray: "unauthorised: ",
}


@pytest.fixture
async def node(database_url: str, redis_url: str) -> AsyncIterator[NodeProcess]:
    await migrate(database_url)
    started = await NodeProcess.start(_environment(database_url, redis_url))
    yield started
    await started.stop()


class Hall(NamedTuple):
    """A node with people on it, and how users are told of both."""

    node: NodeProcess
    environment: dict[str, str]
    cast: Path
    report: Path
    options: tuple[str, ...]

    async def load(self, kind: str, *options: str, code: int = 0) -> str:
        return await _command(self.environment, kind, *self.options, *options, code=code)


@pytest.fixture
async def hall(node: NodeProcess, database_url: str, redis_url: str, tmp_path: Path) -> Hall:
    cast, report = tmp_path / "cast.json", tmp_path / "report.html"
    environment = _environment(database_url, redis_url)
    people = ("--people", "40", "--cast", str(cast), "--trace", "none")
    made = await _command(environment, "setup", *people)
    assert made.startswith("40 people, 67 groups"), made
    options = ("--cast", str(cast), "--host", node.url, "--trace", "none", "--html", str(report))
    return Hall(node, environment, cast, report, options)


async def test_users_find_nothing_amiss_in_a_real_node(hall: Hall) -> None:
    users = ("--users", "26", "--spawn-rate", "26", "--run-time", "2s")
    shown = await hall.load("steady", *users, "--trace-speed", "20000")
    assert "Nothing was missing, doubled, reordered or unauthorised." in shown
    assert "publish" in shown
    assert "delivery" in shown
    assert hall.report.exists()

    # The same node, but users who believe that they are in fewer groups: whatever they get of the
    # others is unauthorised to them.
    told = Cast.load(hall.cast)
    told.people[:] = [msgspec.structs.replace(one, groups=()) for one in told.people]
    told.save(hall.cast)
    shown = await hall.load("steady", "--users", "10", "--run-time", "1s", code=1)
    assert "BREACH: @load-" in shown
    assert "unauthorised: stream" in shown


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
async def test_a_node_that_lies_fails_the_run(hall: Hall, lie: lying.Lie) -> None:
    async with lying.liar(hall.node.port, lie) as url:
        users = ("--users", "16", "--spawn-rate", "50", "--run-time", "2s")
        rate = ("--trace-speed", "20000", "--host", url)
        shown = await hall.load("steady", *users, *rate, code=1)
    assert re.search(f"BREACH: @load-.*: {LIES[lie]}", shown), shown
    assert "Nothing was missing" not in shown


async def test_a_day_and_a_storm_come_and_go(hall: Hall) -> None:
    for kind, *options in (
        ("day", "--users", "6", "--day-seconds", "2"),
        ("storm", "--users", "6", "--storm-every", "1", "--run-time", "2s"),
    ):
        shown = await hall.load(kind, *options)
        assert "Nothing was missing, doubled, reordered or unauthorised." in shown, kind


async def test_capacity_goes_on_until_it_is_enough_or_too_slow(hall: Hall) -> None:
    steps = ("--step-users", "6", "--step-seconds", "1")
    shown = await hall.load("capacity", *steps, "--users", "6")
    assert re.search(r"\b6 users: 99 of 100 deliveries within \d+ ms\.", shown)
    assert "This machine carries 6 users, and perhaps more." in shown
    shown = await hall.load("capacity", *steps, "--most-ms", "0")
    assert re.search(
        r"carries (fewer than 6|\d+) users: with (so many|more), one delivery in a hundred", shown
    )


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return os.environ | {
        "HEADRACE_DATABASE_URL": database_url,
        "HEADRACE_REDIS_URL": redis_url,
        "PYTHONPATH": os.pathsep.join(["server", "."]),
        "PYTHONUNBUFFERED": "1",
    }


async def _command(environment: dict[str, str], *arguments: str, code: int = 0) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtests.locust", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == code, output.decode()
    return output.decode()
