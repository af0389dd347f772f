"""uvicorn's HTTP protocol, with a bound on what comes before a request's body.

llhttp takes a head of any length, so one connection could fill the memory.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from headrace.corking import Corked

#: Bytes of request line and headers together.
MOST = 65_536
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 to a longer head (RFC 6585, section 5), and closes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_in_head = False
        #: Bytes since a head began, as far as it is not whole, and those of a whole one.
        self._waiting = 0
        self._whole = 0

    def connection_made(self, transport: Any) -> None:
        self._plain = transport
        super().connection_made(Corked(transport))

    def handle_websocket_upgrade(self) -> None:
        if self._whole > MOST:
            return  # refused like any other
        self.transport = self._plain  # from here on it is the live protocol's
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._waiting = self._waiting + len(data) if self._is_in_head else 0
        is_too_long = max(self._waiting, self._whole) > MOST
        if is_too_long and not self.transport.is_closing():
            self.transport.write(_REFUSAL)
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._waiting, self._whole = True, 0, 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._whole = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._whole <= MOST:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._whole <= MOST:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._whole <= MOST:
            super().on_message_complete()
