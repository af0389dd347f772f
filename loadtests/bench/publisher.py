"""Requests over HTTP/1.1 on kept connections, at a rate that does not wait for answers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple, cast

import httptools

if TYPE_CHECKING:
    from collections.abc import Callable


#: Seconds; servers hang up on idle connections after five or more.
_MOST_IDLE = 2.0


class Answer(NamedTuple):
    status: int
    body: bytes


class Refused(Exception):
    """The server answered a publication with an error."""


class _Connection(asyncio.Protocol):
    """One request at a time. The server hangs up on connections that are idle for a while."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._is_open = True
        self._idle_since = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether the server is not about to hang up on it."""
        return self._is_open and time.monotonic() - self._idle_since < _MOST_IDLE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._answer is None:
            raise AssertionError("an answer without a question")
        if not self._answer.done():  # whoever asked has given up meanwhile
            self._answer.set_result(Answer(self._parser.get_status_code(), self._body))
        self._answer = None
        self._idle_since = time.monotonic()
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""

    async def ask(self, request: bytes) -> Answer:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()


class Publisher:
    """Publishes as one person, on as many connections as there are requests under way."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        self._free: list[_Connection] = []

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Any request."""
        connection = await self._connection()
        head = f"{method} /api/v1{path}{self._head}Content-Length: {len(body)}\r\n\r\n"
        answer = await connection.ask(head.encode() + body)
        self._free.append(connection)
        return answer

    async def _connection(self) -> _Connection:
        while self._free:
            if (kept := self._free.pop()).is_fresh:
                return kept
            kept.close()
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(_Connection, "127.0.0.1", self._port))[1]

    async def publish(self, group: str, body: bytes) -> Answer:
        """One activity. Raises Refused."""
        answer = await self.ask("POST", f"/groups/{group}/activities", body)
        if answer.status != 201:
            raise Refused(answer.body.decode())
        return answer

    async def publish_batch(self, group: str, lines: list[bytes]) -> Answer:
        """Several activities in one request. Raises Refused."""
        answer = await self.ask("POST", f"/groups/{group}/activities:batch", b"\n".join(lines))
        if answer.status != 200 or b'"error"' in answer.body:
            raise Refused(answer.body.decode())
        return answer

    def close(self) -> None:
        """Hang up."""
        for connection in self._free:
            connection.close()


async def at_rate(
    number: int, interval: float, begin: Callable[[int, int], asyncio.Task[Answer]]
) -> None:
    """Call ``begin(n, due_ns)`` for 0 … number-1 every ``interval`` seconds, on time, whether or
    not earlier ones were answered; then wait for all of them. Raises what they raise."""
    first = time.monotonic_ns() + 50_000_000
    tasks = []
    for n in range(number):
        due = first + round(n * interval * 1e9)
        await asyncio.sleep((due - time.monotonic_ns()) / 1e9)
        tasks.append(begin(n, due))
    await asyncio.gather(*tasks)
