"""The database's version: bring it up, or say that it is too new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import pool, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from headrace.errors import NewerData, Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Any number that is ours: two nodes that start together migrate one after the other.
_LOCK = 0x4865616472616365


async def migrate(database_url: str) -> None:
    """Bring the database to this version. Raises NewerData, Unavailable."""
    engine = create_async_engine(_dialect(database_url), poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except (OSError, OperationalError, InterfaceError) as error:
        raise Unavailable(f"the database cannot be reached: {error}") from error
    finally:
        await engine.dispose()


async def versions(database_url: str) -> tuple[str | None, str]:
    """The version of the database, None where it has none, and that of the program."""
    engine = create_async_engine(_dialect(database_url), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_versions)
    finally:
        await engine.dispose()


def _versions(connection: Connection) -> tuple[str | None, str]:
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if wanted is None:
        raise AssertionError("the program was built without its migrations")
    return MigrationContext.configure(connection).get_current_revision(), wanted


def _dialect(database_url: str) -> str:
    return "postgresql+asyncpg://" + database_url.partition("://")[2]


def _upgrade(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise NewerData(
                f"the database is at version {revision}, which this program does not know; "
                "it was written by a newer Headrace: upgrade the program"
            )
