"""On real sockets: what the kernel takes, in which order, and what goes another way."""

from __future__ import annotations

import ctypes
import errno
import socket
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.live.frames import Format
from headrace.live.messages import ActivityMessage, Pong
from headrace.live.reader import Reader
from headrace.live.session import Session, Subscription
from headrace.model.filters import parse
from headrace.ring import Ring, RingSpread, spread
from tests.live_support import DECODERS, Ticks, entry, frames_in, info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.live.hub import Hub
    from headrace.live.messages import ServerMessage
    from headrace.live.session import Edge


def _is_forbidden() -> bool:
    return not isinstance(spread("auto"), RingSpread)


pytestmark = pytest.mark.skipif(_is_forbidden(), reason="this kernel has no io_uring for us")


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring()
    yield made
    made.close()


class Wire:
    """Two connected sockets, and a transport that keeps what the first does not take at once."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.theirs.setblocking(False)
        self.waiting = b""
        self.seen: defaultdict[str, list[int]] = defaultdict(list)
        reader = Reader(f"person {self.ours.fileno()}", "handle", f"inbox {self.ours.fileno()}")
        self.session = Session(reader, Format.JSON, cast("Edge", self), self.write)
        self.session.socket = self.ours.fileno()

    def write(self, data: bytes) -> None:
        self.waiting += data
        self.session.detour()

    def unsent(self) -> int:
        return len(self.waiting)

    def settle(self) -> bool:
        if self.waiting:
            return False
        self.session.socket = self.ours.fileno()
        return True

    def drain(self) -> None:
        self.ours.sendall(self.waiting)
        self.waiting = b""

    def read(self) -> bytes:
        try:
            return self.theirs.recv(2**20)
        except BlockingIOError:
            return b""

    def listen(self) -> list[ServerMessage]:
        """The messages that have come meanwhile."""
        messages = [DECODERS[Format.JSON].decode(frame.data) for frame in frames_in(self.read())]
        for message in messages:
            if isinstance(message, ActivityMessage):
                self.seen[message.stream].append(message.seq)
        return messages

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def wires() -> Iterator[list[Wire]]:
    made = [Wire() for _ in range(8)]
    yield made
    for wire in made:
        wire.close()


def test_everybody_gets_the_same_bytes_in_order(ring: Ring, wires: list[Wire]) -> None:
    sessions = [wire.session for wire in wires]
    rounds = 2 * ring.size // len(sessions) + 3  # the queues are gone round twice, and a bit
    for number in range(rounds):
        RingSpread(ring).to_sessions(sessions, b"%d" % number)
        assert [wire.read() for wire in wires] == [b"%d" % number] * 8
    assert not any(wire.waiting for wire in wires)


def test_more_sockets_than_the_queue_has_room_for(ring: Ring, wires: list[Wire]) -> None:
    sockets = array("i", [wires[0].ours.fileno(), -1] * ring.size)
    short = dict(ring.send(sockets, [(len(sockets), b"x")]))
    assert [index for index in range(1, len(sockets), 2) if short.get(index) != -errno.EBADF] == []
    assert len(wires[0].read()) + len(short) == len(sockets)


def test_everybody_gets_their_part(ring: Ring, wires: list[Wire]) -> None:
    sockets = array("i", [wire.ours.fileno() for wire in wires])
    parts = [(3, b"one"), (0, b"nobody"), (4, b"another"), (1, b"")]
    rounds = 2 * ring.size // len(wires) + 3
    for _ in range(rounds):
        assert ring.send(sockets, parts) == []
        assert [wire.read() for wire in wires] == [b"one"] * 3 + [b"another"] * 4 + [b""]


def test_parts_that_the_queue_has_no_room_for_at_once(ring: Ring, wires: list[Wire]) -> None:
    first, second, third = (wire.ours.fileno() for wire in wires[:3])
    sockets = array("i", [first] * 5 + [-1] * (ring.size - 8) + [second] * 6 + [third] * 2)
    parts = [(5, b"a"), (ring.size - 8, b"nobody"), (6, b"bc"), (2, b"def")]
    short = ring.send(sockets, parts)
    assert short == [(index, -errno.EBADF) for index in range(5, ring.size - 3)]
    assert [wire.read() for wire in wires[:3]] == [b"a" * 5, b"bc" * 6, b"def" * 2]


def test_what_waits_in_a_transport_is_not_overtaken(ring: Ring, wires: list[Wire]) -> None:
    wires[3].write(b"first,")
    RingSpread(ring).to_sessions([wire.session for wire in wires], b"then")
    assert wires[2].read() == b"then"
    assert wires[3].read() == b""
    wires[3].drain()
    assert wires[3].read() == b"first,then"


def test_a_transport_that_has_drained_is_passed_by_again(ring: Ring, wires: list[Wire]) -> None:
    wires[3].write(b"first,")
    wires[3].drain()
    RingSpread(ring).to_sessions([wire.session for wire in wires], b"then")
    assert wires[3].read() == b"first,then"
    assert not wires[3].waiting
    assert wires[3].session.socket >= 0


def test_a_full_socket_takes_a_part_and_the_transport_the_rest(
    ring: Ring, wires: list[Wire]
) -> None:
    wires[5].ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    data = bytes(range(256)) * 400
    for _ in range(2):
        RingSpread(ring).to_sessions([wire.session for wire in wires], data)
    assert [wire.read() for wire in wires[:5]] == [data * 2] * 5
    got = b""
    while len(got) < 2 * len(data):
        got += (part := wires[5].read())
        if not part:
            sent = wires[5].ours.send(wires[5].waiting)
            wires[5].waiting = wires[5].waiting[sent:]
    assert got == data * 2


def test_what_a_socket_does_not_take_of_its_part_is_left_to_its_transport(
    ring: Ring, wires: list[Wire]
) -> None:
    hub = hub_of(ring, wires, picky=4)
    wires[0].ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    wires[5].write(b"")
    heads = range(1, 60)
    for number in heads:
        publish(hub, number, tags=("odd",) if number % 2 else ())
    assert wires[0].waiting
    for wire in wires:
        wire.listen()
        while wire.waiting:
            sent = wire.ours.send(wire.waiting)
            wire.waiting = wire.waiting[sent:]
            wire.listen()
    everything, odd = list(heads), list(heads)[::2]
    assert [wire.seen["s"] for wire in wires] == [odd] * 4 + [everything] * 4


def test_a_socket_whose_peer_is_gone_is_left_to_its_transport(
    ring: Ring, wires: list[Wire]
) -> None:
    wires[0].theirs.close()
    RingSpread(ring).to_sessions([wire.session for wire in wires], b"news")
    assert wires[0].waiting == b"news"
    assert wires[1].read() == b"news"


class Unwilling:
    """A kernel that submits so many at a time, and now and then fails instead."""

    def __init__(self, ring: Ring, answers: list[int]) -> None:
        self._syscall = ring._syscall
        self._answers = answers
        ring._syscall = self

    def __call__(self, number: int, fd: int, count: int, fewest: int, *more: object) -> int:
        answer = self._answers.pop(0) if self._answers else count
        if answer < 0:
            ctypes.set_errno(-answer)
            return -1
        taken: int = self._syscall(number, fd, answer, min(fewest, answer), *more)
        return taken


@pytest.mark.parametrize("trouble", [errno.EAGAIN, errno.ENOMEM, errno.EBUSY])
@pytest.mark.parametrize("taken", [0, 5])
def test_what_the_kernel_has_no_room_for_is_left_to_the_transports(
    ring: Ring, wires: list[Wire], trouble: int, taken: int
) -> None:
    Unwilling(ring, [taken, -trouble] if taken else [-trouble])
    sessions = [wire.session for wire in wires]
    RingSpread(ring).to_sessions(sessions, b"first,")
    assert [wire.read() for wire in wires[:taken]] == [b"first,"] * taken
    assert [wire.waiting for wire in wires[taken:]] == [b"first,"] * (8 - taken)
    for wire in wires[taken:]:
        wire.drain()
    rounds = 2 * ring.size // len(sessions) + 3  # the queues are none the worse for it
    for _ in range(rounds):
        RingSpread(ring).to_sessions(sessions, b"then")
        expected = [b"then"] * taken + [b"first,then"] * (8 - taken)
        assert [wire.read() for wire in wires] == expected
        taken = 8


def test_an_interrupted_or_partial_submission_goes_on(ring: Ring, wires: list[Wire]) -> None:
    Unwilling(ring, [-errno.EINTR, 3, -errno.EINTR, 2])
    RingSpread(ring).to_sessions([wire.session for wire in wires], b"news")
    assert [wire.read() for wire in wires] == [b"news"] * 8
    assert not any(wire.waiting for wire in wires)


def test_a_kernel_that_does_not_know_the_ring_any_more_is_broken_belief(
    ring: Ring, wires: list[Wire]
) -> None:
    Unwilling(ring, [-errno.EBADF])
    with pytest.raises(AssertionError, match="io_uring"):
        RingSpread(ring).to_sessions([wire.session for wire in wires], b"news")


def test_few_are_written_to_one_by_one(ring: Ring, wires: list[Wire]) -> None:
    RingSpread(ring).to_sessions([wires[0].session, wires[1].session], b"news")
    assert (wires[0].waiting, wires[1].waiting) == (b"news", b"news")


def test_a_ring_can_be_done_without() -> None:
    assert not isinstance(spread("transports"), RingSpread)


def hub_of(ring: Ring, wires: list[Wire], picky: int = 0) -> Hub:
    """Everybody follows two streams, the first so many only what is tagged as odd."""
    hub = Ticks().hub(spread=RingSpread(ring))
    for number, wire in enumerate(wires):
        hub.attend(wire.session)
        follow(hub, wire, "s", "t", chosen="tag:odd" if number < picky else "")
    return hub


def follow(hub: Hub, wire: Wire, *streams: str, chosen: str = "", **positions: int) -> None:
    subscription = Subscription("1", "home", parse(chosen), inbox=False)
    hub.subscribe(wire.session, subscription, [hub.open(info(name)) for name in streams], positions)


def publish(hub: Hub, number: int, stream: str = "s", tags: tuple[str, ...] = ()) -> None:
    hub.ingest(entry(number, stream=stream, tags=tags))
    hub.flush()


def test_what_nobody_interrupts_goes_to_the_sockets_as_they_were(
    ring: Ring, wires: list[Wire]
) -> None:
    hub = hub_of(ring, wires)
    (cohort,) = hub.streams["s"].cohorts
    for number in range(1, 4):
        publish(hub, number)
        assert cohort.sockets == array("i", [wire.ours.fileno() for wire in wires])
        for wire in wires:
            wire.listen()
    assert [wire.seen["s"] for wire in wires] == [[1, 2, 3]] * 8


def test_an_answer_of_their_own_is_not_overtaken_in_any_stream(
    ring: Ring, wires: list[Wire]
) -> None:
    hub = hub_of(ring, wires)
    publish(hub, 1, "s")
    publish(hub, 1, "t")
    for wire in wires:
        wire.read()
    wires[3].session.send(Pong(id="1"))
    publish(hub, 2, "s")
    publish(hub, 2, "t")
    assert wires[3].read() == b""
    wires[3].drain()
    assert [type(one) for one in wires[3].listen()] == [Pong, ActivityMessage, ActivityMessage]


def test_who_has_left_gets_nothing_more_and_who_has_come_all_of_it(
    ring: Ring, wires: list[Wire]
) -> None:
    hub = hub_of(ring, wires)
    publish(hub, 1)
    hub.depart(wires[0].session)
    hub.unsubscribe(wires[1].session, "1")
    publish(hub, 2)
    follow(hub, wires[1], "s", s=1)
    wires[1].session.catch_up(1_000_000)
    publish(hub, 3)
    wires[1].drain()
    for wire in wires:
        wire.listen()
    assert [wire.seen["s"] for wire in wires] == [[1], [1, 2, 3]] + [[1, 2, 3]] * 6


STEPS = st.tuples(st.sampled_from(["s", "t", "answer", "drain", "checkpoint"]), st.integers(0, 5))


@given(st.lists(STEPS, max_size=30))
def test_everybody_gets_everything_in_order_whatever_waits_where(
    steps: list[tuple[str, int]],
) -> None:
    wires, ring = [Wire() for _ in range(9)], Ring()
    hub = hub_of(ring, wires, picky=4)
    heads = {"s": 0, "t": 0}
    for what, who in steps:
        if what == "answer":
            wires[who].session.send(Pong())
        elif what == "drain":
            wires[who].drain()
        elif what == "checkpoint":
            hub.checkpoint()
        else:
            heads[what] += 1
            publish(hub, heads[what], what, ("odd",) if heads[what] % 2 else ())
    for wire in wires:
        wire.drain()
        wire.listen()
        wire.close()
    ring.close()
    whole = {name: list(range(1, head + 1)) for name, head in heads.items() if head}
    odd = {name: list(range(1, head + 1, 2)) for name, head in heads.items() if head}
    assert [wire.seen for wire in wires] == [odd] * 4 + [whole] * 5
