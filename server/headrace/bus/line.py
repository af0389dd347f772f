"""A connection that listens at one server of the bus."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import hiredis
from redis.crc import key_slot

from headrace.bus.outlet import publish, verb
from headrace.bus.places import AWAY, dial
from headrace.bus.wire import Wire, slot_moved
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from headrace.bus.counts import Counts
    from headrace.bus.places import Server

log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.05
_MOST_PAUSE = 1.0


class Line:
    """Listens to its channels, and comes back by itself.

    A connection that looks alive may carry nothing: what is said on ``probe`` has to come round.
    ``on_message(channel, data)`` is told what arrives, ``on_change()`` that ``is_up`` may have
    changed, ``on_moved()`` that the server no longer carries a channel.
    """

    def __init__(
        self,
        server: Server,
        probe: bytes,
        *,
        sharded: bool,
        interval: float,
        counts: Counts,
        on_message: Callable[[bytes, bytes], None],
        on_change: Callable[[], None],
        on_moved: Callable[[], None],
    ) -> None:
        self.server = server
        self.probe = probe
        self._sharded = sharded
        self._interval = interval
        self._counts = counts
        self._on_message = on_message
        self._on_change = on_change
        self._on_moved = on_moved
        # None once the server has said that it listens for us there.
        self._channels: dict[bytes, asyncio.Future[None] | None] = {probe: None}
        self._moved: set[bytes] = set()
        self._wire: Wire | None = None
        self._is_listening = False
        self._echoed = asyncio.Event()
        self._doubted = asyncio.Event()
        self._task = watched(self._keep_listening(), "listening to the bus")

    @property
    def is_up(self) -> bool:
        """Whether everything said on its channels arrives, as far as anybody knows."""
        return self._is_listening and not self._moved

    def carries(self, channel: bytes) -> bool:
        """Whether it listens to a channel, or tries to."""
        return channel in self._channels

    def doubt(self) -> None:
        """It has not brought what it should have: dial again."""
        self._doubted.set()

    async def close(self) -> None:
        """Stop."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # Channels.

    def follow(self, channels: Iterable[bytes]) -> list[asyncio.Future[None]]:
        """Listen to channels; answers what is done when the server has confirmed it."""
        wanted = list(channels)
        new = [channel for channel in wanted if channel not in self._channels]
        self._expect(new)
        self._subscribe(new)
        if not self._is_listening:
            return []
        found = (self._channels.get(channel) for channel in wanted)
        return [future for future in found if future is not None]

    def take_over(self, channels: Iterable[bytes]) -> None:
        """Listen to channels of which something may have been missed since another carried them."""
        new = list(channels)
        self._moved.update(new)
        self._expect(new)
        self._subscribe(new)

    def ask_again(self) -> None:
        """Try once more to listen where the server has refused."""
        self._subscribe(list(self._moved))

    def unfollow(self, channels: Iterable[bytes]) -> None:
        """No longer listen to channels."""
        gone = [name for name in channels if self._channels.pop(name, self) is not self]
        self._moved.difference_update(gone)
        if gone and self._wire is not None:
            self._say(self._wire, b"UNSUBSCRIBE", gone)

    def _expect(self, channels: Iterable[bytes]) -> None:
        loop = asyncio.get_running_loop()
        self._channels.update((channel, loop.create_future()) for channel in channels)

    def _subscribe(self, channels: Sequence[bytes]) -> None:
        """Ask the server, if it can be reached; if not, the next connection does."""
        if channels and self._wire is not None:
            self._say(self._wire, b"SUBSCRIBE", channels)

    def _say(self, wire: Wire, word: bytes, channels: Sequence[bytes]) -> None:
        for some in self._at_once(channels):
            wire.say(b"S" + word if self._sharded else word, *some)

    def _at_once(self, channels: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """What one command may name: in a cluster, channels of one slot."""
        return [[channel] for channel in channels] if self._sharded else [channels]

    # Listening.

    async def _keep_listening(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._listen()
            except AWAY as error:
                log.info("the bus at %s is away: %s", self.server.name, error)
            pause = _FIRST_PAUSE if self._is_listening else min(pause * 2, _MOST_PAUSE)
            self._set_listening(False)
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Listen until the connection breaks or no longer carries anything."""
        tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._keep_probing())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._release()

    async def _receive(self) -> None:
        wire = await Wire.open(self.server, self._hear)
        try:
            self._wire = wire
            self._moved.clear()
            self._doubted.clear()
            channels = list(self._channels)
            self._expect(channels)
            # The probe comes last: once it is confirmed, everything is.
            self._say(wire, b"SUBSCRIBE", channels[::-1])
            await wire.lost
        finally:
            self._wire = None
            await wire.close()

    def _release(self) -> None:
        """Whoever waits goes on: the log is asked instead."""
        for future in self._channels.values():
            if future is not None and not future.done():
                future.set_result(None)

    def _hear(self, answer: Any) -> None:
        """Raises ConnectionError for what ends the connection."""
        if isinstance(answer, list):
            self._take(*answer)
        elif (slot := slot_moved(answer)) is not None:
            self._refused(slot)
        elif isinstance(answer, hiredis.ReplyError):
            raise ConnectionError(str(answer))

    def _take(self, kind: bytes, channel: bytes, data: bytes) -> None:
        match kind:
            case b"message" | b"smessage" if channel == self.probe:
                self._echoed.set()
            case b"message" | b"smessage":
                self._on_message(channel, data)
            case b"subscribe" | b"ssubscribe":
                self._confirmed(channel)
            case b"sunsubscribe" if channel in self._channels:
                self._displaced([channel])

    def _confirmed(self, channel: bytes) -> None:
        future = self._channels.get(channel)
        if future is None:
            return  # repeated, or given up meanwhile
        self._channels[channel] = None
        if not future.done():
            future.set_result(None)
        if channel in self._moved:
            self._moved.discard(channel)
            self._on_change()
        if channel == self.probe:
            self._set_listening(True)

    def _refused(self, slot: int) -> None:
        self._displaced(
            channel
            for channel, future in self._channels.items()
            if future is not None and key_slot(channel) == slot
        )

    def _displaced(self, channels: Iterable[bytes]) -> None:
        """The server does not carry these any more: what is said there is not heard."""
        gone = list(channels)
        self._counts.moved += len(gone)
        self._moved.update(gone)
        self._expect(channel for channel in gone if self._channels[channel] is None)
        self._on_change()
        self._on_moved()

    async def _keep_probing(self) -> None:
        """Send something round and wait for it."""
        wire = dial(self.server)
        try:
            await self._probe_again_and_again(wire)
        finally:
            with suppress(*AWAY):
                await wire.disconnect()

    async def _probe_again_and_again(self, wire: Any) -> None:
        while True:
            await self._rest()
            self._echoed.clear()
            self._counts.probes += 1
            try:
                async with asyncio.timeout(self._interval):
                    word = verb(sharded=self._sharded)
                    (answer,) = await publish(wire, word, [(self.probe, b"")])
                    if isinstance(answer, Exception):
                        raise answer
                    await self._echoed.wait()
            except TimeoutError:
                self._counts.probe_timeouts += 1
                raise

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._interval):
                await self._doubted.wait()
                raise ConnectionError("it did not bring what it should have")

    def _set_listening(self, is_listening: bool) -> None:
        self._is_listening = is_listening
        self._on_change()
