"""The command line as users call it, timed from the outside."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loadtests.bench.engines import Addresses

ENTRY = (sys.executable, "-m", "headrace.cli")


class Finished(NamedTuple):
    """A command that has ended: seconds by the clock, start of Python included."""

    code: int
    seconds: float
    output: str


def environment(addresses: Addresses, **settings: object) -> dict[str, str]:
    """The environment of a command on these engines; settings by name, as ``heartbeat=25``."""
    own = {f"HEADRACE_{name.upper()}": str(value) for name, value in settings.items()}
    return (
        os.environ
        # One person publishes here for a whole company.
        | {"HEADRACE_LIMIT_PUBLISH": "off"}
        | own
        | {
            "HEADRACE_DATABASE_URL": addresses.database_url,
            "HEADRACE_REDIS_URL": addresses.redis_url,
            "PYTHONUNBUFFERED": "1",
        }
    )


async def run(addresses: Addresses, *arguments: str) -> Finished:
    """Run a command to its end."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *ENTRY,
        *arguments,
        env=environment(addresses),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return Finished(process.returncode or 0, time.monotonic() - began, output.decode())
