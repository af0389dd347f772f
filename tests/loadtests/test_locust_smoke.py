"""A few users for two seconds on a real node, through the commands that people use."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from headrace.log import migrate
from loadtests.locust.cast import Cast
from tests.scenario.conftest import NodeProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def node(database_url: str, redis_url: str) -> AsyncIterator[NodeProcess]:
    await migrate(database_url)
    started = await NodeProcess.start(_environment(database_url, redis_url))
    yield started
    await started.stop()


async def test_users_find_nothing_amiss_in_a_real_node(
    node: NodeProcess, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    cast = str(tmp_path / "cast.json")
    environment = _environment(database_url, redis_url)
    made = await _command(environment, "setup", "--people", "40", "--cast", cast, "--trace", "none")
    assert made.startswith("40 people, 67 groups"), made

    report = tmp_path / "report.html"
    shown = await _command(
        environment,
        *("steady", "--cast", cast, "--host", node.url, "--trace", "none"),
        *("--users", "26", "--spawn-rate", "26", "--run-time", "2s", "--html", str(report)),
        *("--trace-speed", "20000"),
    )
    assert "Nothing was missing, doubled, reordered or unauthorised." in shown
    assert "publish" in shown
    assert "delivery" in shown
    assert report.exists()

    # The same node, but users who believe that they are in fewer groups: whatever they get of the
    # others is unauthorised to them.
    told = Cast.load(Path(cast))
    told.people[:] = [msgspec.structs.replace(one, groups=()) for one in told.people]
    told.save(Path(cast))
    shown = await _command(
        environment,
        *("steady", "--cast", cast, "--host", node.url, "--trace", "none"),
        *("--users", "10", "--run-time", "1s", "--html", str(report)),
        code=1,
    )
    assert "BREACH: @load-" in shown
    assert "unauthorised: stream" in shown


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
