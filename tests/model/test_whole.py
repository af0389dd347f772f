"""The whole against a small oracle: two nodes' hubs, relays, admissions and pages, a bus that
loses, doubles and reorders, grants and revocations, nodes that die, readers that stop.

The oracle (world.py) is the log. Each message is checked when it is written: may this person see
it, by what this node knows? When everything has calmed down, each client holds exactly what it
may see, in order, since it began.

Covers, of the delivery cases, T1 to T3, T5, T10, T11, T13, T15, T16, T18 to T21, T23 and T24 in
any mixture. A failing sequence shrinks; Hypothesis keeps it in .hypothesis and tries it first.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from headrace.live.frames import Format
from tests.model.clients import Client
from tests.model.nodes import LINGER, POLL, Loop, ModelNode
from tests.model.world import World

if TYPE_CHECKING:
    from headrace.model.entries import Entry

STREAMS = ["s", "t", "u"]
FILTERS = {"ada": ["", "tag:a"], "bob": ["-tag:a", ""], "cleo": ["tag:a,b"]}
PEOPLE = list(FILTERS)
CLIENTS = sum(map(len, FILTERS.values()))

streams = st.sampled_from(STREAMS)
people = st.sampled_from(PEOPLE)
clients = st.integers(0, CLIENTS - 1)
nodes = st.integers(0, 1)
forms = st.sampled_from(list(Format))


class Whole(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(STREAMS, PEOPLE, home=["s", "t"])
        self.patches = ExitStack()
        for patched in self.world.in_place_of_the_log():
            self.patches.enter_context(patched)
        self.loop = Loop()
        self.nodes = [ModelNode(self.loop, self.world) for _ in range(2)]
        self.clients = [
            Client(self.world, person, only) for person in PEOPLE for only in FILTERS[person]
        ]

    @initialize()
    def everybody_comes(self) -> None:
        for number, client in enumerate(self.clients):
            client.connect(self.nodes[number % 2], Format.JSON)
        self.loop.step(40)

    # What is written.

    @rule(
        stream=streams,
        tags=st.lists(st.sampled_from([(), ("a",), ("b",)]), min_size=1, max_size=7),
        mention=st.none() | people,
    )
    def publish(self, stream: str, tags: list[tuple[str, ...]], mention: str | None) -> None:
        for some in tags:
            self._announce(self.world.publish(stream, some, mention))

    @rule(stream=streams, person=people)
    def grant(self, stream: str, person: str) -> None:
        self._announce(self.world.grant(person, stream))

    @rule(stream=streams, person=people)
    def revoke(self, stream: str, person: str) -> None:
        self._announce(self.world.revoke(person, stream))

    def _announce(self, entries: list[Entry]) -> None:
        for node in self.nodes:
            node.incoming.extend(entries)

    # What the bus does.

    @rule(which=nodes, count=st.integers(1, 12))
    def bring(self, which: int, count: int) -> None:
        node = self.nodes[which]
        brought, node.incoming[:count] = node.incoming[:count], []
        node.take(brought)

    @rule(which=nodes, at=st.integers(0, 30), again=st.booleans())
    def bring_out_of_turn(self, which: int, at: int, again: bool) -> None:
        node = self.nodes[which]
        if node.incoming:
            at %= len(node.incoming)
            node.take([node.incoming[at] if again else node.incoming.pop(at)])

    @rule(which=nodes, at=st.integers(0, 30), count=st.integers(1, 9))
    def lose(self, which: int, at: int, count: int) -> None:
        del self.nodes[which].incoming[at : at + count]

    # What time does.

    @rule(turns=st.integers(1, 5))
    def go_on(self, turns: int) -> None:
        self.loop.step(turns)

    @rule(which=nodes)
    def tick(self, which: int) -> None:
        self.nodes[which].tick()

    @rule(which=nodes)
    def checkpoint(self, which: int) -> None:
        self.nodes[which].hub.checkpoint()

    @rule(seconds=st.sampled_from([0.1, LINGER, POLL]))
    def wait(self, seconds: float) -> None:
        self.loop.step(3, seconds)

    @rule(away=st.booleans())
    def hold_the_log(self, away: bool) -> None:
        self.world.hold()
        self.world.is_away = away

    @rule()
    def release_the_log(self) -> None:
        self.world.is_away = False
        self.world.release()

    # What clients do, and what happens to them.

    @rule(which=clients, node=nodes, form=forms)
    def connect(self, which: int, node: int, form: Format) -> None:
        self.clients[which].connect(self.nodes[node], form)

    @rule(which=clients)
    def cut(self, which: int) -> None:
        self.clients[which].cut()

    @rule(which=clients, writes=st.integers(1, 4), unsent=st.sampled_from([0, 100]))
    def fill_transport_soon(self, which: int, writes: int, unsent: int) -> None:
        connection = self.clients[which].connection
        if connection is not None and not connection.session.paused:
            connection.full_after = writes
            connection.waiting_bytes = unsent

    @rule(which=clients)
    def drain_transport(self, which: int) -> None:
        self.clients[which].drain()

    @rule(which=nodes)
    def kill_node(self, which: int) -> None:
        died = self.nodes[which]
        for client in self.clients:
            if client.node is died:
                client.cut()
        died.stop()
        self.nodes[which] = ModelNode(self.loop, self.world)

    @rule(
        which=clients, node=nodes, stream=streams, turns=st.integers(0, 8), loss=st.integers(0, 3)
    )
    def change_while_arriving(
        self, which: int, node: int, stream: str, turns: int, loss: int
    ) -> None:
        """Authority changes while the log's answer is on its way."""
        client = self.clients[which]
        client.cut()
        self.loop.step(3)
        client.connect(self.nodes[node], Format.JSON)
        self.loop.step(turns)
        self.world.hold()
        self.publish(stream, [("a",), (), ("b",)], client.person)
        change = self.revoke if self.world.reads(client.person, stream) else self.grant
        change(stream, client.person)
        self.publish(stream, [("a",), ()], client.person)
        self.lose(node, 0, loss)
        self.bring(node, 30)
        self.loop.step(1)
        self.release_the_log()
        self.loop.step(turns)

    @rule(which=clients, node=nodes, stream=streams, is_back=st.booleans())
    def change_while_away(self, which: int, node: int, stream: str, is_back: bool) -> None:
        """Who is away loses a stream, and perhaps gets it back, before coming again."""
        client = self.clients[which]
        client.cut()
        self.publish(stream, [("a",), ("b",)], client.person)
        self.bring(node, 30)
        self.revoke(stream, client.person)
        self.publish(stream, [("a",)], None)
        if is_back:
            self.grant(stream, client.person)
        self.bring(node, 30)
        client.connect(self.nodes[node], Format.JSON)
        self.loop.step(4)

    # What must hold.

    @rule()
    def calm_down(self) -> None:
        """The bus has lost what it held; the log answers; everybody is there and reads."""
        self.release_the_log()
        for node in self.nodes:
            node.incoming.clear()
        for round_ in range(8):
            for number, client in enumerate(self.clients):
                client.drain()
                client.connect(self.nodes[number % 2], Format.JSON)
            self.loop.step(40, POLL if round_ < 3 else 0.1)
            for node in self.nodes:
                node.flush()
        self._work_off()
        for client in self.clients:
            client.check()

    def _work_off(self) -> None:
        for _ in range(400):
            if not any(client.is_busy for client in self.clients):
                return
            self.loop.step(3, 0.1)
        raise AssertionError("somebody never ends to catch up")

    @invariant()
    def nothing_went_wrong_unheard(self) -> None:
        assert self.loop.complaints == []

    @invariant()
    def nobody_is_live_and_behind(self) -> None:
        for client in self.clients:
            if client.connection is not None and not client.connection.is_gone:
                client.connection.check_places()

    def teardown(self) -> None:
        try:
            if sys.exception() is None:
                self.calm_down()
            for client in self.clients:
                client.cut()
            self.loop.step(5)
            for node in self.nodes:
                assert not node.hub.readers
                assert all(stream.is_idle for stream in node.hub.streams.values())
                node.stop()
        finally:
            self.loop.close()
            self.patches.close()


TestWhole = Whole.TestCase
TestWhole.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
