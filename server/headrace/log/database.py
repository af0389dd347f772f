"""The pool: connections, transactions, and what it means when they fail."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from headrace.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: A connection as the functions of this package take it.
Connection = Any  # asyncpg has no usable types: a pool hands out proxies of Connection

#: The database is away, going away or coming back: the caller may try again.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
)

_MESSAGE = "the database does not answer; nothing accepted is lost"


async def _keep(_: Connection) -> None:
    """Nothing here sets anything on a session: there is nothing to reset, and no round trip."""


class Database:
    """A pool that connects when it is first used, so that a node can start before its database."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, url: str, *, size: int = 10, command_timeout: float = 60) -> Database:
        """A pool of at most ``size`` connections; none is made yet."""
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            command_timeout=command_timeout,
            timeout=5,
            reset=_keep,
            # Pages walk short stretches of indexes. Without statistics of how short, the planner
            # prefers to merge whole indexes (measured: 154 ms instead of 7).
            server_settings={
                "application_name": "headrace",
                "jit": "off",
                "enable_mergejoin": "off",
            },
        )
        return cls(pool)

    async def close(self) -> None:
        """Close the pool; what still runs is given two seconds."""
        try:
            async with asyncio.timeout(2):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for reads. Raises Unavailable while the database is away."""
        try:
            connection = await self._pool.acquire()
        except (*AWAY, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            raise Unavailable(_MESSAGE) from error
        try:
            yield connection
        except AWAY as error:
            raise Unavailable(_MESSAGE) from error
        except asyncpg.InternalClientError as error:
            # asyncpg's word for a session that the server ended while nobody was using it.
            connection.terminate()
            raise Unavailable(_MESSAGE) from error
        except asyncpg.InterfaceError as error:
            if connection.is_closed():
                raise Unavailable(_MESSAGE) from error
            raise  # ours: the connection was used in a way it cannot be
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction. Raises Unavailable while the database is away."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection that sees one moment of the log in all its reads."""
        async with (
            self.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection
