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


#: Connections that are kept at hand. To give one back to the pool and to take it out again costs
#: a task, a timer and three turns of the loop (measured: a tenth of what a publication costs).
_AT_HAND = 4


class Database:
    """A pool that connects when it is first used, so that a node can start before its database."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._at_hand: list[Connection] = []
        self._waiting = 0

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
            while self._at_hand:
                await self._pool.release(self._at_hand.pop())
            async with asyncio.timeout(2):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    def connection(self) -> Lease:
        """A connection for reads. Raises Unavailable while the database is away."""
        return Lease(self)

    async def take(self) -> Connection:
        """A connection to be given back. Raises Unavailable."""
        while self._at_hand:
            connection = self._at_hand.pop()
            if not _is_gone(connection):
                return connection
            await self._pool.release(connection)
        self._waiting += 1
        try:
            return await self._pool.acquire()
        except (*AWAY, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            raise Unavailable(_MESSAGE) from error
        finally:
            self._waiting -= 1

    async def give_back(self, connection: Connection, *, is_sound: bool) -> None:
        """Keep a connection at hand, unless somebody waits for it or something went wrong."""
        if is_sound and not self._waiting and len(self._at_hand) < _AT_HAND:
            self._at_hand.append(connection)
        else:
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


class Lease:
    """A connection for as long as the context lasts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._connection = await self._database.take()
        return self._connection

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        connection = self._connection
        is_away = _is_away(error, connection)
        await self._database.give_back(connection, is_sound=error is None)
        if is_away:
            raise Unavailable(_MESSAGE) from error


def _is_away(error: BaseException | None, connection: Connection) -> bool:
    """Whether that went wrong because the database is away, and by no fault of ours."""
    if isinstance(error, asyncpg.InternalClientError):
        # asyncpg's word for a session that the server ended while nobody was using it.
        connection.terminate()
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return _is_gone(connection)  # else it was used in a way it cannot be
    return isinstance(error, AWAY)


def _is_gone(connection: Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True  # it ended while it was at hand, and the pool has taken it back by itself
