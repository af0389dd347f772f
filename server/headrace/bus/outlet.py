"""A connection that announces at one server of the bus."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

import hiredis
from redis.exceptions import ResponseError

from headrace.bus.places import AWAY, PATIENCE
from headrace.bus.wire import Wire, command, slot_moved
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
    """Sends in order, as soon as it can: what comes while answers are out goes together next.

    What a server refuses because it no longer carries the channel goes to ``on_moved(messages)``;
    what cannot be sent at the second attempt is dropped.
    """

    def __init__(
        self,
        server: Server,
        *,
        sharded: bool,
        counts: Counts,
        on_moved: Callable[[list[Message]], None],
    ) -> None:
        self._server = server
        self._verb = verb(sharded=sharded).encode()
        self._counts = counts
        self._on_moved = on_moved
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Message] = deque()
        self._sent: list[Message] = []
        self._answers: list[Any] = []
        self._has_failed_once = False
        self._wire: Wire | None = None
        self._is_due = False
        self._sent_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._needed = asyncio.Event()
        self._task = watched(self._keep_connected(), "announcing on the bus")

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: Message) -> None:
        """Send it in its turn. Where the server does not keep up, the oldest are dropped."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self._counts.dropped += 1
        self._waiting.append(message)
        if not self._is_due:  # together with what else is said in this turn of the loop
            self._is_due = True
            self._loop.call_soon(self._go_on)

    async def close(self) -> None:
        """Stop; what waits is in the log anyway."""
        if self._watch is not None:
            self._watch.cancel()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # Over a connection.

    def _go_on(self) -> None:
        self._is_due = False
        if self._wire is None:
            self._needed.set()
        elif not self._sent and self._waiting:
            self._take_up()
            self._send(self._wire)

    def _take_up(self) -> None:
        self._sent = list(self._waiting)
        self._waiting.clear()
        self._has_failed_once = False

    def _send(self, wire: Wire) -> None:
        commands = [command(self._verb, *message) for message in self._sent]
        wire.send(b"".join(commands))
        self._sent_at = self._loop.time()
        if self._watch is None:
            self._watch = self._loop.call_later(PATIENCE, self._look)

    def _look(self) -> None:
        """One timer for all that is sent meanwhile. Whether an answer takes too long."""
        self._watch = None
        if self._wire is None or not self._sent:
            return
        left = self._sent_at + PATIENCE - self._loop.time()
        if left <= 0:
            self._wire.fail(TimeoutError("the bus does not answer"))
        else:
            self._watch = self._loop.call_later(left, self._look)

    def _take(self, answer: Any) -> None:
        self._answers.append(answer)
        if len(self._answers) == len(self._sent):
            self._settle()
            self._go_on()

    def _settle(self) -> None:
        answered = list(zip(self._sent, self._answers, strict=True))
        self._sent, self._answers = [], []
        moved = [message for message, answer in answered if slot_moved(answer) is not None]
        refused = sum(isinstance(answer, hiredis.ReplyError) for _, answer in answered)
        self._counts.announced += len(answered) - refused
        self._counts.dropped += refused - len(moved)
        if moved:
            self._on_moved(moved)

    # Connections.

    async def _keep_connected(self) -> None:
        while True:
            if not self._sent:
                await self._needed.wait()
                self._take_up()
            self._needed.clear()
            try:
                await self._serve()
            except AWAY as error:
                log.debug("announcing failed: %s", error)
            self._failed()
            await asyncio.sleep(_PAUSE)

    async def _serve(self) -> None:
        """One connection, for as long as it holds. Raises one of AWAY."""
        async with asyncio.timeout(PATIENCE):
            wire = await Wire.open(self._server, self._take)
        try:
            self._wire = wire
            self._send(wire)
            await wire.lost
        finally:
            self._wire = None
            await wire.close()

    def _failed(self) -> None:
        """What is not answered is sent once more."""
        self._answers = []
        if self._has_failed_once:
            self._counts.dropped += len(self._sent)
            self._sent = []
        self._has_failed_once = True
        if self._waiting:
            self._needed.set()


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
