"""What a command works with: its words, the settings, and an open log with the door for writes."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import click
import uvloop
from sqlalchemy.exc import DBAPIError

from headrace.administration import Administration
from headrace.auth import Accounts
from headrace.bus import announce_now
from headrace.cli.errors import Refusal
from headrace.cli.words import VARIABLE, Words, language
from headrace.embedded import start_engines
from headrace.errors import ConfigurationError, NotFound, Unavailable
from headrace.log import Database, directory, migrate
from headrace.publishing import Publisher
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence

    from headrace.embedded import Engines
    from headrace.model.entries import Ending, Entry
    from headrace.model.people import Person

T = TypeVar("T")


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Program:
    """One run of the program: its environment and its language."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = {name: value for name, value in environ.items() if name != VARIABLE}
        self.words = Words(language(environ))

    def settings(self, **overrides: object) -> Settings:
        """The settings. Raises ConfigurationError."""
        return Settings.load(self.environ, **overrides)

    def say(self, key: str, /, **values: object) -> None:
        """Print a text to standard output."""
        click.echo(self.words(key, **values))

    def warn(self, key: str, /, **values: object) -> None:
        """Print a text to standard error."""
        click.echo(self.words(key, **values), err=True)

    @staticmethod
    def run(work: Coroutine[Any, Any, T]) -> T:
        """Run to the end what a command does."""
        return uvloop.run(work)


class Runtime:
    """An open log. What is published through it is announced by ``flush``, at the latest at the
    end; where the bus is away, nodes find it in the log."""

    def __init__(self, database: Database, redis_url: str, *, batch: int) -> None:
        self._redis_url = redis_url
        self._outgoing: list[Entry | Ending] = []
        self._is_bus_away = False
        self.database = database
        self.publisher = Publisher(
            database,
            self.announce,
            clock=utc_now,
            random_bits=secrets.randbits,
            batch=batch,
        )
        self.administration = Administration(
            self.publisher, clock=utc_now, random_bits=secrets.randbits
        )

    def announce(self, told: Sequence[Entry | Ending]) -> None:
        """Keep what running nodes are to be told."""
        if not self._is_bus_away:
            self._outgoing.extend(told)

    async def flush(self) -> None:
        """Tell running nodes what was committed so far."""
        entries, self._outgoing = self._outgoing, []
        if entries and not await announce_now(self._redis_url, entries):
            self._is_bus_away = True


@asynccontextmanager
async def opened(settings: Settings, *, batch: int = 128) -> AsyncIterator[Runtime]:
    """The log that the settings name, our own one started if need be and brought to this version.

    Raises Refusal, ConfigurationError, NewerData.
    """
    with engines(settings) as running, told_plainly():
        if running is not None:
            await migrate(running.database_url)
        database = await Database.connect(database_url(settings, running))
        try:
            async with database.connection() as connection:
                await _demand_tables(connection)
            runtime = Runtime(database, redis_url(settings, running), batch=batch)
            yield runtime
            await runtime.flush()
        finally:
            await database.close()


def accounts_of(runtime: Runtime, settings: Settings) -> Accounts:
    """The accounts of an open log."""
    return Accounts(
        runtime.database, utc_now, secrets.token_bytes, settings, announce=runtime.announce
    )


async def person_called(runtime: Runtime, email: str) -> Person:
    """An active person. Raises Refusal."""
    async with runtime.database.connection() as connection:
        found = await directory.find_person(connection, email)
    if found is None or not found.active:
        raise Refusal(NotFound, "no person", email=email)
    return found


@contextmanager
def engines(settings: Settings) -> Iterator[Engines | None]:
    """The engines of our own for as long as they are needed; None if others are named."""
    if not settings.embedded:
        yield None
        return
    with start_engines(settings.data, bus=False) as running:
        yield running


def database_url(settings: Settings, running: Engines | None) -> str:
    """PostgreSQL's URL."""
    return settings.database_url if running is None else running.database_url


def redis_url(settings: Settings, running: Engines | None) -> str:
    """The bus's URL."""
    return settings.redis_url if running is None else running.redis_url


@contextmanager
def told_plainly() -> Iterator[None]:
    """Errors of the database in a sentence. Raises Refusal."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        raise _refused(error.orig if isinstance(error, DBAPIError) else error) from error
    except Unavailable as error:
        if isinstance(error.__cause__, asyncpg.PostgresError):
            raise _refused(error.__cause__) from error
        raise Refusal(Unavailable, "database away") from error
    except (ConnectionError, TimeoutError) as error:
        raise Refusal(Unavailable, "database away") from error


def _refused(error: BaseException | None) -> Refusal:
    reason = str(error).partition("\n")[0]
    return Refusal(ConfigurationError, "database refuses", reason=reason)


async def _demand_tables(connection: Any) -> None:
    if await connection.fetchval("SELECT to_regclass('audit')") is None:
        raise Refusal(ConfigurationError, "database empty")
