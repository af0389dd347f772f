"""Real engines for all tests: started once, a fresh database and an empty bus for each test."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import redis

from headrace.embedded import Engines, start_engines

if TYPE_CHECKING:
    from collections.abc import Iterator

#: No test pulls the plug, so none has to wait for the disk. When something was committed is known
#: by the clock that tests look at; nodes reckon theirs.
POSTGRES = """\
track_commit_timestamp = on
fsync = off
synchronous_commit = off
full_page_writes = off
"""
TEMPLATE = "migrated"
#: What nodes seal with.
SECRET_KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """PostgreSQL and Valkey, shared by the session. Not below pytest's own directory, whose
    modes the next session resets under the feet of this one."""
    with tempfile.TemporaryDirectory(prefix="headrace-tests-") as name:
        data = Path(name)
        data.chmod(0o711)
        (data / "postgres.conf").write_text(POSTGRES)
        with start_engines(data, bus=True) as running:
            yield running


@pytest.fixture(scope="session")
def template(engines: Engines) -> str:
    """The name of a migrated, empty database."""
    from headrace.log import migrate  # who needs no database need not import it either

    execute(engines, f"CREATE DATABASE {TEMPLATE}")
    asyncio.run(migrate(url_of(engines, TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def database_url(engines: Engines, template: str, database_names: Iterator[str]) -> Iterator[str]:
    """A migrated database of the test's own."""
    name = next(database_names)
    # A copy of files takes a third of the time of a copy through the write-ahead log.
    execute(engines, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield url_of(engines, name)
    execute(engines, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_names() -> Iterator[str]:
    return (f"test_{number}" for number in count(1))


@pytest.fixture
def redis_url(engines: Engines) -> str:
    """The bus, emptied."""
    with redis.Redis.from_url(engines.redis_url) as client:
        client.flushall()
    return engines.redis_url


def url_of(engines: Engines, database: str) -> str:
    """The URL of a database beside the default one."""
    return engines.database_url.replace("/headrace?", f"/{database}?")


def execute(engines: Engines, statement: str) -> None:
    """Run a statement outside any transaction."""

    async def run() -> None:
        connection = await asyncpg.connect(engines.database_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
