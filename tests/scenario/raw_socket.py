"""A WebSocket client that sends what it likes, byte by byte, and reads what comes back."""

from __future__ import annotations

import asyncio
import base64
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from websockets.extensions import Extension
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader as Bytes
from websockets.typing import ExtensionName

if TYPE_CHECKING:
    from collections.abc import Iterable

CONT, TEXT, BINARY, CLOSE, PING, PONG = (int(code) for code in Opcode)


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    wide: int = 0,
) -> bytes:
    """A frame (RFC 6455, section 5.2); ``wide`` writes the length in 2 or 8 bytes regardless."""
    first = fin << 7 | reserved << 4 | opcode
    size, mask_bit = len(payload), masked << 7
    if wide == 8 or size > 0xFFFF:
        head = bytes([first, mask_bit | 127]) + size.to_bytes(8, "big")
    elif wide == 2 or size > 125:
        head = bytes([first, mask_bit | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, mask_bit | size])
    if not masked:
        return head + payload
    key = os.urandom(4)
    long_key = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(long_key, "big")
    return head + key + mixed.to_bytes(size, "big")


class _Compressed(Extension):
    """Leaves compressed messages as they are."""

    name = ExtensionName("permessage-deflate")

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        return replace(frame, rsv1=False)


class RawSocket:
    """One connection, past its handshake and the welcome."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._bytes = Bytes()
        self.frames: list[Frame] = []
        self.handshake = b""

    @classmethod
    async def open(
        cls, port: int, token: str, protocol: str = "headrace.v1.json", extensions: str = ""
    ) -> RawSocket:
        reader, writer = await asyncio.open_connection("localhost", port)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /api/v1/live HTTP/1.1",
            f"Host: localhost:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {protocol}",
            f"Authorization: Bearer {token}",
            *([f"Sec-WebSocket-Extensions: {extensions}"] if extensions else []),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        socket = cls(reader, writer)
        socket.handshake = answer
        await socket.frame()
        return socket

    async def send(self, *chunks: bytes) -> None:
        """Write; whether anybody listens still is not this client's business."""
        with suppress(ConnectionError):
            for chunk in chunks:
                self._writer.write(chunk)
                await self._writer.drain()

    async def frame(self) -> Frame | None:
        """The next frame that is no heartbeat; None at the end."""
        while (found := await self._next()) is not None:
            if found.opcode is not Opcode.PING:
                self.frames.append(found)
                return found
        return None

    async def _next(self) -> Frame | None:
        parser = Frame.parse(self._bytes.read_exact, mask=False, extensions=[_Compressed()])
        async with asyncio.timeout(15):
            while True:
                try:
                    next(parser)
                except StopIteration as done:
                    found: Frame = done.value
                    return found
                try:
                    data = await self._reader.read(65_536)
                except ConnectionError:
                    return None
                if not data:
                    return None
                self._bytes.feed_data(data)

    async def answers(self, count: int) -> list[tuple[int, bytes]]:
        """The opcodes and payloads of the next frames."""
        found = []
        for _ in range(count):
            one = await self.frame()
            assert one is not None, "the connection ended"
            found.append((int(one.opcode), bytes(one.data)))
        return found

    async def close_code(self) -> int | None:
        """Read to the end; the code that the server closed with, None if without."""
        code = None
        while (one := await self.frame()) is not None:
            if one.opcode is Opcode.CLOSE:
                code = int(Close.parse(bytes(one.data)).code)
                await self.send(frame(CLOSE, bytes(one.data)))
        return code

    async def shut(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def in_pieces(data: bytes, size: int) -> Iterable[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))
