"""Who does not finish what they ask is told so and sent away: on real sockets, by a whole node."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import httpx
import msgspec
import pytest

from tests.scenario.conftest import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenario.conftest import Site

HEAD = b"POST /api/v1/groups/qm/activities HTTP/1.1\r\nHost: localhost\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
UPGRADE = (
    b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
)


@pytest.fixture
async def hasty(database_url: str, redis_url: str) -> AsyncIterator[Site]:
    async with running(
        database_url, redis_url, head_timeout="0.5", stall_timeout="1", body_rate="100000"
    ) as site:
        yield site


class Answer(NamedTuple):
    """All that a node said until it closed the connection."""

    status: int
    headers: httpx.Headers
    body: bytes

    @classmethod
    def read(cls, text: bytes) -> Answer:
        head, _, body = text.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        pairs = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        return cls(int(first.split()[1]), httpx.Headers(pairs), body)

    @property
    def problem(self) -> tuple[int, str]:
        """Its status and code, of one that is as the contract has it and the last one."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["connection"] == "close"
        assert int(self.headers["content-length"]) == len(self.body)
        told = msgspec.json.decode(self.body)
        assert told["status"] == self.status
        return self.status, told["code"]


async def said(site: Site, first: bytes, drip: bytes = b"", pause: float = 0.1) -> bytes:
    """What the node says until it closes to somebody who says this, and drips on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.nodes[0].port)

    async def go_on() -> None:
        with suppress(ConnectionError):
            while drip:
                writer.write(drip)
                await writer.drain()
                await asyncio.sleep(pause)  # a slow client is one that waits

    writer.write(first)
    dripping = asyncio.create_task(go_on())
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        dripping.cancel()
        writer.close()


def with_token(site: Site, head: bytes) -> bytes:
    return head + f"Authorization: Bearer {site.tokens['mia']}\r\n".encode()


HEADS = {
    "half": (HEALTH, b""),
    "dripping": (HEALTH, b"X: y\r\n"),
    "a letter": (b"G", b""),
    "for a WebSocket": (UPGRADE, b""),
    "after another request": (HEALTH + b"\r\n" + HEALTH, b"X: y\r\n"),
}


async def test_a_head_that_does_not_become_whole_is_given_up(hasty: Site) -> None:
    texts = await asyncio.gather(*(said(hasty, *case) for case in HEADS.values()))
    for name, text in zip(HEADS, texts, strict=True):
        last = text[text.rindex(b"HTTP/1.1 ") :]
        assert Answer.read(last).problem == (408, "request_timeout"), name


async def test_who_asks_nothing_is_told_nothing(hasty: Site) -> None:
    """A browser connects ahead, and would take it for the answer to what it asks first."""
    silent, blank = await asyncio.gather(said(hasty, b""), said(hasty, b"", b"\r\n"))
    assert silent == blank == b""


async def test_blank_lines_after_an_answer_do_not_keep_the_connection(hasty: Site) -> None:
    text = await said(hasty, HEALTH + b"\r\n", b"\r\n")
    assert text.count(b"HTTP/1.1 ") == text.count(b"HTTP/1.1 200 ") == 1


BODIES = {
    "stalled": (b"Content-Length: 1000\r\n\r\n{", b""),
    "dripping": (b"Content-Length: 1000000\r\n\r\n{", b" "),
    "stalled in chunks": (b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b""),
    "dripping in chunks": (b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n \r\n"),
    "trailers": (b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X: y\r\n"),
}


async def test_a_body_that_does_not_become_whole_is_given_up(hasty: Site) -> None:
    head = with_token(hasty, HEAD)
    texts = await asyncio.gather(
        *(said(hasty, head + more, drip) for more, drip in BODIES.values())
    )
    for name, text in zip(BODIES, texts, strict=True):
        assert Answer.read(text).problem == (408, "request_timeout"), name


async def test_a_body_that_comes_slowly_enough_is_taken(hasty: Site) -> None:
    """For longer than nothing may come: the rate is what counts."""
    content = b'{"content":"slow"' + b" " * 300_000 + b"}"
    pieces = iter([content[start : start + 15_000] for start in range(0, len(content), 15_000)])

    async def dripping() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
            await asyncio.sleep(0.1)  # a slow client is one that waits

    async with httpx.AsyncClient(base_url=hasty.nodes[0].url, timeout=15) as client:
        headers = {"Authorization": f"Bearer {hasty.tokens['mia']}"}
        path = "/api/v1/groups/qm/activities"
        answer = await client.post(path, content=dripping(), headers=headers)
        assert answer.status_code == 201
        assert "connection" not in answer.headers


async def test_what_is_too_large_is_not_read_and_the_answer_arrives(hasty: Site) -> None:
    head = with_token(hasty, HEAD) + b"Content-Length: 2147483648\r\n\r\n{"
    text = await said(hasty, head + b"x" * 1_000_000, b"x" * 100_000)
    assert Answer.read(text).problem == (413, "too_large")


async def test_a_refusal_costs_nobody_the_connection_whose_body_is_short(hasty: Site) -> None:
    """It came after its head, as many clients send it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hasty.nodes[0].port)
    for status in (b"401", b"401"):
        writer.write(HEAD + b"Content-Length: 2\r\n\r\n")
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 " + status)
            await reader.readexactly(int(Answer.read(head).headers["content-length"]))
        writer.write(b"{}")
    writer.close()


async def test_who_waits_for_a_sign_to_go_on_is_given_one(hasty: Site) -> None:
    head = with_token(hasty, HEAD) + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
    text = await said(hasty, head)
    assert text.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408 ")


REFUSED = [
    (b"nonsense\r\n\r\n", (400, "malformed_request")),
    (HEALTH + b"X: " + b"x" * 200_000 + b"\r\n\r\n", (431, "head_too_large")),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", (400, "malformed_request")),
    (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 100_000,
        (431, "head_too_large"),
    ),
    (UPGRADE + b"\r\n", (400, "malformed_request")),
    (UPGRADE + b"Sec-WebSocket-Key: short\r\n\r\n", (400, "malformed_request")),
    (UPGRADE + b"Content-Length: 5\r\n\r\n", (400, "malformed_request")),
    (UPGRADE + b"Host: elsewhere\r\n\r\n", (400, "malformed_request")),
    (UPGRADE.replace(b"GET", b"POST") + b"\r\n", (405, "method_not_allowed")),
    (
        UPGRADE.replace(b": 13", b": 8") + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        (426, "upgrade_required"),
    ),
    (UPGRADE.replace(b"/live", b"/dead") + b"\r\n", (404, "not_found")),
]


async def test_whatever_refuses_a_request_says_why(site: Site) -> None:
    known = with_token(site, HEAD)  # whoever is nobody is told so before the body is whole
    for text, problem in REFUSED:
        told = await said(site, text.replace(HEAD, known))
        assert Answer.read(told).problem == problem, text[:200]


async def test_a_refused_handshake_says_what_would_be_taken(hasty: Site) -> None:
    post = Answer.read(await said(hasty, UPGRADE.replace(b"GET", b"POST") + b"\r\n"))
    assert post.headers["allow"] == "GET"
    old = UPGRADE.replace(b": 13", b": 8") + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    assert Answer.read(await said(hasty, old)).headers["sec-websocket-version"] == "13"


async def test_an_answer_comes_before_what_is_wrong_after_its_request(hasty: Site) -> None:
    text = await said(hasty, HEALTH + b"\r\n" + b"nonsense\r\n\r\n")
    assert Answer.read(text).status == 200
    assert text.count(b"HTTP/1.1 ") == 1
