"""A connection to a server of the bus whose answers go to a function as they come.

redis-py dials: addresses, passwords, TLS. Then the transport is ours, since a stream to be read, a
task that reads it and a timer for each answer cost several times what it costs to take one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

import hiredis

from headrace.bus.places import AWAY, dial

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.bus.places import Server

_NOT_YET = object()
_HUNG_UP = "the bus hung up"


class Wire(asyncio.Protocol):
    """``on_answer(answer)`` gets what the server says (RESP2), refusals as hiredis.ReplyError.

    ``lost`` never has a result. It fails once the connection is lost, with one of AWAY, or once
    ``on_answer`` has, with what that raised; then nothing more is taken or said.
    """

    def __init__(self, connection: Any, on_answer: Callable[[Any], None]) -> None:
        self._connection = connection
        self._on_answer = on_answer
        self._reader = hiredis.Reader(notEnoughData=_NOT_YET)
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # The stream that redis-py has made is told when this is over: whoever closes waits for it.
        self._transport: Any = connection._writer.transport
        self._stream = self._transport.get_protocol()
        self._transport.set_protocol(self)
        if self._transport.is_closing() or connection._reader.at_eof():
            self.fail(ConnectionResetError(_HUNG_UP))

    @classmethod
    async def open(cls, server: Server, on_answer: Callable[[Any], None]) -> Self:
        """Dial. Raises one of AWAY."""
        connection = dial(server)
        try:
            await connection.connect()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return cls(connection, on_answer)

    def say(self, *words: bytes) -> None:
        """Send a command."""
        self.send(command(*words))

    def send(self, commands: bytes) -> None:
        """Send what ``command`` has made. What is lost is lost: ``lost`` tells."""
        if not self.lost.done() and not self._transport.is_closing():
            self._transport.write(commands)

    def fail(self, error: Exception) -> None:
        """It is of no use any more."""
        if not self.lost.done():
            self.lost.set_exception(error)
            self._transport.abort()

    async def close(self) -> None:
        """Hang up."""
        if not self.lost.cancel() and not self.lost.cancelled():
            self.lost.exception()  # whoever closes knows
        try:
            await self._connection.disconnect()
        except AWAY:
            self._transport.abort()

    # What the transport calls.

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while not self.lost.done() and (answer := self._reader.gets()) is not _NOT_YET:
                self._on_answer(answer)
        except hiredis.HiredisError as error:
            self.fail(ConnectionError(f"what the bus says makes no sense: {error}"))
        except Exception as error:  # noqa: BLE001 (whoever waits on ``lost`` gets it)
            self.fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stream.connection_lost(exc)
        self.fail(exc or ConnectionResetError(_HUNG_UP))


def command(*words: bytes) -> bytes:
    """A command as it is sent."""
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub wants one word
    return packed


def slot_moved(answer: Any) -> int | None:
    """The slot of which a server says that another has it (``MOVED slot address``)."""
    if not isinstance(answer, hiredis.ReplyError):
        return None
    words = str(answer).split()
    return int(words[1]) if words[0] == "MOVED" else None
