"""PostgreSQL and Valkey of a benchmark: started once, a database of its own for each scenario."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
import redis

from headrace.embedded import start_engines
from headrace.log import migrate
from loadtests.bench.machine import OTHER_CORES, pinned

if TYPE_CHECKING:
    from collections.abc import Iterator


class Addresses(NamedTuple):
    """Where a log and a bus answer."""

    database_url: str
    redis_url: str


class Lab:
    """Engines that scenarios share. Durable as in production: nothing is switched off."""

    def __init__(self, addresses: Addresses, directory: Path) -> None:
        self._addresses = addresses
        self._names = (f"bench_{number}" for number in count(1))
        self.directory = directory

    async def fresh(self) -> Addresses:
        """An empty, migrated log of its own, and the bus emptied."""
        name, url = next(self._names), self._addresses.database_url
        connection = await asyncpg.connect(url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        with redis.Redis.from_url(self._addresses.redis_url) as client:
            client.flushall()
        own = url.replace("/headrace?", f"/{name}?")
        await migrate(own)
        return Addresses(own, self._addresses.redis_url)


@contextmanager
def lab() -> Iterator[Lab]:
    """Engines in a directory for the time being, off the server's core."""
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name, pinned(*OTHER_CORES):
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL does not run as root: its own user has to get in
        data = directory / "engines"
        data.mkdir(mode=0o711)
        (data / "postgres.conf").write_text("track_commit_timestamp = on\n")
        with start_engines(data, bus=True) as running:
            yield Lab(Addresses(running.database_url, running.redis_url), directory)
