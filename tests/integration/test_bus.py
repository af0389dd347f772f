"""The bus by itself: who is called off goes, at whatever moment."""

from __future__ import annotations

import asyncio
import gc
import random
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import hiredis
import pytest

from headrace.bus.counts import Counts
from headrace.bus.line import Line
from headrace.bus.outlet import Outlet
from headrace.bus.places import Server, find
from headrace.bus.wire import Wire
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


# redis-py leaves a writer behind where it is called off in the midst of connecting.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_whoever_asks_where_the_bus_is_can_be_called_off_at_any_moment(
    redis_url: str,
) -> None:
    moments = random.Random(11)
    ignored = 0
    for _ in range(300):
        task = asyncio.create_task(find(redis_url))
        for _ in range(moments.randrange(60)):
            await asyncio.sleep(0)
        is_too_late = task.done()
        task.cancel()
        await asyncio.wait([task])
        ignored += not (is_too_late or task.cancelled())
    assert ignored == 0
    gc.collect()  # a writer left behind goes here, not in the midst of a later test


async def test_a_server_by_itself_is_not_taken_for_a_cluster(redis_url: str) -> None:
    layout = await find(redis_url)
    assert not layout.is_cluster
    assert layout.is_whole


@pytest.mark.parametrize(
    "option",
    ["protocol=3", "decode_responses=true", "socket_timeout=0.1"],
)
async def test_what_a_url_asks_of_the_library_does_not_disturb_who_listens(
    redis_url: str, option: str
) -> None:
    counts, changes = Counts(), asyncio.Event()
    line = Line(
        Server("it", f"{redis_url}{'&' if '?' in redis_url else '?'}{option}"),
        f"probe of {option}".encode(),
        sharded=False,
        interval=0.3,
        counts=counts,
        on_message=lambda *_: None,
        on_change=changes.set,
        on_moved=lambda: None,
    )
    try:
        async with asyncio.timeout(10):
            while not line.is_up:
                changes.clear()
                await changes.wait()
        changes.clear()
        with suppress(TimeoutError):  # longer than it would wait for the next message
            await asyncio.wait_for(changes.wait(), 0.5)
        assert not changes.is_set()
        assert counts.probe_timeouts == 0
    finally:
        await line.close()


class Pretender:
    """A server that answers each PUBLISH with the next of ``answers``, and then always with the
    last: None says nothing, and b"" hangs up."""

    def __init__(self, *answers: bytes | None) -> None:
        self._answers = list(answers)
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests = hiredis.Reader()
        while not writer.is_closing() and (data := await reader.read(65_536)):
            requests.feed(data)
            while request := requests.gets():
                self._answer(request, writer)
        writer.close()

    def _answer(self, request: list[bytes], writer: asyncio.StreamWriter) -> None:
        if request[0] != b"PUBLISH":
            writer.write(b"+OK\r\n")  # redis-py introduces itself
            return
        self.heard.append(request[2])
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer:
            writer.write(answer)
        elif answer is not None:
            writer.close()


class Announcing:
    """An outlet, and what becomes of what is given to it."""

    def __init__(self, server: Server) -> None:
        self.counts = Counts()
        self.moved: list[tuple[bytes, bytes]] = []
        self.outlet = Outlet(server, sharded=False, counts=self.counts, on_moved=self.moved.extend)

    def say(self, *words: bytes) -> None:
        for word in words:
            self.outlet.add((b"channel", word))

    async def settled(self, number: int) -> tuple[int, int]:
        """How many were announced and how many dropped, once it is so many."""
        counts = self.counts
        await until(lambda: counts.announced + counts.dropped + len(self.moved) == number)
        return self.counts.announced, self.counts.dropped


@asynccontextmanager
async def announcing_to(pretender: Pretender) -> AsyncIterator[Announcing]:
    server = await asyncio.start_server(pretender.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    announcing = Announcing(Server("it", f"redis://{host}:{port}"))
    try:
        async with asyncio.timeout(10):
            yield announcing
    finally:
        await announcing.outlet.close()
        server.close()


async def test_everything_is_said_in_order_and_counted() -> None:
    pretender = Pretender(b":1\r\n")
    words = [b"%d" % number for number in range(8)]
    async with announcing_to(pretender) as announcing:
        announcing.say(*words[:5])
        assert await announcing.settled(5) == (5, 0)
        announcing.say(*words[5:])
        assert await announcing.settled(8) == (8, 0)
    assert pretender.heard == words


async def test_what_is_refused_is_dropped_and_what_has_moved_is_handed_back() -> None:
    pretender = Pretender(b"-MOVED 7 127.0.0.1:1\r\n", b"-NOPERM no\r\n", b":0\r\n")
    async with announcing_to(pretender) as announcing:
        announcing.say(b"moves", b"refused", b"heard")
        assert await announcing.settled(3) == (1, 1)
        assert announcing.moved == [(b"channel", b"moves")]


async def test_what_a_lost_connection_has_not_answered_is_said_once_more() -> None:
    pretender = Pretender(b":1\r\n", b"", b":1\r\n")
    async with announcing_to(pretender) as announcing:
        announcing.say(b"first")
        await announcing.settled(1)
        announcing.say(b"second")
        assert await announcing.settled(2) == (2, 0)
    assert pretender.heard == [b"first", b"second", b"second"]


@pytest.mark.parametrize("answer", [b"", None, b"nonsense\r\n"])
async def test_what_cannot_be_said_at_the_second_attempt_is_dropped(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headrace.bus.outlet.PATIENCE", 0.2)
    pretender = Pretender(answer, answer, b":1\r\n")
    async with announcing_to(pretender) as announcing:
        announcing.say(b"in vain")
        assert await announcing.settled(1) == (0, 1)
        announcing.say(b"heard")
        assert await announcing.settled(2) == (1, 1)
    assert pretender.heard == [b"in vain", b"in vain", b"heard"]


async def test_an_error_in_who_takes_an_answer_reaches_who_keeps_the_connection(
    redis_url: str,
) -> None:
    def fail(answer: object) -> None:
        raise AssertionError(answer)

    wire = await Wire.open(Server("it", redis_url), fail)
    wire.say(b"PING")
    with pytest.raises(AssertionError, match="PONG"):
        await asyncio.wait_for(wire.lost, 10)
    await wire.close()
