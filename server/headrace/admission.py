"""Admission: who may follow what, from the log, and then installed in the hub.

Everything that waits happens first: authority in one snapshot, streams followed and complete.
What follows runs in one piece, so that no entry comes in between. Entries after the snapshot
are in the windows by then, and those of them that revoke are honoured.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.errors import (
    HeadraceError,
    NotFound,
    PositionUnknown,
    TooManySubscriptions,
    Unauthenticated,
    Unavailable,
)
from headrace.gathering import Gathering
from headrace.lapses import Lapses
from headrace.live.codes import UNAVAILABLE
from headrace.live.messages import ErrorMessage, Subscribed
from headrace.live.session import Subscription
from headrace.log import authority
from headrace.model.entries import StreamInfo
from headrace.model.filters import parse
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.gate import Gate
    from headrace.live.hub import Hub
    from headrace.live.messages import Subscribe
    from headrace.live.reader import Reader
    from headrace.live.session import Session
    from headrace.live.stream import Stream
    from headrace.log.database import Database
    from headrace.model.entries import Authority
    from headrace.model.filters import Filter
    from headrace.model.identity import Identity
    from headrace.relay import Relay

log = logging.getLogger(__name__)

_ATTEMPTS = 5
_ALL = parse("")


class Admission:
    """Lets sessions into streams, and takes in what a person is granted while connected.

    ``most`` are the subscriptions that a session may have.
    """

    def __init__(
        self, hub: Hub, relay: Relay, database: Database, gate: Gate, *, most: int
    ) -> None:
        self._hub = hub
        self._relay = relay
        self._authorities: Gathering[UUID, Authority] = Gathering(
            lambda people: authority.load_all(database, people)
        )
        self._gate = gate
        self._most = most
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._lapses = Lapses(hub, self.stale)
        self.authority_loads = 0

    async def reader(self, known: Identity) -> Reader:
        """A person as a reader of this node, their inbox listened to and held by the caller's pin.

        That an account is closed meanwhile is for whoever hears of endings to say.
        """
        person = known.person
        await self._relay.listen(
            StreamInfo(stream=person.inbox, group=None, level=None, head=known.inbox_head)
        )
        return self._hub.reader(person.id, person.handle, person.inbox)

    def release(self, reader: Reader) -> None:
        """A connection that called ``reader`` is gone."""
        self._hub.streams[reader.inbox].pins -= 1

    async def subscribe(self, session: Session, message: Subscribe) -> None:
        """Install a subscription and tell the client; what it is behind in is not caught up yet.

        Raises FilterSyntax, NotFound (also for groups one may not see), TooManySubscriptions,
        Unavailable.
        """
        there = session.subscriptions
        if message.id not in there and len(there) >= self._most:
            raise TooManySubscriptions
        message = _within(message, session.permit.groups)
        chosen = parse(message.filter, me=session.reader.handle) if message.filter else _ALL
        async with self._gate.member():
            await self._subscribe(session, message, chosen)

    async def _subscribe(self, session: Session, message: Subscribe, chosen: Filter) -> None:
        for _ in range(_ATTEMPTS):
            known = await self._authority(session.reader.person)
            self._relay.prove(known.inbox)
            infos = _chosen(known, message, session.permit.groups)
            async with self._relay.following(infos) as streams:
                reading = self._still_read(known.person, streams, infos)
                if reading is None:
                    continue  # so much came in meanwhile that the snapshot is of no use
                self._hub.learn(session.reader, known)
                self._lapses.expect(known)
                subscription = Subscription(
                    message.id,
                    message.groups,
                    chosen,
                    inbox=message.inbox,
                    presence=message.presence,
                    resumes=message.from_ is not None,
                )
                positions = _above_floors(message.from_ or {}, infos)
                self._install(session, subscription, reading, positions)
                if self._hub.streams[session.reader.inbox].window.top > known.inbox.head:
                    self.stale(known.person)  # a grant since the snapshot found nobody to take it
                return
        raise Unavailable("too much is going on in these streams")

    def stale(self, person: str) -> None:
        """Something about a connected person's authority has changed: look again, soon."""
        if person in self._refreshing:
            self._again.add(person)
            return
        task = watched(self._refresh(person), "taking in a change of authority")
        self._refreshing[person] = task
        task.add_done_callback(lambda _: self._refreshed(person))

    async def close(self) -> None:
        """Stop."""
        self._lapses.close()
        tasks = list(self._refreshing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Subscribing.

    def _install(
        self,
        session: Session,
        subscription: Subscription,
        streams: Sequence[Stream],
        positions: Mapping[str, int],
    ) -> None:
        ahead = [
            stream.name for stream in streams if positions.get(stream.name, 0) > stream.window.top
        ]
        foreign = sorted(set(positions) - {stream.name for stream in streams})
        self._hub.tally.resumed += len(set(positions).difference(ahead, foreign))
        self._hub.tally.resumes_ahead += len(ahead)
        self._hub.tally.resumes_foreign += len(foreign)
        for name in (*ahead, *foreign):
            session.send(ErrorMessage.of(PositionUnknown(), subscription.id, name))
        good = [stream for stream in streams if stream.name not in ahead]
        session.reader.lost -= {stream.name for stream in good}
        starts = self._hub.subscribe(session, subscription, good, positions)
        session.send(Subscribed(id=subscription.id, streams=starts))
        session.announce_if_caught_up(subscription)

    def _still_read(
        self, person: str, streams: Sequence[Stream], infos: Sequence[StreamInfo]
    ) -> list[Stream] | None:
        """Those streams of which nothing since the snapshot has taken the person away."""
        reading = []
        for stream, info in zip(streams, infos, strict=True):
            revoked = self._hub.revoked_since(person, stream, info.head)
            if revoked is None:
                return None
            if not revoked:
                reading.append(stream)
        return reading

    async def _authority(self, person: str) -> Authority:
        self.authority_loads += 1
        key = UUID(person)
        known = (await self._authorities.ask([key])).get(key)
        if known is None or not known.active:
            raise Unauthenticated
        return known

    # Grants.

    async def _refresh(self, person: str) -> None:
        reader = self._hub.readers.get(person)
        if reader is None:
            return
        try:
            known = await self._authority(person)
            self._hub.learn(reader, known)
            self._lapses.expect(known)
            new = [info for info in known.streams if self._is_wanted(reader, info)]
            async with self._relay.following(new) as streams:
                reading = self._still_read(person, streams, new)
                if reading is None:
                    self._again.add(person)
                    return
                for session in list(reader.sessions):
                    for stream in reading:
                        self._hub.grant(session, stream)
        except HeadraceError as error:
            # Without knowing what somebody may read, nothing is the only safe answer.
            log.warning("cannot read the authority of %s: %s", person, error)
            self._hub.end_reader(reader, UNAVAILABLE)

    def _is_wanted(self, reader: Reader, info: StreamInfo) -> bool:
        return any(
            any(subscription.wants(info.group) for subscription in session.subscriptions.values())
            and all(cohort.stream.name != info.stream for cohort in session.cohorts())
            for session in reader.sessions
        )

    def _refreshed(self, person: str) -> None:
        del self._refreshing[person]
        if person in self._again:
            self._again.discard(person)
            self.stale(person)


def _within(message: Subscribe, groups: frozenset[str] | None) -> Subscribe:
    """What is asked for with a token that reaches some groups only. Raises NotFound for others."""
    if groups is None:
        return message
    if message.inbox:
        raise NotFound("this token reaches no inbox")
    wanted = groups if message.groups == "home" else set(message.groups)
    if not wanted <= groups:
        raise _no_group(min(wanted - groups))
    return msgspec.structs.replace(message, groups=tuple(sorted(wanted)))


def _chosen(known: Authority, message: Subscribe, home: frozenset[str] | None) -> list[StreamInfo]:
    """The streams asked for. Raises NotFound for a group that the person does not read, unless
    it is one of those that are the token's ``home``."""
    if message.groups == "home":
        chosen = list(known.streams)
    else:
        wanted = set(message.groups)
        chosen = [info for info in known.streams if info.group in wanted]
        missing = wanted - {info.group for info in chosen} - (home or set())
        if missing:
            raise _no_group(min(missing))
    return [*chosen, known.inbox] if message.inbox else chosen


def _above_floors(positions: Mapping[str, int], infos: Sequence[StreamInfo]) -> dict[str, int]:
    """A newcomer who asks for what was before them is answered from their beginning."""
    floors = {info.stream: info.floor for info in infos}
    return {name: max(seq, floors.get(name, 0)) for name, seq in positions.items()}


def _no_group(name: str) -> NotFound:
    return NotFound(f"there is no group {name}, or none that you may see")
