"""A WebSocket on gevent: blocking sockets, made cooperative, around the sans-I/O core."""

from __future__ import annotations

import json
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from gevent.lock import RLock
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.typing import Subprotocol

FORM = cast("Subprotocol", "headrace.v1.json")
_MOST_BYTES = 2**22
_CHUNK = 65_536
_CONNECT_TIMEOUT = 30.0
#: What there is in place of a code when none came (RFC 6455, section 7.4.1).
_ABNORMAL = 1006


class Refused(Exception):
    """The server did not accept the connection."""


class Wire:
    """An open connection. Sending and receiving may be in two greenlets."""

    def __init__(self, sock: socket.socket, protocol: ClientProtocol) -> None:
        self._socket = sock
        self._protocol = protocol
        self._sending = RLock()
        self._parts: list[bytes] = []

    @classmethod
    def open(cls, url: str, token: str) -> Wire:
        """Connect to a ``ws:`` or ``wss:`` URL. Raises OSError, Refused."""
        uri = parse_uri(url)
        protocol = ClientProtocol(uri, subprotocols=[FORM], max_size=_MOST_BYTES)
        sock = socket.create_connection((uri.host, uri.port), timeout=_CONNECT_TIMEOUT)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if uri.secure:
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=uri.host)
            wire = cls(sock, protocol)
            wire._shake_hands(token)
            sock.settimeout(None)
        except BaseException:
            sock.close()
            raise
        return wire

    def _shake_hands(self, token: str) -> None:
        request = self._protocol.connect()
        request.headers["Authorization"] = f"Bearer {token}"
        self._protocol.send_request(request)
        self._flush()
        while not (events := self._receive()):
            if self._is_over:
                break
        if self._protocol.handshake_exc is not None:
            raise Refused(str(self._protocol.handshake_exc))
        if not events or not isinstance(events[0], Response):
            raise Refused("the server hung up during the handshake")
        # A server may speak in the same packet as it accepts.
        self._early = events[1:]

    def send(self, data: bytes) -> None:
        """A text message. Raises OSError once the connection is gone."""
        with self._sending:
            try:
                self._protocol.send_text(data)
            except InvalidState as error:
                raise ConnectionError(str(error)) from error
            self._flush()

    def messages(self) -> Iterator[bytes]:
        """Messages as they come, until the connection ends, however it ends."""
        yield from self._whole(self._early)
        while not self._is_over:
            yield from self._whole(self._receive())

    @property
    def closed(self) -> tuple[int, float]:
        """The code that the server closed with, and after how many seconds to come back."""
        code = self._protocol.close_code or _ABNORMAL
        with suppress(ValueError, AttributeError):
            reason = json.loads(self._protocol.close_reason or "")
            return code, float(reason.get("retry_after") or 0)
        return code, 0.0

    def cut(self) -> None:
        """As a cable is cut: no close frame, and nothing more is read."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def _is_over(self) -> bool:
        return self._protocol.close_expected() or self._socket.fileno() < 0

    def _receive(self) -> list[object]:
        try:
            data = self._socket.recv(_CHUNK)
        except OSError:
            data = b""
        with self._sending:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
                self._socket.close()
            with suppress(OSError):
                self._flush()
        return list(self._protocol.events_received())

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)
            elif self._socket.fileno() >= 0:
                self._socket.shutdown(socket.SHUT_WR)

    def _whole(self, events: list[object]) -> Iterator[bytes]:
        for event in events:
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._parts.append(bytes(event.data))
                if event.fin:
                    yield b"".join(self._parts)
                    self._parts.clear()
