"""A proxy in front of a node: it lies once to everybody who follows that node live."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from websockets.frames import Frame, Opcode

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator

Message = dict[str, Any]
#: What to send in place of two activities that follow each other in a stream.
Lie = Callable[[Message, Message], list[Message]]
_CHUNK = 65_536
_LENGTHS = {126: 2, 127: 8}  # bytes in which a longer length is written (RFC 6455, section 5.2)
#: The lie is about a stream in which so many activities came, and so more will.
_BUSY = 3


def leave_out(first: Message, second: Message) -> list[Message]:
    return [second]


def double(first: Message, second: Message) -> list[Message]:
    return [first, first, second]


def swap(first: Message, second: Message) -> list[Message]:
    return [second, first]


def pass_over(first: Message, second: Message) -> list[Message]:
    return [{"op": "checkpoint", "streams": {first["stream"]: first["seq"]}}, second]


def betray(first: Message, second: Message) -> list[Message]:
    return [first | {"activity": first["activity"] | {"level": "confidential"}}, second]


class Tale:
    """What one client is told."""

    def __init__(self, lie: Lie) -> None:
        self._lie = lie
        self._seen: Counter[str] = Counter()
        self._held: Message | None = None
        self._is_told = False

    def told(self, message: Message) -> list[Message]:
        """What to send for a message."""
        if self._is_told or message["op"] != "activity":
            return [message]
        if self._held is None:
            return self._hold(message)
        if message["stream"] != self._held["stream"]:
            return [message]
        self._is_told = True
        return self._lie(self._held, message)

    def _hold(self, message: Message) -> list[Message]:
        self._seen[message["stream"]] += 1
        if self._seen[message["stream"]] < _BUSY:
            return [message]
        self._held = message
        return []


@asynccontextmanager
async def liar(port: int, lie: Lie) -> AsyncIterator[str]:
    """A proxy to a local port; gives its URL."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        upstream, upward = await asyncio.open_connection("localhost", port)
        down = asyncio.create_task(_tell(upstream, writer, Tale(lie)))
        with suppress(ConnectionError, asyncio.CancelledError):
            await _pass_on(reader, upward)
        await asyncio.wait([down], timeout=1)
        down.cancel()
        for end in (upward, writer):
            end.close()

    server = await asyncio.start_server(serve, "localhost")
    async with server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}"


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def _tell(reader: StreamReader, writer: StreamWriter, tale: Tale) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        if b" 101 " in head.partition(b"\r\n")[0]:
            await _follow(reader, writer, tale)
        else:
            await _pass_on(reader, writer)


async def _follow(reader: StreamReader, writer: StreamWriter, tale: Tale) -> None:
    while True:
        frame = await _frame(reader)
        if frame.opcode is not Opcode.TEXT:
            writer.write(frame.serialize(mask=False))
            continue
        for message in tale.told(json.loads(bytes(frame.data))):
            text = json.dumps(message).encode()
            writer.write(Frame(Opcode.TEXT, text).serialize(mask=False))
        await writer.drain()


async def _frame(reader: StreamReader) -> Frame:
    """A server's frame, whole (RFC 6455, section 5.2)."""
    first, length = await reader.readexactly(2)
    if length in _LENGTHS:
        length = int.from_bytes(await reader.readexactly(_LENGTHS[length]))
    return Frame(Opcode(first & 0x0F), await reader.readexactly(length))
