"""Migrations that do something with what is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from headrace.log import schema
from tests.conftest import execute, url_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy import Connection

    from headrace.embedded import Engines

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6Impvbl8iLCJzdWIiOiJqb25hcyJ9.c2lnbmF0dXJl"
SESSION = "decode('{:064x}', 'hex')"


@pytest.fixture
def empty(engines: Engines, database_names: Iterator[str]) -> Iterator[str]:
    """A database without anything in it."""
    name = next(database_names)
    execute(engines, f"CREATE DATABASE {name}")
    yield url_of(engines, name)
    execute(engines, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def connection(empty: str) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(empty)
    yield made
    await made.close()


async def upgrade(database_url: str, revision: str) -> None:
    """Bring a database to an earlier version."""
    engine = create_async_engine("postgresql+asyncpg://" + database_url.partition("://")[2])

    def work(connection: Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()


async def on_disk(connection: asyncpg.Connection) -> bytes:
    """What the table's file holds."""
    await connection.execute("CHECKPOINT")
    found: bytes = await connection.fetchval(
        "SELECT pg_read_binary_file(pg_relation_filepath('provided_session'))"
    )
    return found


async def test_open_id_tokens_are_gone_from_the_disk_and_their_sessions_are_not(
    empty: str, connection: asyncpg.Connection
) -> None:
    await upgrade(empty, "0018")
    await connection.execute("SET session_replication_role = replica")  # nobody's sessions
    for number in range(3):
        await connection.execute(
            "INSERT INTO provided_session (session, issuer, subject, sid, id_token) "
            f"VALUES ({SESSION.format(number)}, 'https://id.example', 'jonas', $1, $2)",
            f"s{number}",
            TOKEN,
        )
    await connection.execute(f"DELETE FROM provided_session WHERE session = {SESSION.format(0)}")
    await connection.execute("RESET session_replication_role")
    assert TOKEN.encode() in await on_disk(connection)

    await schema.migrate(empty)

    assert TOKEN.encode() not in await on_disk(connection)
    rows = await connection.fetch("SELECT sid, hint FROM provided_session ORDER BY sid")
    assert [tuple(row) for row in rows] == [("s1", None), ("s2", None)]
