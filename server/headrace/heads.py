"""uvicorn's HTTP protocol, with a bound on what comes before a request's body.

llhttp takes a head of any length, so one connection could fill the memory. One that asks for a
WebSocket goes to the live protocol as it was read; uvicorn would write it down again, to be read
once more, slowly.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request

from headrace.corking import Corked

#: Bytes of request line and headers together.
MOST = 65_536
#: Headers of which two would contradict each other (RFC 9110, section 5.3; RFC 6265, section 5.4).
_ONCE = frozenset((b"host", b"origin", b"authorization", b"cookie"))
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
        if self._says_twice():
            self.send_400_response("A header that may be there once is there twice.")
            return
        self.connections.discard(self)
        make: Any = self.ws_protocol_class
        protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        protocol.connection_made(self._plain)
        self._plain.set_protocol(protocol)
        protocol.open(self._request())
        # The two know each other: neither would go before the garbage collector comes.
        self.parser = None  # type: ignore[assignment]  # nobody asks it again

    def _says_twice(self) -> bool:
        names = [name for name, _ in self.headers if name in _ONCE]
        return len(names) > len(set(names))

    def _request(self) -> Request:
        headers = Headers()
        for name, value in self.headers:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        return Request(self.url.decode("latin-1"), headers, self.scope["method"])

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
