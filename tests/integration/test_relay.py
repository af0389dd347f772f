"""The bus loses, repeats and reorders; the relay gives the hub every entry once, in order."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest
import redis.asyncio as redis

from headrace.bus import Bus
from headrace.errors import Unavailable
from headrace.live.hub import Hub
from headrace.log import authority, history
from headrace.relay import Relay
from tests.live_support import Peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from headrace.live.stream import Stream
    from headrace.model.entries import StreamInfo
    from tests.integration.conftest import Organisation


class Station:
    """A node's live side without sockets: hub, relay and bus."""

    def __init__(self, organisation: Organisation, redis_url: str, poll: float = 3600) -> None:
        self.organisation = organisation
        self.changed = asyncio.Event()
        self.hub = Hub(
            window_bytes=40_000,
            on_dirty=self._tick,
            on_stale=lambda person: None,
            on_rewritten=lambda stream, which: None,
        )
        self.relay = Relay(
            self.hub, organisation.database, poll_interval=poll, poll_degraded=0.02, page=5
        )
        self.bus = Bus(
            redis_url,
            "test",
            on_entry=self.relay.hear,
            on_whisper=lambda whisper: None,
            on_ending=lambda ending: None,
            on_attendance=lambda told: None,
            on_up=self._bus_changed,
            probe_interval=0.3,
        )

    def _tick(self) -> None:
        asyncio.get_running_loop().call_soon(self.flush)

    def _bus_changed(self, is_up: bool) -> None:
        self.relay.bus_changed(is_up)
        self.changed.set()

    def flush(self) -> None:
        self.hub.flush()
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that a flush or the bus brings about."""
        async with asyncio.timeout(10):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    async def info(self, level: str = "internal") -> StreamInfo:
        known = await authority.load(self.organisation.database, UUID(self.organisation.mia.id))
        assert known is not None
        return next(info for info in known.streams if info.level == level)


@asynccontextmanager
async def station(
    organisation: Organisation, redis_url: str, poll: float = 3600
) -> AsyncIterator[Station]:
    made = Station(organisation, redis_url, poll)
    await made.bus.start()
    await made.relay.start(made.bus)
    try:
        yield made
    finally:
        await made.relay.close()
        await made.bus.close()


@pytest.fixture
async def node(organisation: Organisation, redis_url: str) -> AsyncIterator[Station]:
    async with station(organisation, redis_url) as made:
        await made.until(lambda: made.bus.is_up)
        yield made


async def followed(node: Station) -> tuple[Stream, Peer]:
    async with node.relay.following([await node.info()]) as (stream,):
        peer = Peer(node.hub)
        peer.subscribe(stream)
    return stream, peer


async def test_lost_messages_are_read_from_the_log(node: Station) -> None:
    stream, peer = await followed(node)
    for number in range(12):
        await node.organisation.post(node.organisation.mia, f"{number}")
    node.relay.offer(node.organisation.told[-1])
    await node.until(lambda: stream.flushed == 14)
    assert peer.seen[stream.name] == list(range(3, 15))


async def test_what_comes_next_is_not_held_up_by_a_look_into_the_log(
    node: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, peer = await followed(node)
    for number in range(3):
        await node.organisation.post(node.organisation.mia, f"{number}")
    read, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly(*arguments: Any) -> Any:
        found = await history.entries(*arguments)
        read.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr("headrace.relay.history", SimpleNamespace(entries=slowly))
    first, second, third = node.organisation.told[-3:]
    node.relay.offer(third)
    async with asyncio.timeout(5):
        await read.wait()
    assert node.relay.ahead == 1
    node.relay.offer(first)
    node.relay.offer(second)
    await node.until(lambda: stream.flushed == 4)
    goes_on.set()
    await node.until(lambda: stream.flushed == 5)
    assert peer.seen[stream.name] == [3, 4, 5]


async def test_order_and_repetition_do_not_matter(node: Station) -> None:
    stream, peer = await followed(node)
    for number in range(30):
        await node.organisation.post(node.organisation.mia, f"{number}")
    told = node.organisation.told * 2
    random.Random(3).shuffle(told)
    for entry in told:
        node.relay.offer(entry)
    await node.until(lambda: stream.flushed == 32)
    assert peer.seen[stream.name] == list(range(3, 33))


async def test_what_another_node_announces_arrives(node: Station) -> None:
    stream, peer = await followed(node)
    await node.organisation.post(node.organisation.mia)
    node.bus.announce(node.organisation.told)
    await node.until(lambda: stream.flushed == 3)
    assert peer.seen[stream.name] == [3]


async def test_what_is_committed_between_snapshot_and_follow_is_there(node: Station) -> None:
    info = await node.info()
    await node.organisation.post(node.organisation.mia)
    async with node.relay.following([info]) as (stream,):
        assert stream.window.top == 3


async def test_the_second_first_subscriber_waits_for_the_same_answer(node: Station) -> None:
    info = await node.info()

    async def follow() -> int:
        async with node.relay.following([info]) as (stream,):
            peer = Peer(node.hub)
            peer.subscribe(stream)
            return peer.remembered[stream.name]

    heads = await asyncio.gather(*(follow() for _ in range(5)))
    assert heads == [2] * 5
    await node.organisation.post(node.organisation.mia)
    node.bus.announce(node.organisation.told)
    (stream,) = node.hub.streams.values()
    await node.until(lambda: stream.flushed == 3)


async def test_what_the_log_says_after_the_bus_has_listened_completes_a_stream(
    node: Station,
) -> None:
    info = await node.info()
    await node.organisation.post(node.organisation.mia)  # and nobody tells the node
    await node.relay.listen(info)
    stream = node.hub.streams[info.stream]
    assert (stream.pins, stream.is_proven) == (1, False)
    node.relay.prove(await node.info())
    assert stream.is_proven
    await node.until(lambda: stream.flushed == 3)
    await node.organisation.post(node.organisation.mia)
    node.bus.announce(node.organisation.told[-1:])
    await node.until(lambda: stream.flushed == 4)


async def test_who_listens_beside_others_waits_for_the_bus_as_they_do(
    node: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    info, asked = await node.info(), []
    real = node.bus.follow

    async def follow(names: list[str]) -> None:
        asked.append(names)
        await real(names)

    monkeypatch.setattr(node.bus, "follow", follow)
    await asyncio.gather(
        *(node.relay.listen(msgspec.structs.replace(info, stream=f"s{n}")) for n in range(20))
    )
    assert [len(names) for names in asked] == [1, 19]
    assert all(stream.pins == 1 for stream in node.hub.streams.values())


async def test_who_goes_while_the_bus_is_asked_holds_nothing(
    node: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_asked = asyncio.Event()

    async def follow(_: list[str]) -> None:
        is_asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(node.bus, "follow", follow)
    info = await node.info()
    listening = asyncio.create_task(node.relay.listen(info))
    await is_asked.wait()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert node.hub.streams[info.stream].pins == 0


async def test_a_killed_bus_connection_loses_nothing(node: Station, redis_url: str) -> None:
    stream, peer = await followed(node)
    async with redis.Redis.from_url(redis_url) as client:
        await client.client_kill_filter(_type="pubsub")
    await node.until(lambda: not node.bus.is_up)
    await node.organisation.post(node.organisation.mia)
    node.bus.announce(node.organisation.told)  # heard, or found in the log when it is back
    await node.until(lambda: stream.flushed == 3)
    await node.until(lambda: node.bus.is_up)
    await node.organisation.post(node.organisation.mia)
    node.bus.announce(node.organisation.told)
    await node.until(lambda: stream.flushed == 4)
    assert peer.seen[stream.name] == [3, 4]


async def test_a_bus_that_hangs_is_noticed_by_its_silence(node: Station, redis_url: str) -> None:
    stream, peer = await followed(node)
    async with redis.Redis.from_url(redis_url) as client:
        await client.client_pause(2_000)
    await node.organisation.post(node.organisation.mia)
    await node.until(lambda: not node.bus.is_up)
    await node.until(lambda: stream.flushed == 3)
    assert peer.seen[stream.name] == [3]
    await node.until(lambda: node.bus.is_up)


async def test_without_any_bus_heads_are_polled(organisation: Organisation) -> None:
    async with station(organisation, "unix:///nonexistent/valkey.sock") as node:
        stream, peer = await followed(node)
        await organisation.post(organisation.mia)
        await node.until(lambda: stream.flushed == 3)
        assert peer.seen[stream.name] == [3]


async def test_a_lost_message_on_a_bus_that_is_up_is_found_by_the_slow_poll(
    organisation: Organisation, redis_url: str
) -> None:
    async with station(organisation, redis_url, poll=0.05) as node:
        stream, _ = await followed(node)
        await organisation.post(organisation.mia)
        await node.until(lambda: stream.flushed == 3)


async def test_garbage_on_a_channel_is_ignored(node: Station, redis_url: str) -> None:
    stream, peer = await followed(node)
    async with redis.Redis.from_url(redis_url) as client:
        await client.publish("headrace:{" + stream.name + "}", b"\xff garbage")
    await node.organisation.post(node.organisation.mia)
    node.bus.announce(node.organisation.told)
    await node.until(lambda: stream.flushed == 3)
    assert peer.seen[stream.name] == [3]


async def test_a_number_that_the_log_does_not_have_is_not_believed(node: Station) -> None:
    stream, peer = await followed(node)
    await node.organisation.post(node.organisation.mia)
    (real,) = node.organisation.told
    forged = type(real)(stream=real.stream, seq=99, activity=real.activity)
    node.relay.offer(forged)
    await node.until(lambda: stream.flushed == 3)
    assert peer.seen[stream.name] == [3]
    assert stream.window.top == 3


async def test_a_log_that_went_back_is_not_served_from(node: Station) -> None:
    stream, _ = await followed(node)
    await node.organisation.post(node.organisation.mia)
    node.relay.offer_all(node.organisation.told)
    await node.relay.poll()
    async with node.organisation.database.transaction() as connection:  # as a backup has it
        await connection.execute(
            "DELETE FROM entry e USING stream s"
            " WHERE s.id = e.stream_id AND s.name = $1 AND e.seq = 3",
            stream.name,
        )
        await connection.execute("UPDATE stream SET head = 2 WHERE name = $1", stream.name)
    with pytest.raises(AssertionError, match="went back from 3 to 2"):
        await node.relay.poll()


async def test_a_database_that_is_away_is_waited_for(
    node: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, peer = await followed(node)
    for _ in range(3):
        await node.organisation.post(node.organisation.mia)
    real, failures = history.entries, [Unavailable(), Unavailable()]

    async def flaky(*arguments: Any) -> object:
        if failures:
            raise failures.pop()
        return await real(*arguments)

    monkeypatch.setattr(history, "entries", flaky)
    node.relay.offer(node.organisation.told[-1])
    await node.until(lambda: stream.flushed == 5)
    assert peer.seen[stream.name] == [3, 4, 5]
