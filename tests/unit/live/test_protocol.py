"""One connection and its transport: what it does while it closes, and while nobody reads."""

from __future__ import annotations

import asyncio
import gc
import json
import tracemalloc
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from websockets.datastructures import Headers
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Protocol as WebSocket

from headrace.addresses import Addresses
from headrace.auth.throttle import Throttle
from headrace.live.codes import NO_PONG, SESSION_ENDED, TOO_MANY_CONNECTIONS
from headrace.live.protocol import LiveProtocol
from headrace.live.reader import Reader
from headrace.live.session import Permit
from headrace.settings import Settings
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HEADERS = {
    "Host": "here",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
REQUEST = Request("/api/v1/live", Headers(HEADERS))
SUBSCRIBE = Frame(Opcode.TEXT, b'{"op":"subscribe","id":"1","groups":"home"}').serialize(mask=True)

UNSUBSCRIBE = Frame(Opcode.TEXT, b'{"op":"unsubscribe","id":"1"}').serialize(mask=True)
PING = Frame(Opcode.TEXT, b'{"op":"ping"}').serialize(mask=True)

ADDRESS = "192.0.2.1"


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__(
            {"socket": SimpleNamespace(fileno=lambda: -1, getpeername=lambda: (ADDRESS, 50_000))}
        )
        self.is_reading_now = True
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        self.is_reading_now = False

    def resume_reading(self) -> None:
        self.is_reading_now = True

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


class House:
    """A node as far as one connection knows it. A subscription waits for ``door``."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.permit = Permit()
        self.door = asyncio.Event()
        self.has_subscribed = asyncio.Event()
        self.begun = asyncio.Event()
        self.installed = 0
        self.full = 0
        self.pongs: list[int] = []
        self.settle: Callable[[], None] = lambda: None
        self.is_full = False
        self.addresses = Addresses("", 2)
        self.gate = SimpleNamespace(newcomer=self._newcomer)
        self.drain = SimpleNamespace(has_begun=False)
        self.endings = SimpleNamespace(have_ended=lambda known: False)
        self.epoch = SimpleNamespace(name=self._epoch)
        self.released = 0
        self.admission = SimpleNamespace(
            reader=self._reader, subscribe=self._subscribe, release=self._release
        )
        self.hub = SimpleNamespace(full=self._full, unsubscribe=self._unsubscribe)
        self.throttle = Throttle[str](100, 30)
        self.tally = SimpleNamespace(closed=lambda code: None)

    @asynccontextmanager
    async def _newcomer(self) -> AsyncIterator[None]:
        yield

    async def authenticate(self, *_: Any) -> Any:
        return SimpleNamespace(
            identity=SimpleNamespace(person=SimpleNamespace(id="mia")), permit=self.permit
        )

    async def _epoch(self) -> str:
        return "epoch"

    async def _reader(self, known: Any) -> Reader:
        return Reader(known.person.id, known.person.id, f"inbox-of-{known.person.id}")

    def _release(self, reader: Reader) -> None:
        self.released += 1

    async def _subscribe(self, *_: Any) -> None:
        self.has_subscribed.set()
        await self.door.wait()
        self.installed += 1

    def _unsubscribe(self, *_: Any) -> bool:
        self.installed -= 1
        return self.installed >= 0

    def _full(self, session: Any) -> None:
        session.paused = True
        self.full += 1

    def check(self, *_: Any) -> None:
        pass

    def arrive(self, peer: str, headers: Any) -> str | None:
        return self.addresses.enter(peer, headers.get_all("X-Forwarded-For"))

    def is_full_for(self, reader: Reader) -> bool:
        return self.is_full

    def pause(self) -> float:
        return 1.5

    def attend(self, *_: Any) -> int:
        self.begun.set()
        return 0

    def depart(self, *_: Any) -> None:
        pass

    def take_pong(self, stamp: int) -> None:
        self.pongs.append(stamp)

    def count_subscription(self, person: str) -> None:
        self.throttle.take(person, 0)

    def close_reason(self, code: Any) -> str:
        return str(code.name)


def arrived(house: House, request: Request = REQUEST) -> tuple[LiveProtocol, Wire]:
    """A connection that has asked to be let in."""
    wire = Wire()
    made = LiveProtocol(None, SimpleNamespace(connections=set()), {"live": house})
    made.connection_made(wire)
    made.open(request)
    return made, wire


async def connected() -> tuple[LiveProtocol, Wire, House]:
    """A connection that is open."""
    house = House()
    made, wire = arrived(house)
    async with asyncio.timeout(5):
        await house.begun.wait()
    return made, wire, house


async def test_what_was_asked_for_before_a_session_ended_is_not_installed_after() -> None:
    made, _, house = await connected()
    made.data_received(SUBSCRIBE + SUBSCRIBE)
    async with asyncio.timeout(5):
        await house.has_subscribed.wait()
    before = asyncio.all_tasks()
    made.close(SESSION_ENDED)
    house.door.set()
    await asyncio.wait(before - {asyncio.current_task()}, timeout=5)
    assert house.installed == 0
    made.connection_lost(None)


async def test_what_is_ended_right_after_it_was_asked_for_does_not_stay() -> None:
    made, wire, house = await connected()
    made.data_received(SUBSCRIBE + UNSUBSCRIBE + SUBSCRIBE + UNSUBSCRIBE + UNSUBSCRIBE)
    async with asyncio.timeout(5):
        await house.has_subscribed.wait()
    house.door.set()
    await until(lambda: b"not_found" in b"".join(wire.written), patience=5)
    assert b"".join(wire.written).count(b"not_found") == 1


async def test_who_is_sent_away_for_a_command_is_told_nothing_more() -> None:
    made, wire, house = await connected()
    made.data_received(SUBSCRIBE + UNSUBSCRIBE * 50)
    house.door.set()
    await until(lambda: b"too_many_errors" in b"".join(wire.written), patience=5)
    await until(lambda: made._worker is None, patience=5)
    assert b"too_many_errors" in wire.written[-1]
    made.connection_lost(None)


@pytest.mark.parametrize("crumb", [b"", b"xy"])
async def test_a_message_in_countless_frames_takes_no_more_memory_than_its_bytes(
    crumb: bytes,
) -> None:
    made, _, _ = await connected()
    made.data_received(Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True))
    crumbs = Frame(Opcode.CONT, crumb, fin=False).serialize(mask=True) * 1_000
    tracemalloc.start()
    for _ in range(20):
        made.data_received(crumbs)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 100_000
    made.connection_lost(None)


async def test_who_subscribes_over_and_over_is_told_when_to_go_on() -> None:
    made, wire, house = await connected()
    house.door.set()
    house.throttle = Throttle(2, 30)
    for _ in range(3):
        made.data_received(SUBSCRIBE)
    await until(lambda: b"retry_after" in b"".join(wire.written), patience=5)
    assert house.installed == 2
    told = next(one for one in wire.written if b"rate_limited" in one)
    assert b'"ref":"1"' in told
    assert b'"retry":true' in told
    assert b'"retry_after":31' in told
    assert made.is_open
    made.connection_lost(None)


async def test_a_command_that_fails_unforeseen_is_answered_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    made, wire, house = await connected()
    house.door.set()
    error = ValueError("a defect")

    async def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(house, "read_up_to", fail, raising=False)
    read = Frame(Opcode.TEXT, b'{"op":"read","stream":"s","seq":1}').serialize(mask=True)
    made.data_received(read + SUBSCRIBE)
    await until(lambda: house.installed, patience=5)
    (answer,) = [one for one in wire.written if b'"op":"error"' in one]
    assert b'"code":"internal"' in answer
    assert b'"stream":"s"' in answer
    assert [context["exception"] for context in told] == [error]
    made.connection_lost(None)


@pytest.mark.parametrize(
    "message", [b'{"op":"typing","group":"qm"}', b'{"op":"read","stream":"s","seq":1}']
)
async def test_with_a_token_for_reading_nobody_writes(message: bytes) -> None:
    house = House()
    house.permit = Permit(publishes=False)
    made, wire = arrived(house)
    async with asyncio.timeout(5):
        await house.begun.wait()
    made.data_received(Frame(Opcode.TEXT, message).serialize(mask=True))
    assert b'"code":"insufficient_scope"' in wire.written[-1]
    assert made.is_open
    made.connection_lost(None)


async def test_of_one_address_no_more_connect_than_may_and_who_left_makes_room() -> None:
    house = House()
    first, second = arrived(house)[0], arrived(house)[0]
    refused, wire = arrived(house)
    head, _, body = b"".join(wire.written).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 ")
    assert b"Retry-After: 2" in head
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["code"] == "too_many_connections"
    refused.connection_lost(None)
    first.connection_lost(None)
    third, wire = arrived(house)
    assert b"".join(wire.written).startswith(b"HTTP/1.1 101 ")
    for one in (second, third):
        one.connection_lost(None)
    assert house.addresses.counts == {}


async def test_a_handshake_that_fails_leaves_no_count_behind() -> None:
    house = House()
    unknown = Request(REQUEST.path, Headers(HEADERS | {"Sec-WebSocket-Version": "8"}))
    for request in (unknown, REQUEST):
        made, _ = arrived(house, request)
        made.connection_lost(None)
    assert house.addresses.counts == {}


async def test_who_has_as_many_connections_as_they_may_is_sent_away_for_a_while() -> None:
    house = House()
    house.is_full = True
    made, wire = arrived(house)
    await until(lambda: house.released, patience=5)
    assert TOO_MANY_CONNECTIONS.code.to_bytes(2, "big") in wire.written[-1]
    assert not house.begun.is_set()
    made.connection_lost(None)
    assert house.addresses.counts == {}


async def test_who_does_not_read_is_not_listened_to_either() -> None:
    """Or what they ask for would wait here without a bound."""
    made, wire, house = await connected()
    made.pause_writing()
    assert (house.full, wire.is_reading_now) == (1, False)
    made.resume_writing()
    assert wire.is_reading_now
    made.connection_lost(None)


@pytest.mark.parametrize("error", [RuntimeError("a defect"), ValueError("another")])
async def test_an_admission_that_fails_unforeseen_leaves_no_connection(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read from it meanwhile: the time for a handshake is what ends it."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    house, wire, aborted = House(), Wire(), asyncio.Event()
    house.settings = Settings(handshake_timeout=0.1)

    async def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(house, "authenticate", fail)
    monkeypatch.setattr(wire, "abort", aborted.set)
    made = LiveProtocol(None, SimpleNamespace(connections=set()), {"live": house})
    made.connection_made(wire)
    made.open(REQUEST)
    async with asyncio.timeout(5):
        await aborted.wait()
    made.connection_lost(None)
    assert [context["exception"] for context in told] in ([error], [])


def pong(stamp: int) -> bytes:
    return Frame(Opcode.PONG, stamp.to_bytes(8)).serialize(mask=True)


async def test_who_answers_is_pinged_again_and_who_does_not_is_closed() -> None:
    made, wire, house = await connected()
    assert made.beat()
    made.data_received(pong(1))
    assert made.beat()
    made.data_received(SUBSCRIBE[:3])
    assert made.beat(), "whatever comes, somebody is there"
    assert not made.beat()
    assert NO_PONG.code.to_bytes(2, "big") in wire.written[-1]
    assert not made.is_open
    assert not made.beat()
    assert house.pongs == [1]
    made.connection_lost(None)


async def test_a_pong_is_taken_however_it_comes() -> None:
    made, _, house = await connected()
    made.data_received(pong(1))
    made.data_received(pong(2) + pong(3))
    late, later = pong(4), pong(6)
    for data in (late[:9], late[9:], pong(5), later[:1], later[1:], pong(7)):
        made.data_received(data)
    made.data_received(Frame(Opcode.PONG, b"none").serialize(mask=True))
    assert house.pongs == [1, 2, 3, 4, 5, 6, 7]
    assert made.is_open
    made.connection_lost(None)


@pytest.mark.parametrize("size", [20, 300, 70_000])
async def test_what_looks_like_a_pong_within_a_message_is_the_message(size: int) -> None:
    made, wire, house = await connected()
    text = b"x" * (size - 14) + pong(1)
    message = Frame(Opcode.BINARY, text).serialize(mask=False)
    masked = bytes([message[0], message[1] | 0x80]) + message[2:-size] + bytes(4) + text
    made.data_received(masked[:-14])
    made.data_received(masked[-14:])
    assert house.pongs == []
    assert b"wrong_frame_type" in b"".join(wire.written)
    made.connection_lost(None)


def cores() -> int:
    return sum(isinstance(one, WebSocket) for one in gc.get_objects())


async def test_who_only_waits_has_nothing_to_read_frames_with() -> None:
    gc.collect()
    gc.disable()  # it would clear away what is left behind
    try:
        before = cores()
        made, wire, _ = await connected()
        for _ in range(3):
            made.data_received(PING)
            made.data_received(PING[:7])
            assert cores() == before + 1
            made.data_received(PING[7:])
            assert cores() == before
        assert len([one for one in wire.written if b'"op":"pong"' in one]) == 6
        made.data_received(PING[:7])
        made.connection_lost(None)
        assert cores() == before
    finally:
        gc.enable()


async def test_the_answer_to_a_ping_comes_after_what_came_in_before_it() -> None:
    made, wire, house = await connected()
    house.settle = lambda: wire.write(b"news")
    made.data_received(PING)
    assert wire.written[-2:] == [b"news", b'\x81\r{"op":"pong"}']
    made.connection_lost(None)


async def test_between_the_parts_of_a_message_it_is_kept() -> None:
    made, wire, _ = await connected()
    text = b'{"op":"ping","id":"x"}'
    made.data_received(Frame(Opcode.TEXT, text[:9], fin=False).serialize(mask=True))
    made.data_received(pong(1))
    made.data_received(Frame(Opcode.PING, b"?").serialize(mask=True))
    made.data_received(Frame(Opcode.CONT, text[9:]).serialize(mask=True))
    assert b"".join(wire.written).endswith(b'{"op":"pong","id":"x"}')
    made.data_received(Frame(Opcode.CONT, text[9:]).serialize(mask=True))
    assert b"unexpected continuation frame" in wire.written[-1]
    made.connection_lost(None)


async def test_a_close_after_waiting_is_answered_and_counted() -> None:
    made, wire, house = await connected()
    codes: list[int] = []
    house.tally = SimpleNamespace(closed=codes.append)
    made.data_received(PING)
    bye = Close(1001, "").serialize()
    made.data_received(Frame(Opcode.CLOSE, bye).serialize(mask=True))
    assert Frame(Opcode.CLOSE, bye).serialize(mask=False) in wire.written
    made.connection_lost(None)
    assert codes == [1001]


async def test_who_is_gone_without_a_word_while_waiting_counts_as_that() -> None:
    made, _, house = await connected()
    codes: list[int] = []
    house.tally = SimpleNamespace(closed=codes.append)
    made.connection_lost(None)
    assert codes == [1006]
