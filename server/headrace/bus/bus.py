"""The bus of one node: what it follows, what it announces, at however many servers."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from headrace.bus.counts import Counts
from headrace.bus.line import Line
from headrace.bus.outlet import Outlet, publish, verb
from headrace.bus.places import AWAY, dial, find
from headrace.model.entries import ENDINGS, Attendance, Ending, Entry, Whisper
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from headrace.bus.outlet import Message
    from headrace.bus.places import Layout, Server

log = logging.getLogger(__name__)

_PREFIX = b"headrace:{"
_MOST_WAITING = 10_000
_MOST_TOGETHER = 64
_FIRST_PAUSE = 0.05
_MOST_PAUSE = 1.0
#: What nodes tell each other.
Told = Entry | Whisper | Ending | Attendance
_decoder: msgspec.msgpack.Decoder[list[Entry] | Whisper | Ending | Attendance] = (
    msgspec.msgpack.Decoder(list[Entry] | Whisper | Ending | Attendance)
)


class Bus:
    """At each server one connection that listens and one that announces; all come back by
    themselves.

    ``on_entry(entry)``, ``on_whisper(whisper)``, ``on_ending(ending)`` and
    ``on_attendance(attendance)`` are called for what arrives, ``on_up(is_up)`` when listening
    begins or ends to work: while it does not, anything may be missed.
    """

    def __init__(
        self,
        url: str,
        node: str,
        *,
        on_entry: Callable[[Entry], None],
        on_whisper: Callable[[Whisper], None],
        on_ending: Callable[[Ending], None],
        on_attendance: Callable[[Attendance], None],
        on_up: Callable[[bool], None],
        probe_interval: float = 2.0,
    ) -> None:
        self._url = url
        self._node = node
        self._on_entry = on_entry
        self._on_whisper = on_whisper
        self._on_ending = on_ending
        self._on_attendance = on_attendance
        self._on_up = on_up
        self._probe_interval = probe_interval
        self._layout: Layout | None = None
        self._lines: dict[Server, Line] = {}
        self._outlets: dict[Server, Outlet] = {}
        self._followed: set[bytes] = {_channel(ENDINGS)}
        self._outgoing: deque[Sequence[Told]] = deque(maxlen=_MOST_WAITING)
        self._again: deque[Message] = deque(maxlen=_MOST_WAITING)
        self._unsettled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_up = False
        self.counts = Counts()

    async def start(self) -> None:
        """Begin to listen and to announce. Does not wait for the bus to be there."""
        self._task = watched(self._keep_arranged(), "arranging the bus")

    async def close(self) -> None:
        """Stop; what waits to be announced is in the log anyway."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*(line.close() for line in self._lines.values()))
        await asyncio.gather(*(outlet.close() for outlet in self._outlets.values()))

    # Announcing.

    def announce(self, told: Sequence[Told]) -> None:
        """Tell other nodes of what was committed, or that somebody writes.

        Never blocks, never raises. Where the bus does not keep up, the oldest are dropped: nodes
        find them in the log.
        """
        if not told:
            return
        if self._layout is not None:
            self._post(_messages(told))
        else:
            if len(self._outgoing) == _MOST_WAITING:
                self.counts.dropped += len(self._outgoing[0])
            self._outgoing.append(told)

    @property
    def waiting(self) -> int:
        """How many announcements wait to go out."""
        return len(self._outgoing) + sum(map(len, self._outlets.values()))

    def _post(self, messages: Iterable[Message]) -> None:
        for message in messages:
            server = self._server(message[0])
            if server is None:
                self.counts.dropped += 1
            else:
                self._outlets[server].add(message)

    def _server(self, channel: bytes) -> Server | None:
        return None if self._layout is None else self._layout.server(channel)

    # Listening.

    async def follow(self, streams: Iterable[str], wait: float = 1.0) -> None:
        """Listen to streams; returns when the bus has said so, or after ``wait`` seconds.

        Whoever asks for a stream that another is just asking for waits for the same answer.
        """
        wanted = [_channel(name) for name in streams]
        self._followed.update(wanted)
        pending: list[asyncio.Future[None]] = []
        for line, channels in self._by_line(wanted).items():
            pending += line.follow(channels)
        if pending:
            await asyncio.wait(pending, timeout=wait)

    def unfollow(self, streams: Iterable[str]) -> None:
        """No longer listen to streams."""
        gone = [_channel(name) for name in streams]
        self._followed.difference_update(gone)
        for line in self._lines.values():
            line.unfollow(gone)

    def doubt(self) -> None:
        """What was committed has not come, though all seems well: dial again everywhere."""
        for line in self._lines.values():
            line.doubt()

    def _by_line(self, channels: Iterable[bytes]) -> dict[Line, list[bytes]]:
        found: dict[Line, list[bytes]] = {}
        for channel in channels:
            server = self._server(channel)
            if server is not None:
                found.setdefault(self._lines[server], []).append(channel)
        return found

    def _take(self, channel: bytes, data: bytes) -> None:
        self.counts.received += 1
        try:
            told = _decoder.decode(data)
        except msgspec.DecodeError as error:
            self.counts.unreadable += 1
            # Somebody else writes to our channels, or a newer node: the log knows.
            log.warning("unreadable message on %r: %s", channel, error)
            return
        match told:
            case Whisper():
                self._on_whisper(told)
            case Ending():
                self._on_ending(told)
            case Attendance():
                self._on_attendance(told)
            case entries:
                for entry in entries:
                    self._on_entry(entry)

    # Where.

    async def _keep_arranged(self) -> None:
        """Know who carries what: at first, and whenever something no longer fits."""
        pause = _FIRST_PAUSE
        while True:
            self._unsettled.clear()
            try:
                await self._arrange(await find(self._url, self._well()))
            except AWAY as error:
                log.debug("cannot ask where the bus is: %s", error)
            if self.is_up:
                pause = _FIRST_PAUSE
                await self._unsettled.wait()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _MOST_PAUSE)

    def _well(self) -> list[Server]:
        """The servers that we know, those that answer first. A cluster's others can be told by
        any of them; a server by itself is where its URL says."""
        if self._layout is None or not self._layout.is_cluster:
            return []
        return sorted(self._lines, key=lambda server: not self._lines[server].is_up)

    async def _arrange(self, layout: Layout) -> None:
        if layout != self._layout:
            await self._change_to(layout)
        for line in list(self._lines.values()):
            line.ask_again()
        self._post_early()
        self._judge()

    async def _change_to(self, layout: Layout) -> None:
        self._layout = layout
        gone = [line for line in self._lines.values() if not self._serves(line, layout)]
        for server in layout.servers:
            self._open(server, layout)
        self._hand_over()
        await self._leave(gone, layout)

    @staticmethod
    def _serves(line: Line, layout: Layout) -> bool:
        """Whether a line is of use still: its probe has to come round where it listens."""
        return layout.server(line.probe) == line.server

    def _open(self, server: Server, layout: Layout) -> None:
        line = self._lines.get(server)
        if line is None or not self._serves(line, layout):
            self._lines[server] = Line(
                server,
                layout.probe(server, self._node),
                sharded=layout.is_cluster,
                interval=self._probe_interval,
                counts=self.counts,
                on_message=self._take,
                on_change=self._judge,
                on_moved=self._unsettled.set,
            )
        if server not in self._outlets:
            self._outlets[server] = Outlet(
                server, sharded=layout.is_cluster, counts=self.counts, on_moved=self._post_again
            )

    def _hand_over(self) -> None:
        """Each channel to the line that carries it now."""
        for line, channels in self._by_line(self._followed).items():
            for other in [other for other in self._lines.values() if other is not line]:
                other.unfollow(channels)
            line.take_over(channel for channel in channels if not line.carries(channel))

    async def _leave(self, gone: Iterable[Line], layout: Layout) -> None:
        for server in set(self._lines) - set(layout.servers):
            del self._lines[server]
            await self._outlets.pop(server).close()
        for line in gone:
            await line.close()

    def _post_again(self, messages: list[Message]) -> None:
        """They went to a server that no longer carries their channels: again, once it is known who
        does."""
        self._again.extend(messages)
        self._unsettled.set()

    def _post_early(self) -> None:
        """What came before it was known where to, or where to now."""
        early = [*self._again, *chain.from_iterable(map(_messages, self._outgoing))]
        self._again.clear()
        self._outgoing.clear()
        self._post(early)

    def _judge(self) -> None:
        """The bus is up when all of it is: else something may be missed."""
        is_up = (
            self._layout is not None
            and self._layout.is_whole
            and all(line.is_up for line in self._lines.values())
        )
        if not is_up:
            self._unsettled.set()
        if is_up is not self.is_up:
            self.is_up = is_up
            self.counts.connects += is_up
            self._on_up(is_up)


