"""From bus and log to the hub: contiguous per stream, whatever the bus does.

The bus's entries are taken when they are next in line. Anything else - a gap, a silence, an
outage - is read from the log. While a stream is being read, what arrives for it waits.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from headrace.errors import Unavailable
from headrace.gathering import Gathering
from headrace.log import history
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from headrace.bus import Bus
    from headrace.live.hub import Hub
    from headrace.live.stream import Stream
    from headrace.log.database import Database
    from headrace.model.entries import Entry, StreamInfo

log = logging.getLogger(__name__)

_MOST_AHEAD = 1_000


class Relay:
    """Keeps the streams of one node complete.

    ``poll_interval`` and ``poll_degraded`` are the seconds between two questions for the heads
    of all streams, with the bus up and with the bus away; ``linger`` those for which a stream
    that nobody needs is followed still. ``on_revoked`` is told of each revocation once it holds,
    ``on_followed`` after how many seconds the bus has answered that it listens to more streams.
    """

    def __init__(
        self,
        hub: Hub,
        database: Database,
        *,
        poll_interval: float,
        poll_degraded: float,
        page: int = 256,
        linger: float = 30.0,
        on_revoked: Callable[[Entry], None] = lambda entry: None,
        on_followed: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._hub = hub
        self._database = database
        self._heads: Gathering[str, int] = Gathering(
            lambda names: history.moved_heads(database, dict.fromkeys(names, 0))
        )
        self._listening: Gathering[str, None] = Gathering(self._listen)
        self._poll_interval = poll_interval
        self._poll_degraded = poll_degraded
        self._page = page
        self._linger = linger
        self._on_revoked = on_revoked
        self._on_followed = on_followed
        self._ahead: dict[str, dict[int, Entry]] = {}
        self._recovering: dict[str, asyncio.Task[None]] = {}
        self._wanted: dict[str, int] = {}
        self._awaited: dict[str, int] = {}
        self._doubts_until = 0.0
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._bus: Bus | None = None
        # Since the beginning, for the metrics.
        self.late = 0
        self.gaps = 0
        self.recovered = 0
        self.polls = 0
        self.lies = 0

    async def start(self, bus: Bus) -> None:
        """Begin to poll and to sweep."""
        self._bus = bus
        self._tasks = [
            watched(self._keep_polling(), "polling heads"),
            watched(self._keep_sweeping(), "sweeping idle streams"),
        ]

    async def close(self) -> None:
        """Stop."""
        tasks = [*self._tasks, *self._recovering.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def bus(self) -> Bus:
        if self._bus is None:
            raise AssertionError("the relay was used before it was started")
        return self._bus

    @property
    def ahead(self) -> int:
        """Entries that wait here for those before them, which are being read."""
        return sum(map(len, self._ahead.values()))

    # What comes in.

    def hear(self, entry: Entry) -> None:
        """An entry that the bus has brought."""
        if entry.seq >= self._awaited.get(entry.stream, entry.seq + 1):
            del self._awaited[entry.stream]
        self.offer(entry)

    def offer(self, entry: Entry) -> None:
        """An entry from the bus or from this node's own publisher, in any order, any number of
        times."""
        stream = self._hub.streams.get(entry.stream)
        if stream is None:
            return
        if entry.seq <= stream.window.top:
            self.late += 1
            return
        if entry.seq == stream.window.top + 1:
            self._ingest(entry)
            return
        ahead = self._ahead.setdefault(entry.stream, {})
        if len(ahead) < _MOST_AHEAD:
            ahead[entry.seq] = entry
        self._recover(stream, entry.seq)

    def offer_all(self, entries: Sequence[Entry]) -> None:
        """Entries that this node has committed."""
        for entry in entries:
            self.offer(entry)

    def bus_changed(self, is_up: bool) -> None:
        """The bus came or went: whatever was said meanwhile is in the log."""
        log.info("the bus is %s", "up" if is_up else "away: asking the log instead")
        self._wake.set()

    # What is missing.

    def _recover(self, stream: Stream, upto: int) -> asyncio.Task[None]:
        self._wanted[stream.name] = max(upto, self._wanted.get(stream.name, 0))
        task = self._recovering.get(stream.name)
        if task is None:
            self.gaps += 1
            task = watched(self._read_missing(stream), f"completing {stream.name}")
            self._recovering[stream.name] = task
            task.add_done_callback(lambda _: self._recovered(stream))
        return task

    async def _read_missing(self, stream: Stream) -> None:
        """Read until the stream is as far as anybody wanted meanwhile."""
        pause = 0.05
        while stream.window.top < self._wanted[stream.name]:
            self._take_ahead(stream)
            target = self._wanted[stream.name]
            if stream.window.top >= target:
                break
            try:
                entries = await history.entries(
                    self._database, stream.name, stream.window.top, target, self._page
                )
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)
                continue
            if not entries:
                log.error("%s: number %d was announced, but is not in the log", stream.name, target)
                self._wanted[stream.name] = stream.window.top
                return
            self.recovered += len(entries)
            for entry in entries:
                if entry.seq > stream.window.top:  # not offered while they were read
                    self._ingest(entry)
            await asyncio.sleep(0)  # let the hub's tick send this page before the next comes

    def _take_ahead(self, stream: Stream) -> None:
        ahead = self._ahead.get(stream.name, {})
        while (entry := ahead.pop(stream.window.top + 1, None)) is not None:
            self._ingest(entry)
        for seq in [seq for seq in ahead if seq <= stream.window.top]:
            del ahead[seq]

    def _ingest(self, entry: Entry) -> None:
        self._hub.ingest(entry)
        if entry.revoked:
            self._on_revoked(entry)

    def _recovered(self, stream: Stream) -> None:
        task, wanted = self._recovering.pop(stream.name), self._wanted.pop(stream.name)
        has_ended_well = not task.cancelled() and task.exception() is None
        if has_ended_well and stream.window.top < wanted:
            self._recover(stream, wanted)  # it was wanted between the last look and now
        else:
            self._ahead.pop(stream.name, None)

    # Following.

    @asynccontextmanager
    async def following(self, infos: Sequence[StreamInfo]) -> AsyncIterator[list[Stream]]:
        """The streams, followed and complete up to the heads in ``infos`` at least.

        They are held as long as the context lasts; after it, as long as somebody subscribes.
        Raises Unavailable.
        """
        streams = []
        for info in infos:
            stream = self._hub.open(info)
            stream.pins += 1
            streams.append(stream)
        try:
            await self._complete(streams, infos)
            yield streams
        finally:
            for stream in streams:
                stream.pins -= 1

    async def listen(self, info: StreamInfo) -> None:
        """Follow a stream from the head in ``info`` on, held by the caller's pin.

        What was committed until the bus listened may be missing, until ``prove`` says that it is
        not.
        """
        stream = self._hub.open(info)
        stream.pins += 1
        try:
            if not stream.is_proven:
                await self._listening.ask([stream.name])
        except BaseException:
            stream.pins -= 1
            raise

    def prove(self, info: StreamInfo) -> None:
        """This is where a stream stands that was listened to before the log was asked."""
        stream = self._hub.streams[info.stream]
        if stream.window.top < info.head:
            self._recover(stream, info.head)
        stream.is_proven = True

    async def _listen(self, names: Sequence[str]) -> dict[str, None]:
        began = asyncio.get_running_loop().time()
        await self.bus.follow(names)
        self._on_followed(asyncio.get_running_loop().time() - began)
        return {}

    async def _complete(self, streams: Sequence[Stream], infos: Sequence[StreamInfo]) -> None:
        """Between the snapshot and the bus's answer something may have been committed.

        A stream for which that was looked up once has been listened to ever since.
        """
        wanted = {info.stream: info.head for info in infos}
        new = [stream.name for stream in streams if not stream.is_proven]
        if new:
            await self._listening.ask(new)
            wanted.update(await self._heads.ask(new))
        tasks = [
            self._recover(stream, wanted[stream.name])
            for stream in streams
            if stream.window.top < wanted[stream.name]
        ]
        if tasks:
            await asyncio.wait(tasks)
        for stream in streams:
            stream.is_proven = True

    # Safety nets.

    async def _keep_polling(self) -> None:
        while True:
            is_woken = await self._pause()
            if self._awaited and not is_woken:
                self._doubt()
            self._awaited.clear()
            try:
                await self.poll()
            except Unavailable as error:
                log.debug("cannot ask for heads: %s", error)
            if is_woken:
                self._awaited.clear()  # it was said while the bus was away

    async def _pause(self) -> bool:
        """Wait until it is time for a look, or somebody asks for one; answers whether they did."""
        try:
            async with asyncio.timeout(self._interval()):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    def _interval(self) -> float:
        is_doubted = asyncio.get_running_loop().time() < self._doubts_until
        if self.bus.is_up and not self._awaited and not is_doubted:
            return self._poll_interval
        return min(self._poll_degraded, self._poll_interval)

    def _doubt(self) -> None:
        """The bus calls itself up, but has not brought what the last look found in the log: a
        replica that was cut off answers probes, too. Look more often for a while, and dial again.
        """
        if not self.bus.is_up:
            return
        self.lies += 1
        now = asyncio.get_running_loop().time()
        if now >= self._doubts_until:
            log.warning("the bus does not bring what is committed: asking the log more often")
            self.bus.doubt()
        self._doubts_until = now + self._poll_interval

    async def poll(self) -> None:
        """Ask the log for the heads of all streams; read what is missing. Raises Unavailable.

        A log that has lost what this node holds gives the same numbers to other entries, which
        the node would take for known, and its clients have positions of a history that is no
        more: AssertionError.
        """
        heads = {name: stream.window.top for name, stream in self._hub.streams.items()}
        if heads:
            self.polls += 1
            for name, head in (await history.moved_heads(self._database, heads)).items():
                if head < heads[name]:
                    raise AssertionError(f"{name}: the log went back from {heads[name]} to {head}")
                stream = self._hub.streams.get(name)
                if stream is not None and stream.window.top < head:
                    self._awaited[name] = head
                    self._recover(stream, head)

    async def _keep_sweeping(self) -> None:
        idle: set[str] = set()
        while True:
            await asyncio.sleep(self._linger)
            now = {name for name, stream in self._hub.streams.items() if stream.is_idle}
            gone = [name for name in now & idle if name not in self._recovering]
            for name in gone:
                self._hub.close_stream(name)
            self.bus.unfollow(gone)
            idle = now - set(gone)
