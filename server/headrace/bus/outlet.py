"""A connection that announces at one server of the bus."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from redis.exceptions import MovedError, ResponseError

from headrace.bus.places import AWAY, PATIENCE, dial
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headrace.bus.counts import Counts
    from headrace.bus.places import Server

log = logging.getLogger(__name__)

#: A channel and what is said on it.
Message = tuple[bytes, bytes]
_MOST_WAITING = 10_000
_PAUSE = 0.1


class Outlet:
    """Sends in order, as soon as it can. What a server refuses because it no longer carries the
    channel goes to ``on_moved(messages)``; what cannot be sent at the second attempt is dropped.
    """

    def __init__(
        self,
        server: Server,
        *,
        sharded: bool,
        counts: Counts,
        on_moved: Callable[[list[Message]], None],
    ) -> None:
        self._verb = verb(sharded=sharded)
        self._counts = counts
        self._on_moved = on_moved
        self._connection = dial(server)
        self._waiting: deque[Message] = deque()
        self._has_some = asyncio.Event()
        self._task = watched(self._keep_sending(), "announcing on the bus")

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: Message) -> None:
        """Send it in its turn. Where the server does not keep up, the oldest are dropped."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self._counts.dropped += 1
        self._waiting.append(message)
        self._has_some.set()

    async def close(self) -> None:
        """Stop; what waits is in the log anyway."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._connection.disconnect()

    async def _keep_sending(self) -> None:
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            batch = list(self._waiting)
            self._waiting.clear()
            try:
                await self._send(batch)
            except AWAY as error:
                log.debug("announcing failed: %s", error)
                await asyncio.sleep(_PAUSE)
                await self._send_again(batch)

    async def _send_again(self, batch: Sequence[Message]) -> None:
        """A connection that was broken long ago is only found to be so when it is used."""
        try:
            await self._send(batch)
        except AWAY as error:
            log.debug("announcing failed again: %s", error)
            self._counts.dropped += len(batch)

    async def _send(self, batch: Sequence[Message]) -> None:
        answers = await publish(self._connection, self._verb, batch)
        moved = [
            message
            for message, answer in zip(batch, answers, strict=True)
            if isinstance(answer, MovedError)
        ]
        self._counts.announced += sum(not isinstance(answer, Exception) for answer in answers)
        refused = sum(isinstance(answer, Exception) for answer in answers) - len(moved)
        self._counts.dropped += refused
        if moved:
            self._on_moved(moved)


def verb(*, sharded: bool) -> str:
    """The command that says something: within a shard, or as ever."""
    return "SPUBLISH" if sharded else "PUBLISH"


async def publish(connection: Any, command: str, batch: Sequence[Message]) -> list[Any]:
    """Say all of it in one round trip; answers what the server said to each. Raises one of AWAY.

    The connection is opened if it is not open, and closed if anything goes wrong.
    """
    async with asyncio.timeout(PATIENCE):
        await connection.send_packed_command(
            connection.pack_commands((command, *message) for message in batch)
        )
        return [await _answer(connection) for _ in batch]


async def _answer(connection: Any) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as refusal:
        return refusal