def _channel(stream: str) -> bytes:
    return _PREFIX + stream.encode() + b"}"


def _messages(told: Sequence[Told]) -> Iterator[Message]:
    """Entries of one stream that were committed together are one message."""
    entries: dict[str, list[Entry]] = {}
    for one in told:
        if isinstance(one, Entry):
            entries.setdefault(one.stream, []).append(one)
        else:
            yield _channel(one.stream), msgspec.msgpack.encode(one)
    for stream, several in entries.items():
        for start in range(0, len(several), _MOST_TOGETHER):
            part = several[start : start + _MOST_TOGETHER]
            yield _channel(stream), msgspec.msgpack.encode(part)


async def announce_now(url: str, told: Sequence[Told]) -> bool:
    """Tell nodes at once, for a process that serves nobody; False if the bus is away."""
    by_server: dict[Server, list[Message]] = {}
    try:
        layout = await find(url)
        for message in _messages(told):
            server = layout.server(message[0])
            if server is not None:
                by_server.setdefault(server, []).append(message)
        for server, messages in by_server.items():
            await _publish_at(server, messages, sharded=layout.is_cluster)
    except AWAY as error:
        log.info("the bus is away: %s", error)
        return False
    return True


async def _publish_at(server: Server, messages: Sequence[Message], *, sharded: bool) -> None:
    connection = dial(server)
    try:
        await publish(connection, verb(sharded=sharded), messages)
    finally:
        await connection.disconnect()
