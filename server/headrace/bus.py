"""Redis or Valkey, the bus: a hint that something was committed, and what it was.

It may lose, repeat or reorder messages and be away for any time: nothing depends on it but
latency. One channel per stream, its name in a hash tag so that a cluster keeps it on one shard.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from headrace.model.entries import Entry, Whisper
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from redis.asyncio.client import PubSub

log = logging.getLogger(__name__)

_AWAY = (RedisError, OSError, TimeoutError)
_PREFIX = b"headrace:{"
_MOST_WAITING = 10_000
_FIRST_PAUSE = 0.05
_decoder: msgspec.msgpack.Decoder[Entry | Whisper] = msgspec.msgpack.Decoder(Entry | Whisper)


class Bus:
    """One connection that listens, one that announces; both come back by themselves.

    ``on_entry(entry)`` and ``on_whisper(whisper)`` are called for what arrives, ``on_up(is_up)``
    when listening begins or ends to work.
    """

    def __init__(
        self,
        url: str,
        node: str,
        *,
        on_entry: Callable[[Entry], None],
        on_whisper: Callable[[Whisper], None],
        on_up: Callable[[bool], None],
        probe_interval: float = 2.0,
    ) -> None:
        self._url = url
        self._probe_channel = f"headrace:probe:{node}".encode()
        self._on_entry = on_entry
        self._on_whisper = on_whisper
        self._on_up = on_up
        self._probe_interval = probe_interval
        self._followed: dict[str, asyncio.Future[None] | None] = {}
        self._pubsub: PubSub | None = None
        self._outgoing: deque[Sequence[Entry | Whisper]] = deque(maxlen=_MOST_WAITING)
        self._has_outgoing = asyncio.Event()
        self._echoed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.is_up = False
        # Since the beginning, for the metrics.
        self.received = 0
        self.unreadable = 0
        self.announced = 0
        self.dropped = 0
        self.probes = 0
        self.probe_timeouts = 0
        self.connects = 0

    async def start(self) -> None:
        """Begin to listen and to announce. Does not wait for the bus to be there."""
        self._tasks = [
            watched(self._keep_listening(), "listening to the bus"),
            watched(self._keep_announcing(), "announcing on the bus"),
        ]

    async def close(self) -> None:
        """Stop; what waits to be announced is in the log anyway."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Announcing.

    def announce(self, entries: Sequence[Entry | Whisper]) -> None:
        """Tell other nodes of what was committed, or that somebody writes.

        Never blocks, never raises.

        Where the bus does not keep up, the oldest are dropped: nodes find them in the log.
        """
        if entries:
            if len(self._outgoing) == _MOST_WAITING:
                self.dropped += len(self._outgoing[0])
            self._outgoing.append(entries)
            self._has_outgoing.set()

    @property
    def waiting(self) -> int:
        """How many announcements wait to go out."""
        return len(self._outgoing)

    async def _keep_announcing(self) -> None:
        client = _client(self._url)
        try:
            while True:
                await self._has_outgoing.wait()
                self._has_outgoing.clear()
                batch = [entry for entries in self._outgoing for entry in entries]
                self._outgoing.clear()
                try:
                    await _publish(client, batch)
                    self.announced += len(batch)
                except _AWAY as error:
                    self.dropped += len(batch)
                    log.debug("announcing failed: %s", error)
                    await asyncio.sleep(0.1)
        finally:
            await client.aclose()

    # Listening.

    async def follow(self, streams: Iterable[str], wait: float = 1.0) -> None:
        """Listen to streams; returns when the bus has said so, or after ``wait`` seconds.

        Whoever asks for a stream that another is just asking for waits for the same answer.
        """
        loop = asyncio.get_running_loop()
        wanted = list(streams)
        new = [name for name in wanted if name not in self._followed]
        for name in new:
            self._followed[name] = loop.create_future()
        if new and self._pubsub is not None:
            with suppress(*_AWAY):
                await self._pubsub.subscribe(*map(_channel, new))
        pending = [future for name in wanted if (future := self._followed.get(name)) is not None]
        if pending and self.is_up:
            await asyncio.wait(pending, timeout=wait)

    async def unfollow(self, streams: Iterable[str]) -> None:
        """No longer listen to streams."""
        gone = [name for name in streams if self._followed.pop(name, self) is not self]
        if gone and self._pubsub is not None:
            with suppress(*_AWAY):
                await self._pubsub.unsubscribe(*map(_channel, gone))

    async def _keep_listening(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._listen()
            except _AWAY as error:
                log.info("the bus is away: %s", error)
            pause = _FIRST_PAUSE if self.is_up else min(pause * 2, 1.0)
            self._set_up(False)
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Listen until the connection breaks or no longer carries anything."""
        client = _client(self._url)
        self._pubsub = client.pubsub()
        tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._probe(client))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._hang_up(client)

    async def _receive(self) -> None:
        if self._pubsub is None:
            raise AssertionError("listening without a connection")
        for name in self._followed:
            self._followed[name] = asyncio.get_running_loop().create_future()
        channels = [self._probe_channel, *map(_channel, self._followed)]
        await self._pubsub.subscribe(*channels)
        async for message in self._pubsub.listen():
            self._take(message)

    async def _hang_up(self, client: Any) -> None:
        pubsub, self._pubsub = self._pubsub, None
        for future in self._followed.values():
            if future is not None and not future.done():
                future.set_result(None)  # whoever waits goes on: the log is asked instead
        if pubsub is not None:
            with suppress(*_AWAY):
                await pubsub.aclose()  # type: ignore[no-untyped-call]
        with suppress(*_AWAY):
            await client.aclose()

    def _take(self, message: Any) -> None:
        kind, channel = message["type"], message["channel"]
        if kind == "subscribe":
            self._subscribed(channel)
        elif kind == "message" and channel == self._probe_channel:
            self._echoed.set()
        elif kind == "message":
            self.received += 1
            try:
                told = _decoder.decode(message["data"])
            except msgspec.DecodeError as error:
                self.unreadable += 1
                # Somebody else writes to our channels, or a newer node: the log knows.
                log.warning("unreadable message on %r: %s", channel, error)
                return
            if isinstance(told, Entry):
                self._on_entry(told)
            else:
                self._on_whisper(told)

    def _subscribed(self, channel: bytes) -> None:
        if channel == self._probe_channel:
            self._set_up(True)
            return
        name = channel[len(_PREFIX) : -1].decode()
        future = self._followed.get(name)
        if future is not None:
            self._followed[name] = None
            if not future.done():
                future.set_result(None)

    async def _probe(self, client: Any) -> None:
        """A connection that looks alive may carry nothing: send something round and wait for it."""
        while True:
            await asyncio.sleep(self._probe_interval)
            self._echoed.clear()
            self.probes += 1
            try:
                async with asyncio.timeout(self._probe_interval):
                    await client.publish(self._probe_channel, b"")
                    await self._echoed.wait()
            except TimeoutError:
                self.probe_timeouts += 1
                raise

    def _set_up(self, is_up: bool) -> None:
        if is_up is not self.is_up:
            self.is_up = is_up
            self.connects += is_up
            self._on_up(is_up)


def _channel(stream: str) -> bytes:
    return _PREFIX + stream.encode() + b"}"


def _client(url: str) -> Any:
    # No retries inside the client: a connection that came back has missed something, and
    # the relay must hear of it.
    return redis.Redis.from_url(url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))


async def _publish(client: Any, batch: Iterable[Entry | Whisper]) -> None:
    pipeline = client.pipeline(transaction=False)
    for entry in batch:
        pipeline.publish(_channel(entry.stream), msgspec.msgpack.encode(entry))
    await pipeline.execute()


async def announce_now(url: str, told: Sequence[Entry]) -> bool:
    """Tell nodes at once, for a process that serves nobody; False if the bus is away."""
    client = _client(url)
    try:
        await _publish(client, told)
    except _AWAY as error:
        log.info("the bus is away: %s", error)
        return False
    finally:
        await client.aclose()
    return True
