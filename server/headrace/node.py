"""One node: what live connections need of their process, and the ticks that drive it.

It holds the parts together and adds nothing to them: hub (who reads what here), relay (entries,
complete), admission (who may), pages (the past), one wheel for all heartbeats.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

from headrace.admission import Admission
from headrace.auth.origins import is_ours
from headrace.bus import Bus
from headrace.live.codes import Reaction
from headrace.live.hub import Hub
from headrace.live.wheel import Wheel
from headrace.log import cursors, history
from headrace.model.entries import Whisper
from headrace.model.levels import Level
from headrace.pages import Pages
from headrace.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headrace.auth.accounts import Accounts
    from headrace.live.codes import CloseCode
    from headrace.live.session import Session
    from headrace.log.database import Database
    from headrace.model.entries import Entry
    from headrace.settings import Settings

PATH = "/api/v1/live"
_WHISPER_PAUSE = 2.0


class Connection(Protocol):
    """What the node asks of a connection."""

    def beat(self) -> None:
        """The wheel has come round."""


class Node:
    """``random()`` gives a number in [0, 1), to spread out those who are told to come back."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        *,
        name: str,
        random: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.connections: dict[Connection, None] = {}
        self.wheel: Wheel[Connection] = Wheel(max(1, int(settings.heartbeat * 4)))
        self._database = database
        self._accounts = accounts
        self._random = random
        self._epoch: str | None = None
        self._has_tick = False
        self._whispered: dict[tuple[str, str], float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.hub = Hub(
            window_bytes=settings.window_bytes,
            on_dirty=self._tick,
            on_stale=lambda person: self.admission.stale(person),
            on_rewritten=lambda stream: self.pages.forget(stream),
        )
        self.relay = Relay(
            self.hub,
            database,
            poll_interval=settings.poll_interval,
            poll_degraded=settings.poll_interval_degraded,
            page=settings.page_entries,
        )
        self.bus = Bus(
            settings.redis_url,
            name,
            on_entry=self.relay.offer,
            on_whisper=self._take_whisper,
            on_up=self.relay.bus_changed,
        )
        self.admission = Admission(self.hub, self.relay, database)
        self.pages = Pages(self.hub, database, size=settings.page_entries)

    async def start(self) -> None:
        """Begin to listen, poll and beat. Waits neither for the bus nor for the database."""
        await self.bus.start()
        await self.relay.start(self.bus)
        self._tasks = [asyncio.create_task(self._keep_beating())]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.admission.close()
        await self.relay.close()
        await self.bus.close()

    def announce(self, entries: Sequence[Entry]) -> None:
        """What this process has committed: to the other nodes, and straight to its own readers."""
        self.bus.announce(entries)
        self.relay.offer_all(entries)

    # What connections ask for.

    def refusal(
        self, path: str, headers: Mapping[str, str], ticket: str
    ) -> tuple[HTTPStatus, str] | None:
        """Why an upgrade is refused before anybody is asked who they are.

        A ticket was fetched by a page that may use it; a cookie comes along by itself, so the
        page that brings one has to be our own (RFC 6455, section 10.2).
        """
        if path != PATH:
            return HTTPStatus.NOT_FOUND, f"the live stream is at {PATH}"
        origin = headers.get("Origin")
        host = headers.get("Host", "")
        if (
            not ticket
            and origin is not None
            and not is_ours(origin, host, self.settings.public_url)
        ):
            return HTTPStatus.FORBIDDEN, "this page is not this server's own"
        if len(self.connections) >= self.settings.max_connections:
            return HTTPStatus.SERVICE_UNAVAILABLE, "this node takes no more connections"
        return None

    async def authenticate(self, headers: Mapping[str, str], ticket: str) -> str:
        """The person's id. Raises Unauthenticated, Unavailable."""
        if ticket:
            return await self._accounts.redeem(ticket)
        person = await self._accounts.person_for(
            headers.get("Authorization"), headers.get("Cookie")
        )
        return person.id

    async def epoch(self) -> str:
        """The name of the log's history. Raises Unavailable."""
        if self._epoch is None:
            self._epoch = await history.epoch(self._database)
        return self._epoch

    def attend(self, connection: Connection, session: Session) -> int:
        """A connection is open; answers its slot on the wheel."""
        self.connections[connection] = None
        self.hub.attend(session)
        return self.wheel.add(connection)

    def depart(self, connection: Connection, session: Session, slot: int) -> None:
        """A connection is gone."""
        self.connections.pop(connection, None)
        self.wheel.discard(connection, slot)
        self.hub.depart(session)
        self.admission.release(session.reader)

    async def read_up_to(self, session: Session, stream: str, seq: int) -> None:
        """Note what was read. Raises NotFound, Unavailable."""
        await cursors.read_up_to(self._database, UUID(session.reader.person), stream, seq)

    def close_reason(self, code: CloseCode) -> str:
        """The reason that goes with a close code: JSON, at most 123 bytes.

        Who is to come back after a pause is told how many seconds, spread so that not all come
        at once.
        """
        reason: dict[str, object] = {"name": code.name}
        if code.reaction is Reaction.PAUSE:
            reason["retry_after"] = round(1.0 + self._random() * self.settings.retry_spread, 2)
        return msgspec.json.encode(reason).decode()

    # Ephemeral: who is writing.

    def typing(self, session: Session, group: str) -> None:
        """Pass on that a person is writing in a group, at most every two seconds."""
        stream = _writing_place(session, group)
        if stream is None:
            return
        now = asyncio.get_running_loop().time()
        key = (session.reader.person, stream)
        if now - self._whispered.get(key, -_WHISPER_PAUSE) < _WHISPER_PAUSE:
            return
        self._whispered = {
            known: at for known, at in self._whispered.items() if now - at < _WHISPER_PAUSE
        }
        self._whispered[key] = now
        reader = session.reader
        whisper = Whisper(stream=stream, person=reader.person, handle=reader.handle)
        if self.bus.is_up:
            self.bus.announce([whisper])
        else:
            self._take_whisper(whisper)

    def _take_whisper(self, whisper: Whisper) -> None:
        stream = self.hub.streams.get(whisper.stream)
        if stream is not None:
            self.hub.whisper(stream, whisper.person, whisper.handle)

    # Ticks.

    def _tick(self) -> None:
        if not self._has_tick:
            self._has_tick = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._has_tick = False
        self.hub.flush()

    async def _keep_beating(self) -> None:
        turns = 0
        while True:
            await asyncio.sleep(0.25)
            for connection in self.wheel.turn():
                connection.beat()
            turns += 1
            if turns % (4 * max(1, int(self.settings.checkpoint_interval))) == 0:
                self.hub.checkpoint()


def _writing_place(session: Session, group: str) -> str | None:
    """The stream in which the others are told: internal where the person reads it, else public."""
    places = {
        cohort.stream.level: cohort.stream.name
        for cohort in session.cohorts()
        if cohort.stream.group == group
    }
    return places.get(Level.INTERNAL.label) or places.get(Level.PUBLIC.label)
