"""uvicorn's HTTP protocol, with bounds on what comes before a request's body, and on the time that
all of it takes.

llhttp takes a head of any length, so one connection could fill the memory; and it waits for the
rest for ever. One that asks for a WebSocket goes to the live protocol as it was read; uvicorn would
write it down again, to be read once more, slowly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request

from headrace.corking import Corked
from headrace.errors import HeadTooLarge, MalformedRequest, RequestTimeout
from headrace.live.handshake import refusal
from headrace.patience import Arrival

if TYPE_CHECKING:
    from headrace.errors import HeadraceError
    from headrace.patience import Patience

#: Bytes of request line and headers together; of trailers, likewise.
MOST = 65_536
#: Bytes of a body that are read though it was answered already, for the sake of the connection.
_WORTH_READING = 65_536
#: Headers of which two would contradict each other (RFC 9110, section 5.3; RFC 6265, section 5.4).
_ONCE = frozenset((b"host", b"origin", b"authorization", b"cookie"))


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 to a longer head (RFC 6585, section 5), 408 to what does not come in time
    (``patience`` of the lifespan state), 400 to what is no HTTP; and closes."""

    transport: Corked
    #: None before the first request, or where nobody asks any more.
    cycle: Any
    scope: Any
    parser: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience: Patience = self.app_state["patience"]
        #: Where a request is: its head is not whole, its body is not, or it is.
        self._is_in_head = True
        self._is_whole = False
        #: Bytes since a head began, as far as it is not whole, or since a piece of a body; negative
        #: where one just came.
        self._waiting = 0
        #: Bytes of a whole head.
        self._size = 0
        #: What is waited for, if it did not come at once.
        self._arrival: Arrival | None = None
        #: Whether the connection ends with this answer only if the body is not whole before.
        self._ends_early = False

    def connection_made(self, transport: Any) -> None:
        self._plain = transport
        super().connection_made(Corked(transport))
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.forget(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._ends_early = self.transport.lingers = False
        super().shutdown()

    # WebSockets

    def handle_websocket_upgrade(self) -> None:
        if self._size > MOST:
            return  # refused like any other
        if self._is_answering():
            self._refuse(MalformedRequest("A WebSocket does not begin before the last answer."))
            return
        if self._says_twice():
            self.send_400_response("A header that may be there once is there twice.")
            return
        self.connections.discard(self)
        self._patience.forget(self)
        make: Any = self.ws_protocol_class
        protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        protocol.connection_made(self._plain)
        self._plain.set_protocol(protocol)
        protocol.open(self._request())
        # The two know each other: neither would go before the garbage collector comes.
        self.parser = None  # nobody asks it again

    def _says_twice(self) -> bool:
        names = [name for name, _ in self.headers if name in _ONCE]
        return len(names) > len(set(names))

    def _request(self) -> Request:
        headers = Headers()
        for name, value in self.headers:
            headers[name.decode("latin-1")] = value.decode("latin-1")
        return Request(self.url.decode("latin-1"), headers, self.scope["method"])

    # What comes

    def data_received(self, data: bytes) -> None:
        if self.transport.is_over:
            return  # the peer has not noticed yet
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not self._is_whole:
            self._go_on(len(data))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._is_whole, self._waiting, self._size = True, False, 0, 0

    def on_headers_complete(self) -> None:
        self._size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._size <= MOST:
            super().on_headers_complete()
            self._is_in_head = False
            if self._arrival is not None:
                self._arrived()

    def on_body(self, body: bytes) -> None:
        if self._size <= MOST:
            super().on_body(body)
            self._waiting = -1

    def on_message_complete(self) -> None:
        if self._size <= MOST:
            super().on_message_complete()
            self._is_whole = True
            if self._arrival is not None:
                self._arrived()

    # What does not come

    def _go_on(self, size: int) -> None:
        """Something came, and a request is not whole yet."""
        if self.parser is None or self.transport.is_closing():
            return
        self._waiting = 0 if self._waiting < 0 else self._waiting + size
        if max(self._waiting, self._size) > MOST:
            self._refuse(HeadTooLarge())
            return
        if self._is_in_body() and not self._is_taken():
            self._refuse(MalformedRequest("A handshake has no body."))
            return
        self.transport.lingers = True
        arrival = self._arrival or self._expect()
        if self._is_in_body():
            arrival.came(size)

    def _expect(self) -> Arrival:
        self._arrival = Arrival()
        self._patience.expect(self)
        if self._is_in_body() and self.cycle.keep_alive and not self._is_worth_reading():
            self._ends_early, self.cycle.keep_alive = True, False
        return self._arrival

    def _arrived(self) -> None:
        """What was waited for is whole. ``patience`` finds out by itself."""
        self._arrival = None
        self.transport.lingers = False
        if self._ends_early and not self.cycle.response_started:
            self.cycle.keep_alive = True
        self._ends_early = False

    def waited(self, seconds: float) -> None:
        """See ``patience.Waiting``."""
        if self._arrival is None or self.transport.is_closing():
            self._patience.forget(self)
        elif not self._is_up_to_us():
            self._arrival.waited(seconds)
            if self._has_run_out(self._arrival):
                self._give_up()

    def _is_up_to_us(self) -> bool:
        """Whether the client cannot go on before we do."""
        return self.flow.read_paused or (self._is_in_body() and self.cycle.waiting_for_100_continue)

    def _has_run_out(self, arrival: Arrival) -> bool:
        if self._is_in_body():
            return self._patience.has_run_out_for_body(arrival)
        return self._patience.has_run_out_for_head(arrival)

    def _give_up(self) -> None:
        self._patience.forget(self)
        if self.scope is None or self._is_whole:
            self.transport.close()  # who has asked nothing would take an answer for another's
        else:
            self._refuse(RequestTimeout())

    # Answers of our own

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest(msg))

    def _refuse(self, error: HeadraceError) -> None:
        """Answer, unless there is another answer to be given first, or half of one; and close."""
        if self._is_taken() and self._is_in_body():
            is_late = self.cycle.response_started or bool(self.pipeline)
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        elif self._is_answering():
            self.cycle.keep_alive = False
            return
        else:
            is_late = False
        self.transport.lingers = True
        if not is_late:
            self.transport.write(refusal(error).serialize())
        self.transport.close()

    def _is_in_body(self) -> bool:
        return not (self._is_in_head or self._is_whole)

    def _is_taken(self) -> bool:
        """Whether the request at hand is the application's, as none for a WebSocket is."""
        return self.cycle is not None and self.cycle.scope is self.scope

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_worth_reading(self) -> bool:
        """Whether the rest of a body costs less than another connection."""
        lengths = [value for name, value in self.headers if name == b"content-length"]
        return bool(lengths) and int(lengths[0]) <= _WORTH_READING
