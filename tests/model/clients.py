"""Clients for the model: each follows the contract across connections, and checks each message
against the oracle at the moment at which it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.errors import HeadraceError, Unavailable
from headrace.live.messages import (
    ActivityMessage,
    Checkpoint,
    ErrorMessage,
    Granted,
    Revoked,
    ServerMessage,
    Subscribe,
    Subscribed,
)
from headrace.model.filters import parse
from tests.live_support import Peer
from tests.model.world import inbox_of

if TYPE_CHECKING:
    import asyncio

    from headrace.live.codes import CloseCode
    from headrace.live.frames import Format
    from tests.model.nodes import Loop, ModelNode
    from tests.model.world import World


class Connection(Peer):
    """One connection of a client to a node: what live.protocol does, without bytes."""

    def __init__(self, client: Client, node: ModelNode, form: Format) -> None:
        self.client = client
        self.node = node
        self.is_gone = False
        self._catching_up: asyncio.Task[None] | None = None
        super().__init__(node.hub, client.person, form)

    def take(self, message: ServerMessage) -> None:
        self.client.take(message, self.node)
        super().take(message)

    def abort(self) -> None:
        self.aborted = True
        self.depart()

    def close(self, code: CloseCode) -> None:
        self.closed = code
        self.depart()

    def depart(self) -> None:
        if not self.is_gone:
            self.is_gone = True
            self.hub.depart(self.session)
            self.node.admission.release(self.session.reader)
            for task in (self._catching_up, self.client.arriving):
                if task is not None:
                    task.cancel()

    def catch_up(self) -> None:
        if self._catching_up is None and self.session.can_catch_up and not self.is_gone:
            self._catching_up = self.node.loop.create_task(self._catch_up())
            self._catching_up.add_done_callback(self.node.loop.note)

    async def _catch_up(self) -> None:
        try:
            while self.session.can_catch_up and not self.is_gone:
                page = self.session.catch_up(600)
                if page is not None:
                    items = await self.node.pages.read(page.stream, page.after)
                    self.session.deliver(page.cohort, items)
        except Unavailable:
            self.depart()
        finally:
            self._catching_up = None

    def drain(self) -> None:
        super().drain()
        self.waiting_bytes = 0
        self.catch_up()

    @property
    def is_catching_up(self) -> bool:
        return self._catching_up is not None

    def check_places(self) -> None:
        """In each stream it is either live or behind."""
        behind = self.session.behind or {}
        for cohort in self.session.cohorts():
            assert (cohort in behind) != (self.session in cohort.members)


class Client:
    """A person's client: per stream it follows, where it began and what it has got since."""

    def __init__(self, world: World, person: str, only: str) -> None:
        self.world = world
        self.person = person
        self.chosen = parse(only)
        self.only = only
        self.connection: Connection | None = None
        self.arriving: asyncio.Task[None] | None = None
        self.positions: dict[str, int] = {}
        self.since: dict[str, int] = {}
        self.seen: dict[str, list[int]] = {}
        self.admitted_at = 0
        self.node: ModelNode | None = None
        self.loop: Loop

    # Coming and going.

    def connect(self, node: ModelNode, form: Format) -> None:
        if self.arriving is None and (self.connection is None or self.connection.is_gone):
            self.node = node
            self.loop = node.loop
            self.arriving = node.loop.create_task(self._arrive(node, form))
            self.arriving.add_done_callback(self._arrived)

    async def _arrive(self, node: ModelNode, form: Format) -> None:
        try:
            await node.admission.reader(await self.world.identity(self.person))
        except HeadraceError:
            return
        self.connection = connection = Connection(self, node, form)
        self.admitted_at = self.world.head(inbox_of(self.person))
        positions = dict(self.positions) or None
        message = Subscribe(id="1", groups="home", filter=self.only, from_=positions, inbox=True)
        try:
            await node.admission.subscribe(connection.session, message)
        except HeadraceError:
            connection.depart()
        connection.catch_up()

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self.arriving = None
        self.loop.note(task)

    def cut(self) -> None:
        if self.arriving is not None:
            self.arriving.cancel()
        if self.connection is not None:
            self.connection.depart()
            self.connection = None

        self.node = None

    def drain(self) -> None:
        if self.connection is not None and not self.connection.is_gone:
            self.connection.drain()

    @property
    def is_busy(self) -> bool:
        catching_up = self.connection is not None and self.connection.is_catching_up
        return self.arriving is not None or catching_up

    # What it is told.

    def take(self, message: ServerMessage, node: ModelNode) -> None:
        match message:
            case Subscribed(streams=streams):
                self._begin({name: start.head for name, start in streams.items()})
            case Granted(stream=stream, head=head):
                self._start(stream, head)
            case Revoked(stream=stream):
                self._forget(stream)
            case ErrorMessage(stream=str(stream)):
                self._forget(stream)
            case Checkpoint(streams=positions):
                for name, seq in positions.items():
                    self.positions[name] = max(seq, self.positions[name])
            case ActivityMessage():
                self._check_may_see(message, node)
                self._keep(message)

    def _begin(self, heads: dict[str, int]) -> None:
        unmentioned = set(self.positions) - set(heads)
        assert not unmentioned, f"nothing was said about the position in {unmentioned}"
        for stream, head in heads.items():
            if stream in self.positions:
                assert head == self.positions[stream], f"{stream} goes on elsewhere"
            else:
                self._start(stream, head)

    def _start(self, stream: str, head: int) -> None:
        self.since[stream] = self.positions[stream] = head
        self.seen[stream] = []

    def _forget(self, stream: str) -> None:
        for known in (self.since, self.seen, self.positions):
            known.pop(stream, None)

    def _keep(self, message: ActivityMessage) -> None:
        stream, seq = message.stream, message.seq
        assert seq > self.positions[stream], f"{seq} of {stream} came again, or late"
        self.positions[stream] = seq
        self.seen[stream].append(seq)

    def _check_may_see(self, message: ActivityMessage, node: ModelNode) -> None:
        """A node never sends more than what it knows of the log allows."""
        stream = message.stream
        top = node.hub.streams[stream].window.top
        assert self.world.reads(self.person, stream, top), f"{self.person} got {stream} {top}"
        entry = self.world.log[stream][message.seq - 1]
        if entry.via is not None and message.activity.type != "Tombstone":
            self._check_via(entry.via, message.seq)

    def _check_via(self, via: str, seq: int) -> None:
        """What came through a stream that was lost when this connection began is withheld,
        unless the stream was gained again since."""
        heads = range(self.admitted_at, self.world.head(inbox_of(self.person)) + 1)
        was_read = any(self.world.read_at(self.person, via, head) for head in heads)
        assert seq > self.admitted_at or was_read, f"{via} was lost before"

    # What it must hold.

    def expected(self, stream: str) -> list[int]:
        begin = self.since[stream]
        entries = self.world.after(stream, begin)
        return [entry.seq for entry in entries if self.chosen.matches(entry.activity)]

    def check(self) -> None:
        """Everything is calm: it holds what it may see of what was committed, and no more."""
        assert self.connection is not None
        inbox = inbox_of(self.person)
        readable = {name for name in self.world.shared if self.world.reads(self.person, name)}
        assert set(self.since) == readable | {inbox}
        for stream in self.since:
            # What was withdrawn from an inbox passes other filters than what it was.
            if stream != inbox or not self.chosen:
                assert self.seen[stream] == self.expected(stream), stream
        subscription = self.connection.session.subscriptions["1"]
        assert self.connection.session.behind is None
        assert subscription.waiting is None
