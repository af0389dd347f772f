"""One node: what live connections need of their process, and the ticks that drive it.

It holds the parts together: hub (who reads what here), relay (entries, complete), admission (who
may), pages (the past). Its own are the questions before a handshake, and one wheel for all
heartbeats.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

from headrace.addresses import Addresses
from headrace.admission import Admission
from headrace.auth.origins import is_ours
from headrace.bus import Bus
from headrace.draining import Drain, Guest
from headrace.endings import Endings, Guarded
from headrace.epoch import Epoch
from headrace.errors import (
    NotFound,
    OriginNotAllowed,
    TooManyConnections,
    Unauthenticated,
    Unavailable,
)
from headrace.gate import Gate
from headrace.live.codes import SESSION_ENDED, Reaction
from headrace.live.frames import ping
from headrace.live.hub import Hub
from headrace.live.presence import Presences
from headrace.live.tally import Tally
from headrace.live.wheel import Wheel
from headrace.log import cursors
from headrace.model.entries import Ending, Entry
from headrace.model.identity import Scope
from headrace.pages import Pages
from headrace.relay import Relay
from headrace.ring import spread
from headrace.tasks import watched
from headrace.timings import Timings
from headrace.whispers import Whispers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from websockets.datastructures import Headers

    from headrace.auth.accounts import Accounts
    from headrace.live.codes import CloseCode
    from headrace.live.reader import Reader
    from headrace.live.session import Session
    from headrace.log.database import Database
    from headrace.model.entries import Attendance
    from headrace.settings import Settings

PATH = "/api/v1/live"
_BEAT = 0.25
#: Heartbeats. The next one may be late, but not by as much again.
_NEAR = 2


class Connection(Guest, Protocol):
    """What the node asks of a connection."""

    def beat(self) -> bool:
        """The wheel has come round; answers whether a ping is to be sent."""

    @property
    def is_open(self) -> bool:
        """Whether neither side has begun to close."""


class Node:
    """``random()`` gives a number in [0, 1), to spread out those who are told to come back.

    ``clock`` gives the time in UTC.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        *,
        name: str,
        random: Callable[[], float],
        clock: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.connections: dict[Connection, Session] = {}
        self.wheel: Wheel[Connection] = Wheel(max(1, int(settings.heartbeat / _BEAT)))
        self.tally = Tally()
        self.timings = Timings(clock)
        self.addresses = Addresses(settings.trusted_proxies, settings.max_connections_address)
        self.gate = Gate(settings.admissions, settings.admission_patience)
        self.drain = Drain(
            self.connections, seconds=settings.drain_timeout, rate=settings.drain_rate
        )
        self._database = database
        self._accounts = accounts
        self._random = random
        self._clock = clock
        self._has_tick = False
        self._tasks: list[asyncio.Task[None]] = []
        self._spread = spread(settings.fan_out)
        self.presences = self._new_presences(name)
        self.hub = self._new_hub()
        self.relay = self._new_relay()
        self.bus = self._new_bus(name)
        self.whispers = Whispers(self.hub, self.bus)
        self.epoch = Epoch(database, interval=settings.poll_interval)
        self.endings = Endings(
            self.hub,
            database,
            interval=settings.endings_interval,
            patience=settings.endings_patience,
        )
        self.admission = Admission(
            self.hub, self.relay, database, self.gate, most=settings.max_subscriptions
        )
        self.pages = Pages(self.hub, database, size=settings.page_entries)

    def _new_presences(self, name: str) -> Presences:
        return Presences(
            name,
            interval=self.settings.presence_interval,
            lasting=self.settings.presence_expiry,
            spread=self._spread,
            tally=self.tally,
        )

    def _new_hub(self) -> Hub:
        return Hub(
            window_bytes=self.settings.window_bytes,
            on_dirty=self._tick,
            on_stale=lambda person: self.admission.stale(person),
            on_rewritten=lambda stream, gone: self.pages.forget(stream, gone),
            presences=self.presences,
            spread=self._spread,
            tally=self.tally,
        )

    def _new_relay(self) -> Relay:
        settings = self.settings
        return Relay(
            self.hub,
            self._database,
            poll_interval=settings.poll_interval,
            poll_degraded=settings.poll_interval_degraded,
            page=settings.page_entries,
            linger=settings.stream_linger,
            on_revoked=lambda entry: self.timings.revoked(entry.activity.published),
            on_followed=self.timings.followed,
        )

    def _new_bus(self, name: str) -> Bus:
        return Bus(
            self.settings.redis_url,
            name,
            on_entry=self.relay.hear,
            on_whisper=lambda whisper: self.whispers.take(whisper),
            on_ending=lambda ending: self.endings.offer(ending),
            on_attendance=self._take_attendance,
            on_up=self._bus_changed,
        )

    async def start(self) -> None:
        """Begin to listen, poll and beat. Waits neither for the bus nor for the database."""
        await self.bus.start()
        await self.relay.start(self.bus)
        await self.endings.start()
        self._tasks = [
            watched(self._keep_beating(), "the heartbeat"),
            watched(self.epoch.keep(), "looking at the log's epoch"),
        ]

    async def close(self) -> None:
        """Stop."""
        self.drain.give_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.endings.close()
        await self.admission.close()
        await self.relay.close()
        await self.bus.close()

    def _bus_changed(self, is_up: bool) -> None:
        self.timings.bus_changed(is_up, asyncio.get_running_loop().time())
        self.relay.bus_changed(is_up)

    def announce(self, told: Sequence[Entry | Ending]) -> None:
        """What this process has committed: to the other nodes, and straight to its own readers."""
        self.bus.announce(told)
        self.relay.offer_all([one for one in told if isinstance(one, Entry)])
        for one in told:
            if isinstance(one, Ending):
                self.endings.offer(one)

    # What connections ask for.

    def check(self, path: str, headers: Mapping[str, str], ticket: str) -> None:
        """Whether an upgrade is refused before anybody is asked who they are.

        Raises NotFound, OriginNotAllowed, Unavailable.

        A ticket was fetched by a page that may use it; a cookie comes along by itself, so the
        page that brings one has to be our own (RFC 6455, section 10.2).
        """
        if path != PATH:
            self.tally.rejected["address"] += 1
            raise NotFound(f"the live stream is at {PATH}")
        origin = headers.get("Origin")
        host = headers.get("Host", "")
        if (
            not ticket
            and origin is not None
            and not is_ours(origin, host, self.settings.public_url)
        ):
            self.tally.rejected["origin"] += 1
            raise OriginNotAllowed("this page is not this server's own")
        if self.drain.has_begun:
            self.tally.rejected["draining"] += 1
            raise Unavailable("this node is going down")
        if len(self.connections) + self.gate.waiting >= self.settings.max_connections:
            self.tally.rejected["full"] += 1
            raise Unavailable("this node takes no more connections")

    def arrive(self, peer: str, headers: Headers) -> str | None:
        """Count a connection with its address; answers what to give to ``addresses.leave``.

        Raises TooManyConnections.
        """
        try:
            return self.addresses.enter(peer, headers.get_all("X-Forwarded-For"))
        except TooManyConnections:
            self.tally.rejected["address_full"] += 1
            raise

    def is_full_for(self, reader: Reader) -> bool:
        """Whether a person has as many connections here as they may."""
        return len(reader.sessions) >= self.settings.max_connections_person

    async def authenticate(self, headers: Mapping[str, str], ticket: str) -> Guarded:
        """Who it is. Raises Unauthenticated, Unavailable."""
        await self.endings.ready()
        heard = self.endings.heard
        if ticket:
            identity = await self._accounts.redeem(ticket)
        else:
            identity = await self._accounts.identify(
                headers.get("Authorization"), headers.get("Cookie")
            )
        if Scope.READ not in identity.scopes:
            raise Unauthenticated("this token is not for reading")
        return Guarded(identity, heard)

    def attend(self, connection: Connection, session: Session) -> int:
        """A connection is open; answers its slot on the wheel."""
        self.connections[connection] = session
        self.tally.opened += 1
        self.hub.attend(session)
        self._watch_permit(session)
        return self.wheel.add(connection)

    def depart(self, connection: Connection, session: Session, slot: int) -> None:
        """A connection is gone."""
        self.connections.pop(connection, None)
        self.wheel.discard(connection, slot)
        self.hub.depart(session)
        self.admission.release(session.reader)

    def count_subscription(self, person: str) -> None:
        """A person asks for a subscription. Raises TooManyRequests."""
        self._accounts.limits.subscribe(person)

    async def read_up_to(self, session: Session, stream: str, seq: int) -> None:
        """Note what was read. Raises NotFound, also for what a token does not reach, and
        Unavailable."""
        is_limited = session.permit.groups is not None
        if is_limited and all(cohort.stream.name != stream for cohort in session.cohorts()):
            raise NotFound
        await cursors.read_up_to(self._database, UUID(session.reader.person), stream, seq)

    def close_reason(self, code: CloseCode) -> str:
        """The reason that goes with a close code: JSON, at most 123 bytes.

        Who is to come back after a pause is told how many seconds, spread so that not all come
        at once.
        """
        reason: dict[str, object] = {"name": code.name}
        if code.reaction is Reaction.PAUSE:
            reason["retry_after"] = self.pause()
        return msgspec.json.encode(reason).decode()

    def pause(self) -> float:
        """Seconds after which somebody who is sent away may come back."""
        return round(1.0 + self._random() * self.settings.retry_spread, 2)

    def take_pong(self, stamp: int) -> None:
        """A connection has answered a ping, or made up a stamp."""
        self.timings.answered((time.monotonic_ns() - stamp) / 1e9)

    def _take_attendance(self, told: Attendance) -> None:
        self.presences.take(told, asyncio.get_running_loop().time())

    # Ticks.

    def _tick(self) -> None:
        if not self._has_tick:
            self._has_tick = True
            asyncio.get_running_loop().call_soon(self.settle)

    def settle(self) -> None:
        """Send what has come in by now, if it has not gone out already."""
        if self._has_tick:
            self._has_tick = False
            self._flush()

    def _flush(self) -> None:
        published = [entry.activity.published for entry in self.hub.waiting()]
        self.timings.arrived(published)
        before, started = self.tally.deliveries, time.perf_counter()
        self.hub.flush()
        seconds = time.perf_counter() - started
        self.timings.fanned_out(seconds, self.tally.deliveries - before, published)

    def _beat(self) -> None:
        due = []
        for connection in self.wheel.turn():
            session = self.connections[connection]
            self._watch_permit(session)
            if connection.beat():
                due.append(session)
        self._spread.to_sessions(due, ping(time.monotonic_ns()))

    def _watch_permit(self, session: Session) -> None:
        """End a connection together with its session or token. A timer is set when that is near:
        hardly any connection lasts that long."""
        left = session.permit.expires - self._clock().timestamp()
        if left <= _NEAR * self.settings.heartbeat:
            asyncio.get_running_loop().call_later(left, self.hub.end, session, SESSION_ENDED)

    async def _keep_beating(self) -> None:
        loop = asyncio.get_running_loop()
        turns = 0
        while True:
            due = loop.time() + _BEAT
            await asyncio.sleep(_BEAT)
            self.timings.looped(loop.time() - due)
            self._beat()
            turns += 1
            if turns % max(1, int(self.settings.checkpoint_interval / _BEAT)) == 0:
                self.hub.checkpoint()
            if turns % max(1, int(self.settings.presence_interval / _BEAT)) == 0:
                self.bus.announce(self.presences.turn(loop.time()))
