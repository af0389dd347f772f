"""One connection and its transport: what it does while it closes, and while nobody reads."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from websockets.frames import Frame, Opcode

from headrace.auth.throttle import Throttle
from headrace.live.codes import SESSION_ENDED
from headrace.live.hub import Reader
from headrace.live.protocol import LiveProtocol
from headrace.live.session import Permit
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REQUEST = (
    b"GET /api/v1/live HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SUBSCRIBE = Frame(Opcode.TEXT, b'{"op":"subscribe","id":"1","groups":"home"}').serialize(mask=True)

UNSUBSCRIBE = Frame(Opcode.TEXT, b'{"op":"unsubscribe","id":"1"}').serialize(mask=True)


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"socket": SimpleNamespace(fileno=lambda: -1)})
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
        self.door = asyncio.Event()
        self.has_subscribed = asyncio.Event()
        self.begun = asyncio.Event()
        self.installed = 0
        self.full = 0
        self.gate = SimpleNamespace(newcomer=self._newcomer)
        self.drain = SimpleNamespace(has_begun=False)
        self.endings = SimpleNamespace(have_ended=lambda known: False)
        self.admission = SimpleNamespace(reader=self._reader, subscribe=self._subscribe)
        self.hub = SimpleNamespace(full=self._full)
        self.throttle = Throttle[str](100, 30)
        self.tally = SimpleNamespace(closed=lambda code: None)

    @asynccontextmanager
    async def _newcomer(self) -> AsyncIterator[None]:
        yield

    async def authenticate(self, *_: Any) -> Any:
        return SimpleNamespace(
            identity=SimpleNamespace(person=SimpleNamespace(id="mia")), permit=Permit()
        )

    async def epoch(self) -> str:
        return "epoch"

    async def _reader(self, person: str) -> Reader:
        return Reader(person, person, f"inbox-of-{person}")

    async def _subscribe(self, *_: Any) -> None:
        self.has_subscribed.set()
        await self.door.wait()
        self.installed += 1

    def _full(self, session: Any) -> None:
        session.paused = True
        self.full += 1

    def refusal(self, *_: Any) -> None:
        return None

    def attend(self, *_: Any) -> int:
        self.begun.set()
        return 0

    def depart(self, *_: Any) -> None:
        pass

    def count_subscription(self, person: str) -> None:
        self.throttle.take(person, 0)

    def close_reason(self, code: Any) -> str:
        return str(code.name)


async def connected() -> tuple[LiveProtocol, Wire, House]:
    """A connection that is open."""
    house, wire = House(), Wire()
    made = LiveProtocol(None, SimpleNamespace(connections=set()), {"live": house})
    made.connection_made(wire)
    made.data_received(REQUEST)
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


async def test_who_subscribes_over_and_over_is_told_when_to_go_on() -> None:
    made, wire, house = await connected()
    house.door.set()
    house.throttle = Throttle(2, 30)
    for _ in range(3):
        made.data_received(SUBSCRIBE + UNSUBSCRIBE)
    async with asyncio.timeout(5):
        while b"retry_after" not in b"".join(wire.written):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert house.installed == 2
    told = next(one for one in wire.written if b"rate_limited" in one)
    assert b'"ref":"1"' in told
    assert b'"retry":true' in told
    assert b'"retry_after":31' in told
    assert made.is_open
    made.connection_lost(None)


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
    made.data_received(REQUEST)
    async with asyncio.timeout(5):
        await aborted.wait()
    made.connection_lost(None)
    assert [context["exception"] for context in told] in ([error], [])
