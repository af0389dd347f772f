"""The asyncio edge: one protocol object per WebSocket, on the sans-I/O core of ``websockets``.

uvicorn makes one of these for each upgrade (its ``ws`` class) and hands it the transport.
There is no task, queue or coroutine per connection: bytes come in and are answered, the hub
writes shared frames straight into the transport. Tasks live only as long as a handshake, a
command that asks the log, or a catching-up takes.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, parse_qs, urlsplit

import msgspec
from uvicorn.protocols.utils import get_remote_addr
from websockets.frames import CloseCode as WebSocketCode
from websockets.frames import Frame, Opcode
from websockets.protocol import State as WebSocketState

from headrace.errors import (
    HeadraceError,
    InsufficientScope,
    Internal,
    MalformedMessage,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unavailable,
    WrongFrameType,
)
from headrace.gate import Crowded
from headrace.live import codes
from headrace.live.frames import Format, missing, stamp_in, stamp_of
from headrace.live.handshake import UNCOMPRESSED, core, negotiate, refusal
from headrace.live.messages import (
    ClientMessage,
    ErrorMessage,
    Ping,
    Pong,
    Read,
    Subscribe,
    Typing,
    Unsubscribe,
    Welcome,
)
from headrace.live.session import Session
from headrace.tasks import broken, watched

if TYPE_CHECKING:
    from websockets.http11 import Request
    from websockets.protocol import Protocol as WebSocket

    from headrace.endings import Guarded
    from headrace.live.codes import CloseCode
    from headrace.live.reader import Reader
    from headrace.live.session import Permit
    from headrace.node import Node

log = logging.getLogger(__name__)

_MOST_ERRORS = 20
_MOST_COMMANDS = 100
_CLOSE_TIMEOUT = 5.0

_DECODERS: dict[Format, Any] = {
    Format.JSON: msgspec.json.Decoder(ClientMessage),
    Format.MSGPACK: msgspec.msgpack.Decoder(ClientMessage),
}
_OPCODES = {Format.JSON: Opcode.TEXT, Format.MSGPACK: Opcode.BINARY}

Command = Subscribe | Unsubscribe | Read


class State(Enum):
    """Where a connection is in its life; only ``_move`` changes it."""

    HANDSHAKE = auto()
    ADMISSION = auto()
    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


class LiveProtocol(asyncio.Protocol):
    """One connection. ``node`` comes from the lifespan state that uvicorn passes on."""

    __slots__ = (
        "_agreed",
        "_assembling",
        "_bad",
        "_catching_up",
        "_commands",
        "_connections",
        "_core",
        "_early",
        "_handshake_timer",
        "_heard",
        "_missing",
        "_node",
        "_place",
        "_slot",
        "_socket",
        "_stalled",
        "_state",
        "_transport",
        "_worker",
        "session",
    )

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: Any = None
    ) -> None:
        self._node: Node = app_state["live"]
        self._connections: set[Any] = server_state.connections
        self._agreed = UNCOMPRESSED[Format.JSON]
        self._core: WebSocket | None = None
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._state = State.HANDSHAKE
        self._early: list[Frame] | None = None
        self._handshake_timer: asyncio.TimerHandle | None = None
        self.session: Session | None = None
        self._commands: deque[Command] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._assembling: bytearray | None = None
        self._heard = True
        #: Bytes of a frame that has begun; -1 if nobody knows.
        self._missing = 0
        self._stalled: tuple[float, int] | None = None
        self._place: str | None = None
        self._slot = -1
        self._socket = -1
        self._bad = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """``open`` follows, with the request."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._node.settings.write_high_water)
        self._connections.add(self)
        self._handshake_timer = asyncio.get_running_loop().call_later(
            self._node.settings.handshake_timeout, self._transport.abort
        )

    def data_received(self, data: bytes) -> None:
        """Bytes in; answers of the WebSocket protocol itself (pong, close) go straight out."""
        self._heard = True
        if self._state is State.OPEN and not self._missing:
            stamp = stamp_of(data)
            if stamp is not None:
                self._node.take_pong(stamp)
                return
        if self._state in (State.HANDSHAKE, State.CLOSED):
            return  # it was refused, or is over
        self._missing = missing(data, self._missing)
        self._ws.receive_data(data)
        for event in self._ws.events_received():
            self._take(event)
        self._flush_protocol()
        if self._state is State.OPEN and not self._missing and self._assembling is None:
            self._forget_core()

    def eof_received(self) -> None:
        """The peer is gone."""
        if self._state is State.HANDSHAKE:
            return
        self._ws.receive_eof()
        self._flush_protocol()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing of the connection remains."""
        if self._state is not State.HANDSHAKE:
            self._node.tally.closed(self._closed_with())
        self._move(State.CLOSED)
        self._connections.discard(self)
        if self._place is not None:
            self._node.addresses.leave(self._place)
            self._place = None
        self._stop_handshake_timer()
        for task in (self._worker, self._catching_up):
            if task is not None:
                task.cancel()
        if self.session is not None:
            self._node.depart(self, self.session, self._slot)
            self.session = None
        self._forget_core()

    def pause_writing(self) -> None:
        """The transport holds more than its limit: the session keeps cursors only, and nothing
        is read, because the answers to it would wait in the transport without a bound."""
        if self.session is not None:
            self._transport.pause_reading()
            self._node.hub.full(self.session)

    def resume_writing(self) -> None:
        """The transport has drained: catch up."""
        if self.session is not None:
            self._transport.resume_reading()
            self._heard = True  # a pong may have waited to be read
            self.session.paused = False
            self._stalled = None
            self.catch_up()

    def shutdown(self) -> None:
        """uvicorn is going down."""
        self._node.drain.dismiss(self)

    # Edge: what the session and the node ask for.

    def unsent(self) -> int:
        """Bytes that wait in the transport."""
        return self._transport.get_write_buffer_size()

    def settle(self) -> bool:
        """Whether the transport has sent all it was given; then the socket may be written to."""
        if self.session is None or self._transport.is_closing() or self.unsent():
            return False
        self.session.socket = self._socket
        return self._socket >= 0

    def abort(self) -> None:
        """End the connection at once; what waits in the transport is thrown away."""
        if self._state is not State.CLOSED:
            self._transport.abort()
        if self._state is not State.HANDSHAKE:
            self._move(State.CLOSED)

    @property
    def is_aborted(self) -> bool:
        """Whether it was aborted, or is gone."""
        return self._state is State.CLOSED

    def close(self, code: CloseCode) -> None:
        """Close with a code; the reason is JSON and says when to come back (seconds), if at all."""
        if self._state is State.HANDSHAKE:
            self._reject(Unavailable(code.meaning))
        elif self._state in (State.ADMISSION, State.OPEN):
            if self._state is State.ADMISSION:
                self._transport.resume_reading()  # or the peer's own close would not be read
                self._stop_handshake_timer()
            if self._ws.state is WebSocketState.OPEN:  # the peer's own close may be there already
                self._ws.send_close(code.code, self._node.close_reason(code))
            self._flush_protocol()
            asyncio.get_running_loop().call_later(_CLOSE_TIMEOUT, self.abort)

    @property
    def is_open(self) -> bool:
        """Whether neither side has begun to close."""
        return self._state is State.OPEN

    def beat(self) -> bool:
        """A heartbeat: a ping for everybody but those who have not even answered the last one.
        Answers whether it is to be sent."""
        if self._state is not State.OPEN:
            return False
        if self.session is not None and self.session.paused:
            self._check_progress()
            return False
        if not self._heard:
            self.close(codes.NO_PONG)
            return False
        self._heard = False
        return True

    def _check_progress(self) -> None:
        """A slow reader costs nothing and may stay; one that takes nothing at all may not."""
        now, unsent = asyncio.get_running_loop().time(), self.unsent()
        since, before = self._stalled or (now, unsent)
        if unsent < before:
            since = now
        if now - since >= self._node.settings.stall_timeout:
            log.info("closed as %s", codes.STALLED.name)
            self._node.tally.stalled_aborts += 1
            self.abort()  # no close frame would get through
        self._stalled = (since, unsent)

    def catch_up(self) -> None:
        """Begin to catch up, unless that goes on already."""
        if self._catching_up is None and self.session is not None and self.session.can_catch_up:
            self._catching_up = watched(self._catch_up(self.session), "catching up")

    # Bytes and events.

    def _take(self, event: object) -> None:
        if isinstance(event, Frame) and self._state is State.OPEN:
            self._take_frame(event)
        elif isinstance(event, Frame) and self._early is not None:
            self._early.append(event)

    def _take_frame(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if frame.opcode is not Opcode.CONT and frame.opcode is not self._expected:
                self._complain(WrongFrameType(f"this connection speaks {self._form}"))
                self.close(codes.PROTOCOL_BROKEN)
                return
            self._assemble(frame)
        elif frame.opcode is Opcode.PONG:
            self._take_pong(stamp_in(bytes(frame.data)))

    def _take_pong(self, stamp: int | None) -> None:
        if stamp is not None:
            self._node.take_pong(stamp)

    def _assemble(self, frame: Frame) -> None:
        whole = bytearray() if self._assembling is None else self._assembling
        whole += frame.data  # joined at once: a million frames of one byte, or of none, are small
        self._assembling = None if frame.fin else whole
        if frame.fin:
            self._take_payload(bytes(whole))

    def _take_payload(self, payload: bytes) -> None:
        if len(payload) > self._node.settings.max_message_bytes:
            self._complain(TooLarge("the message is larger than this server takes"))
            return
        try:
            if self._expected is Opcode.TEXT:
                payload.decode()
        except UnicodeDecodeError:
            # RFC 6455, section 8.1: this ends the connection, wherever in the text it is.
            self._ws.fail(WebSocketCode.INVALID_DATA, "the text is not UTF-8")
            self._flush_protocol()
            return
        try:
            message = _DECODERS[self._form].decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._complain(MalformedMessage(str(error)))
        else:
            self._bad = 0
            self._dispatch(message)

    def _dispatch(self, message: ClientMessage) -> None:
        session = self._open_session
        match message:
            case Ping():
                self._node.settle()  # the answer says: this was all until now
                session.send(Pong(id=message.id))
            case Unsubscribe() if self._worker is None:
                self._unsubscribe(session, message)
            case Subscribe() | Unsubscribe():
                self._enqueue(message)
            case Read() | Typing() if not session.permit.publishes:
                self._complain(InsufficientScope("this needs a token with the scope publish"))
            case Read():
                self._enqueue(message)
            case Typing():
                self._node.whispers.begin(session, message.group, message.level)

    def _complain(self, error: HeadraceError, ref: str | None = None) -> None:
        """Say what is wrong. Somebody who never gets it right is not helped by going on."""
        self._open_session.send(ErrorMessage.of(error, ref))
        self._bad += 1
        if self._bad >= _MOST_ERRORS:
            self.close(codes.TOO_MANY_ERRORS)

    # Commands that ask the log, and what ends a subscription that may be one of them: one at a
    # time, in the order in which they came.

    def _enqueue(self, command: Command) -> None:
        if self._commands is None:
            self._commands = deque()
        if len(self._commands) >= _MOST_COMMANDS:
            self._complain(TooManyRequests("too many commands at once"), _reference(command)[0])
            return
        self._commands.append(command)
        if self._worker is None:
            self._worker = watched(self._work(self._open_session), "a command")

    async def _work(self, session: Session) -> None:
        try:
            while self._commands and self._state is State.OPEN:
                command = self._commands.popleft()
                try:
                    await self._run(session, command)
                except HeadraceError as error:
                    session.send(ErrorMessage.of(error, *_reference(command)))
                except Exception as error:  # noqa: BLE001 (reported; what waits behind goes on)
                    broken(error, "a command")
                    session.send(ErrorMessage.of(Internal(), *_reference(command)))
            self._commands = None
        finally:
            self._worker = None

    async def _run(self, session: Session, command: Command) -> None:
        match command:
            case Subscribe():
                self._node.count_subscription(session.reader.person)
                await self._node.admission.subscribe(session, command)
                self._catch_up_at_once(session)
            case Unsubscribe():
                self._unsubscribe(session, command)
            case Read():
                await self._node.read_up_to(session, command.stream, command.seq)

    def _unsubscribe(self, session: Session, command: Unsubscribe) -> None:
        if not self._node.hub.unsubscribe(session, command.id):
            self._complain(NotFound("there is no such subscription"), command.id)

    def _catch_up_at_once(self, session: Session) -> None:
        """Most need what the window has, and go without a task for it."""
        if self._catching_up is None and self._state is State.OPEN:
            session.catch_up(self._node.settings.catch_up_bytes)
        self.catch_up()

    async def _catch_up(self, session: Session) -> None:
        try:
            while session.can_catch_up and self._state is State.OPEN:
                page = session.catch_up(self._node.settings.catch_up_bytes)
                if page is not None:
                    items = await self._node.pages.read(page.stream, page.after)
                    session.deliver(page.cohort, items)
                await asyncio.sleep(0)
        except Unavailable:
            self.close(codes.UNAVAILABLE)
        finally:
            self._catching_up = None

    # Handshake.

    def open(self, request: Request) -> None:
        """The request to open a WebSocket."""
        try:
            address = _address(request)
            ticket = parse_qs(address.query).get("ticket", [""])[0]
            self._node.check(address.path, request.headers, ticket)
            self._place = self._node.arrive(self._peer, request.headers)
            response, agreed = negotiate(request, deflates=self._deflates)
        except HeadraceError as error:
            self._reject(error)
            return
        self._transport.write(response.serialize())
        self._agreed = agreed
        self._move(State.ADMISSION)
        self._early = []
        self._transport.pause_reading()
        self._worker = watched(self._admit(request, ticket), "admission")

    async def _admit(self, request: Request, ticket: str) -> None:
        """Who is it? Browsers cannot read why a handshake failed, so a close code tells."""
        try:
            async with self._node.gate.newcomer():
                known = await self._node.authenticate(request.headers, ticket)
                epoch = await self._node.epoch.name()
                reader = await self._node.admission.reader(known.identity)
        except Crowded:
            self.close(codes.CROWDED)
        except Unavailable:
            self.close(codes.UNAVAILABLE)
        except HeadraceError:
            self.close(codes.BAD_TOKEN)
        else:
            obstacle = self._obstacle(reader, known)
            if obstacle is not None:
                self.close(obstacle)
            if self._state is State.ADMISSION:
                self._begin(reader, epoch, known.permit)
            else:
                self._node.admission.release(reader)

    def _obstacle(self, reader: Reader, known: Guarded) -> CloseCode | None:
        """What has come in the way of somebody who may connect."""
        if self._node.drain.has_begun:
            return codes.DRAINING
        if self._node.endings.have_ended(known):
            return codes.SESSION_ENDED
        return codes.TOO_MANY_CONNECTIONS if self._node.is_full_for(reader) else None

    def _begin(self, reader: Reader, epoch: str, permit: Permit) -> None:
        self.session = Session(reader, self._agreed.wire, self, self._write, permit)
        self._socket = _descriptor(self._transport)
        self._move(State.OPEN)
        self._slot = self._node.attend(self, self.session)
        heartbeat = self._node.settings.heartbeat
        self.session.send(Welcome(person=reader.person, epoch=epoch, heartbeat=heartbeat))
        self._stop_handshake_timer()
        self._worker = None
        early, self._early = self._early or [], None
        for frame in early:
            self._take(frame)
        self._transport.resume_reading()

    def _reject(self, error: HeadraceError) -> None:
        pause = math.ceil(self._node.pause()) if error.retry else None
        self._transport.write(refusal(error, pause).serialize())
        self._transport.close()

    # Small things.

    @property
    def _peer(self) -> str:
        """The address at the other end; empty where it has none."""
        address = get_remote_addr(self._transport)
        return "" if address is None else address[0]

    @property
    def _deflates(self) -> bool:
        return self._node.settings.deflate == "shared"

    @property
    def _form(self) -> Format:
        return self._agreed.form

    @property
    def _expected(self) -> Opcode:
        return _OPCODES[self._form]

    @property
    def _ws(self) -> WebSocket:
        """What reads and writes frames. Whoever only waits has none: between two messages there
        is nothing that it would have to know."""
        if self._core is None:
            self._core = core(self._agreed)
        return self._core

    def _forget_core(self) -> None:
        if self._core is not None:
            # It and its parser know each other: neither would go before the garbage collector came.
            self._core.parser = None  # type: ignore[assignment]  # nobody asks it again
            self._core = None

    @property
    def _open_session(self) -> Session:
        if self.session is None:
            raise AssertionError("a message was taken before the session was open")
        return self.session

    def _closed_with(self) -> int:
        """The code of whoever closed first; 1006 where nobody said anything (RFC 6455, 7.1.5)."""
        if self._core is None:
            return 1006
        first = self._core.close_rcvd if self._core.close_rcvd_then_sent else self._core.close_sent
        return 1006 if first is None else int(first.code)

    def _move(self, state: State) -> None:
        self._state = state

    def _flush_protocol(self) -> None:
        """Send what the WebSocket core has to say, and follow it when it closes."""
        for data in self._ws.data_to_send():
            if data:
                self._write(data)
            else:  # the core's sign for the end of the stream
                self._end_writing()
        is_over = self._ws.state is not WebSocketState.OPEN
        if is_over and self._state in (State.ADMISSION, State.OPEN):
            self._move(State.CLOSING)
            if self.session is not None:
                self._drop_commands()
                self.session.end()

    def _drop_commands(self) -> None:
        """What was asked for and not done yet would follow streams again, after the end."""
        if self._worker is not None:
            self._worker.cancel()

    def _write(self, data: bytes) -> None:
        self._transport.write(data)
        if self.session is not None:
            self.session.detour()

    def _end_writing(self) -> None:
        """Nothing more will be sent. To close while the peer still sends would reset the
        connection, and with it the close frame that tells why: so the peer closes, or is made to.
        """
        if self._transport.can_write_eof():
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(_CLOSE_TIMEOUT, self.abort)
        else:
            self._transport.close()

    def _stop_handshake_timer(self) -> None:
        if self._handshake_timer is not None:
            self._handshake_timer.cancel()
            self._handshake_timer = None


def _descriptor(transport: asyncio.Transport) -> int:
    """Of the socket below a transport, -1 where bytes are encrypted on the way."""
    if transport.get_extra_info("sslcontext") is not None:
        return -1
    number: int = transport.get_extra_info("socket").fileno()
    return number


def _address(request: Request) -> SplitResult:
    """Where it goes. Raises NotFound for what is no address at all."""
    try:
        return urlsplit(request.path)
    except ValueError:
        raise NotFound from None


def _reference(command: Command) -> tuple[str | None, str | None]:
    if isinstance(command, Read):
        return None, command.stream
    return command.id, None
