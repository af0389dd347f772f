"""heads.py: what asks for a WebSocket is handed over as it was read, and nothing of it stays."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from headrace.heads import BoundedHttp
from headrace.patience import Patience
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.http11 import Request

UPGRADE = (
    b"GET /api/v1/live?ticket=a%20b HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"
    b"Sec-WebSocket-Version: 13\r\nX-Name: J\xfcrgen\r\n\r\n"
)


class Live(asyncio.Protocol):
    """Takes the connection over."""

    made: list[Live] = []  # noqa: RUF012 (uvicorn makes them; emptied for each test)

    def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
        self.requests: list[Request] = []
        self.made.append(self)

    def open(self, request: Request) -> None:
        self.requests.append(request)


class Wire(asyncio.Transport):
    """A transport that knows whose it is."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def is_closing(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def live() -> Iterator[list[Live]]:
    yield Live.made
    Live.made.clear()


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An application."""


def upgraded() -> tuple[BoundedHttp, Wire]:
    config = Config(nothing, ws=Live, lifespan="off", log_config=None)
    config.load()
    http, wire = BoundedHttp(config, ServerState(), {"patience": Patience(Settings())}), Wire()
    http.connection_made(wire)
    http.data_received(UPGRADE)
    return http, wire


async def test_a_request_for_a_websocket_is_handed_over_as_it_was_read(live: list[Live]) -> None:
    http, wire = upgraded()
    assert [wire.protocol] == live
    (request,) = wire.protocol.requests
    assert (request.method, request.path) == ("GET", "/api/v1/live?ticket=a%20b")
    assert request.headers["host"] == "here"
    assert request.headers["x-name"] == "Jürgen"
    assert request.headers.get_all("X-Forwarded-For") == ["192.0.2.1", "192.0.2.2"]
    assert http not in http.connections


async def test_what_read_it_goes_at_once() -> None:
    """Or thousands of them would wait for the garbage collector after a storm."""
    gc.disable()
    try:
        gone = weakref.ref(upgraded()[0])
        assert gone() is None
    finally:
        gc.enable()
