"""HTTP/1.1 on a kept connection, as little of it as publishing takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from loadtests.bench.publisher import Answer, Refused

if TYPE_CHECKING:
    from loadtests.peers.peer import Dialect


class Poster:
    """Publishes payloads one after the other, in the order in which they were due."""

    def __init__(self, port: int, dialect: Dialect) -> None:
        self._port = port
        self._dialect = dialect
        own = "".join(f"{name}: {value}\r\n" for name, value in dialect.headers.items())
        self._head = f"POST {dialect.publish} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{own}"
        self._turn = asyncio.Lock()
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, payload: str) -> Answer:
        """Publish; raises Refused."""
        body = self._dialect.body_of(payload)
        request = f"{self._head}Content-Length: {len(body)}\r\n\r\n{body}"
        async with self._turn:
            try:
                answer = await self._ask(request.encode())
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise Refused("the server hung up on the publisher") from error
        if answer.status >= 300:
            raise Refused(answer.body.decode())
        return answer

    async def _ask(self, request: bytes) -> Answer:
        if self._connection is None:
            self._connection = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._connection
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await _body(reader, head)
        if b"connection: close" in head:
            self.close()
        return Answer(int(head.split(b" ", 2)[1]), body)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    _, found, length = head.partition(b"content-length:")
    if found:
        return await reader.readexactly(int(length.split(b"\r\n")[0]))
    if b"transfer-encoding: chunked" in head:
        return await reader.readuntil(b"0\r\n\r\n")
    return b""
