"""Readers of server-sent events, against a server that cuts what it sends as it pleases."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from loadtests.bench.readers import ForeignEvents, Plan, Readers, ReadersFailed, reading
from loadtests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
WELCOME = b"data: welcome\n\n"


class Server:
    """Answers whoever comes with the same bytes, and sends more when it is told to."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.port = 0
        self.asked = b""
        self.writers: list[asyncio.StreamWriter] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked = await reader.readuntil(b"\r\n\r\n")
        self.writers.append(writer)
        writer.write(self._answer)

    def send(self, data: bytes) -> None:
        for writer in self.writers:
            writer.write(data)


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[Server]:
    server = Server(answer)
    listening = await asyncio.start_server(server.take, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
        for writer in server.writers:
            writer.close()


@asynccontextmanager
async def reader_of(answer: bytes) -> AsyncIterator[tuple[Server, Readers]]:
    async with serving(answer) as server:
        foreign = ForeignEvents("/live?topic=hot", "welcome")
        async with reading([Plan(server.port, "secret", ())], foreign=foreign) as readers:
            await readers.reset()
            yield server, readers


async def until_bytes(readers: Readers, wanted: int) -> None:
    async def are_here() -> bool:
        return (await readers.harvest()).bytes >= wanted

    await until(are_here, 10.0)


def chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%X%s\r\n%s\r\n" % (len(data), extension, data)


def event(number: int) -> bytes:
    """With all that may be around the data, which is in two lines."""
    return (
        b": a comment\r\nid: %d\r\nevent: message\r\n"
        b"data: t=12 n=%d and\r\ndata:more\r\nretry: 5\r\n\r\n" % (number, number)
    )


async def test_a_reader_asks_for_events_and_shows_its_token() -> None:
    async with reader_of(WHOLE + WELCOME) as (server, _):
        assert server.asked.startswith(b"GET /live?topic=hot HTTP/1.1\r\n")
        assert b"Accept: text/event-stream\r\n" in server.asked
        assert b"Authorization: Bearer secret\r\n" in server.asked


async def test_events_are_understood_when_they_come_byte_by_byte() -> None:
    first, second = event(1), event(2)
    # Cuts within an event, an extension, and two events in one chunk.
    sent = chunk(first[:40]) + chunk(first[40:], b';a="bc"') + chunk(second + event(3))
    async with reader_of(CHUNKED + chunk(WELCOME)) as (server, readers):
        for at in range(len(sent)):
            server.send(sent[at : at + 1])
            await until_bytes(readers, at + 1)
        harvest = await readers.harvest()
    assert harvest.faults_of(3) == []
    assert (harvest.frames, harvest.bytes) == (3, len(sent))


async def test_events_are_understood_when_they_come_all_at_once() -> None:
    sent = b"".join(event(number).replace(b"\r\n", b"\n") for number in range(1, 51))
    async with reader_of(WHOLE + WELCOME) as (server, readers):
        server.send(sent)
        await readers.until_count(50)
        harvest = await readers.harvest()
    assert harvest.faults_of(50) == []


async def test_an_event_that_is_missing_or_doubled_is_noticed() -> None:
    async with reader_of(CHUNKED + chunk(WELCOME)) as (server, readers):
        server.send(b"".join(chunk(event(number)) for number in (1, 2, 4, 4, 5)))
        await readers.until_count(5)
        harvest = await readers.harvest()
    assert (harvest.gaps, harvest.repeats) == (1, 1)


async def test_a_body_that_ends_counts_as_a_lost_connection() -> None:
    async with reader_of(CHUNKED + chunk(WELCOME)) as (server, readers):
        server.send(chunk(event(1)) + b"0\r\n\r\n")

        async def is_lost() -> bool:
            return (await readers.harvest()).lost == 1

        await until(is_lost, 10.0)
        assert await readers.count() == 1


async def test_an_answer_that_is_no_stream_fails_the_readers() -> None:
    async with serving(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as server:
        with pytest.raises(ReadersFailed, match="1 failed"):
            async with reading([Plan(server.port, "", ())], foreign=ForeignEvents("/", "")):
                pass
