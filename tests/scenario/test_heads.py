"""What comes before a request's body is bounded, too: on a real socket, by a whole node."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from headrace.heads import MOST

if TYPE_CHECKING:
    from tests.scenario.conftest import Site

UPGRADE = (
    b" HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
BEGINNING = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


async def answer_to(site: Site, *pieces: bytes) -> bytes:
    """What the node says until it closes, or has answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.nodes[0].port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.readline()
    except ConnectionError:
        return b"closed"
    finally:
        writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        [BEGINNING + b"X: " + b"x" * 2 * MOST + b"\r\n\r\n"],
        [BEGINNING + b"X: "] + [b"x" * 16_384] * 40,
        [BEGINNING] + [b"X: " + b"x" * 1_000 + b"\r\n"] * 200,
        [b"GET /" + b"x" * 2 * MOST + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"],
        [b"GET /"] + [b"x" * 16_384] * 40,
        [
            b"POST /api/v1/session HTTP/1.1\r\nX: "
            + b"x" * MOST
            + b"\r\nContent-Length: 2\r\n\r\n{}"
        ],
        [
            BEGINNING
            + b"Connection: Upgrade\r\nUpgrade: websocket\r\nX: "
            + b"x" * 2 * MOST
            + b"\r\n\r\n"
        ],
    ],
    ids=[
        "at once",
        "one header",
        "many headers",
        "address at once",
        "address",
        "with a body",
        "for a WebSocket",
    ],
)
async def test_a_head_without_end_is_refused_and_the_node_goes_on(
    site: Site, pieces: list[bytes]
) -> None:
    assert await answer_to(site, *pieces) in (
        b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
        b"closed",  # before we had said all of it
    )
    assert b"200" in await answer_to(site, BEGINNING + b"\r\n")


async def test_a_long_head_and_many_requests_on_one_connection_are_fine(site: Site) -> None:
    long = BEGINNING + b"X: " + b"x" * (MOST - 1_000) + b"\r\n\r\n"
    assert b"200" in await answer_to(site, long)
    async with httpx.AsyncClient(base_url=site.nodes[0].url) as client:
        for _ in range(20):
            answer = await client.get("/healthz", headers={"X": "x" * 8_000})
            assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "more", "status"),
    [
        (b"GET", b"", b"101"),
        (b"POST", b"", b"405"),
        (b"GET", b"Content-Length: 5\r\n", b"400"),
        (b"GET", b"Transfer-Encoding: chunked\r\n", b"400"),
        (b"GET", b"Sec-WebSocket-Protocol: ,;\r\n", b"400"),
        (b"GET", b"Host: elsewhere\r\n", b"400"),
        (b"GET", b"Origin: http://a\r\nOrigin: http://b\r\n", b"400"),
        (b"GET", b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", b"400"),
        (b"GET", b"Cookie: a=b\r\nCookie: c=d\r\n", b"400"),
    ],
)
async def test_what_asks_for_a_websocket_asks_for_it_rightly(
    site: Site, method: bytes, more: bytes, status: bytes
) -> None:
    answer = await answer_to(site, method + b" /api/v1/live" + UPGRADE + more + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("address", [b"//[x", b"//[", b"/nowhere", b"http://[x/api/v1/live"])
async def test_what_is_no_address_is_not_there(site: Site, address: bytes) -> None:
    answer = await answer_to(site, b"GET " + address + UPGRADE + b"\r\n")
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
