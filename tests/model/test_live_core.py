"""The live core against a small oracle: whatever happens, in any order, each client that
follows the protocol sees each entry of its view exactly once and in order.

Covers, of the delivery cases: T1, T2, T3, T5, T6, T19, T20, T23, T24 (the seam between history
and live), T10 to T12 (revocation), T22 (positions at every edge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from headrace.live.frames import Broadcast, Format
from headrace.live.messages import CaughtUp
from tests.live_support import Peer, Ticks, entry, info

if TYPE_CHECKING:
    from headrace.model.entries import Entry

FILTERS = ["", "tag:a", "tag:b", "-tag:a", "tag:a,b"]
STREAMS = ["s", "t"]


class Client:
    """A person's client across reconnects: what it has seen, and where it is."""

    def __init__(self, person: str, only: str) -> None:
        self.person = person
        self.only = only
        self.peer: Peer | None = None
        self.positions: dict[str, int] = {}
        self.seen: dict[str, list[int]] = {}
        self.since: dict[str, int] = {}


class LiveCore(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.ticks = Ticks()
        self.hub = self.ticks.hub(window_bytes=1_500, burst_bytes=700)
        self.log: dict[str, list[Entry]] = {name: [] for name in STREAMS}
        self.streams = {name: self.hub.open(info(name)) for name in STREAMS}
        self.clients = [Client(f"p{number}", only) for number, only in enumerate(FILTERS)]

    @initialize()
    def everybody_comes(self) -> None:
        for which in range(len(self.clients)):
            self.connect(which, Format.JSON)

    def _append(self, name: str, tags: tuple[str, ...]) -> None:
        made = entry(len(self.log[name]) + 1, name, tags)
        self.log[name].append(made)
        self.hub.ingest(made)

    @rule(
        name=st.sampled_from(STREAMS),
        tags=st.lists(st.sampled_from([(), ("a",), ("b",), ("a", "b")]), min_size=1, max_size=9),
    )
    def publish(self, name: str, tags: list[tuple[str, ...]]) -> None:
        for some in tags:
            self._append(name, some)

    @rule()
    def tick(self) -> None:
        self.hub.flush()

    @rule()
    def checkpoint(self) -> None:
        self.hub.checkpoint()

    @rule(which=st.integers(0, len(FILTERS) - 1), form=st.sampled_from(list(Format)))
    def connect(self, which: int, form: Format) -> None:
        client = self.clients[which]
        if client.peer is None:
            client.peer = Peer(self.hub, client.person, form)
            client.peer.subscribe(
                *self.streams.values(), only=client.only, positions=dict(client.positions)
            )
            for name in STREAMS:
                client.since.setdefault(name, client.peer.remembered[name])

    @rule(which=st.integers(0, len(FILTERS) - 1))
    def cut(self, which: int) -> None:
        client = self.clients[which]
        if client.peer is not None:
            self._note(client)
            self.hub.depart(client.peer.session)
            client.peer = None

    def _note(self, client: Client) -> None:
        assert client.peer is not None
        for name, seqs in client.peer.seen.items():
            client.seen.setdefault(name, []).extend(seqs)
        client.peer.seen.clear()
        client.positions = dict(client.peer.remembered)

    @rule(which=st.integers(0, len(FILTERS) - 1), form=st.sampled_from(list(Format)))
    def reconnect_behind(self, which: int, form: Format) -> None:
        """Cut, away while things are published and not sent yet, and back in the middle of it."""
        self.cut(which)
        for name in STREAMS:
            for tags in [(), ("a",), ("b",)] * 2:
                self._append(name, tags)
        self.connect(which, form)
        self.catch_up(which, 900)

    @rule(which=st.integers(0, len(FILTERS) - 1), writes=st.integers(1, 4))
    def fill_transport_soon(self, which: int, writes: int) -> None:
        peer = self.clients[which].peer
        if peer is not None and not peer.session.paused:
            peer.full_after = writes

    @rule(which=st.integers(0, len(FILTERS) - 1))
    def drain_transport(self, which: int) -> None:
        peer = self.clients[which].peer
        if peer is not None:
            peer.drain()

    @rule(which=st.integers(0, len(FILTERS) - 1), size=st.integers(1, 900))
    def catch_up(self, which: int, size: int) -> None:
        peer = self.clients[which].peer
        if peer is not None and peer.session.can_catch_up:
            self._step(peer, size)

    def _step(self, peer: Peer, size: int) -> None:
        page = peer.session.catch_up(size)
        if page is not None:
            entries = self.log[page.stream][page.after : page.after + 3]
            peer.session.deliver(page.cohort, [Broadcast(one) for one in entries])

    @precondition(lambda self: any(client.peer for client in self.clients))
    @rule()
    def settle(self) -> None:
        """When everything has calmed down, everybody holds exactly what they may see."""
        for client in self.clients:
            if client.peer is not None:
                client.peer.drain()
        while any(stream.flushed < stream.window.top for stream in self.streams.values()):
            self.hub.flush()
        for client in self.clients:
            if client.peer is None:
                continue
            while client.peer.session.can_catch_up:
                self._step(client.peer, 10_000)
            self._note(client)
            self._check(client)

    def _check(self, client: Client) -> None:
        assert client.peer is not None
        for name in STREAMS:
            chosen = client.peer.session.subscriptions["1"].filter
            expected = [
                one.seq
                for one in self.log[name]
                if one.seq > client.since[name] and chosen.matches(one.activity)
            ]
            assert client.seen.get(name, []) == expected
        waiting = [s.waiting for s in client.peer.session.subscriptions.values()]
        assert waiting == [None]
        if client.peer.of(CaughtUp):
            assert client.peer.session.behind is None

    @invariant()
    def nobody_is_live_and_behind(self) -> None:
        for client in self.clients:
            if client.peer is None:
                continue
            session = client.peer.session
            for cohort in session.cohorts():
                is_behind = session.behind is not None and cohort in session.behind
                assert is_behind != (session in cohort.members)

    def teardown(self) -> None:
        for client in self.clients:
            if client.peer is not None:
                self.hub.depart(client.peer.session)
        assert not self.hub.readers
        for stream in self.streams.values():
            assert stream.is_idle, "a cohort outlived its members"


TestLiveCore = LiveCore.TestCase
TestLiveCore.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
