"""On real sockets: what the kernel takes, in which order, and what goes another way."""

from __future__ import annotations

import ctypes
import errno
import socket
from typing import TYPE_CHECKING, cast

import pytest

from headrace.live.frames import Format
from headrace.live.hub import Reader
from headrace.live.session import Session, write_to_each
from headrace.ring import Ring, Spread, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.live.session import Edge


def _is_forbidden() -> bool:
    return spread("auto") is write_to_each


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
        reader = Reader("person", "handle", "inbox")
        self.session = Session(reader, Format.JSON, cast("Edge", self), self.write)
        self.session.socket = self.ours.fileno()

    def write(self, data: bytes) -> None:
        self.waiting += data
        self.session.socket = -1

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
        Spread(ring)(sessions, b"%d" % number)
        assert [wire.read() for wire in wires] == [b"%d" % number] * 8
    assert not any(wire.waiting for wire in wires)


def test_more_sockets_than_the_queue_has_room_for(ring: Ring, wires: list[Wire]) -> None:
    sockets = [wires[0].ours.fileno(), -1] * ring.size
    short = dict(ring.send(sockets, b"x"))
    assert [index for index in range(1, len(sockets), 2) if short.get(index) != -errno.EBADF] == []
    assert len(wires[0].read()) + len(short) == len(sockets)


def test_what_waits_in_a_transport_is_not_overtaken(ring: Ring, wires: list[Wire]) -> None:
    wires[3].write(b"first,")
    Spread(ring)([wire.session for wire in wires], b"then")
    assert wires[2].read() == b"then"
    assert wires[3].read() == b""
    wires[3].drain()
    assert wires[3].read() == b"first,then"


def test_a_transport_that_has_drained_is_passed_by_again(ring: Ring, wires: list[Wire]) -> None:
    wires[3].write(b"first,")
    wires[3].drain()
    Spread(ring)([wire.session for wire in wires], b"then")
    assert wires[3].read() == b"first,then"
    assert not wires[3].waiting
    assert wires[3].session.socket >= 0


def test_a_full_socket_takes_a_part_and_the_transport_the_rest(
    ring: Ring, wires: list[Wire]
) -> None:
    wires[5].ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    data = bytes(range(256)) * 400
    for _ in range(2):
        Spread(ring)([wire.session for wire in wires], data)
    assert [wire.read() for wire in wires[:5]] == [data * 2] * 5
    got = b""
    while len(got) < 2 * len(data):
        got += (part := wires[5].read())
        if not part:
            sent = wires[5].ours.send(wires[5].waiting)
            wires[5].waiting = wires[5].waiting[sent:]
    assert got == data * 2


def test_a_socket_whose_peer_is_gone_is_left_to_its_transport(
    ring: Ring, wires: list[Wire]
) -> None:
    wires[0].theirs.close()
    Spread(ring)([wire.session for wire in wires], b"news")
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
    Spread(ring)(sessions, b"first,")
    assert [wire.read() for wire in wires[:taken]] == [b"first,"] * taken
    assert [wire.waiting for wire in wires[taken:]] == [b"first,"] * (8 - taken)
    for wire in wires[taken:]:
        wire.drain()
    rounds = 2 * ring.size // len(sessions) + 3  # the queues are none the worse for it
    for _ in range(rounds):
        Spread(ring)(sessions, b"then")
        expected = [b"then"] * taken + [b"first,then"] * (8 - taken)
        assert [wire.read() for wire in wires] == expected
        taken = 8


def test_an_interrupted_or_partial_submission_goes_on(ring: Ring, wires: list[Wire]) -> None:
    Unwilling(ring, [-errno.EINTR, 3, -errno.EINTR, 2])
    Spread(ring)([wire.session for wire in wires], b"news")
    assert [wire.read() for wire in wires] == [b"news"] * 8
    assert not any(wire.waiting for wire in wires)


def test_a_kernel_that_does_not_know_the_ring_any_more_is_broken_belief(
    ring: Ring, wires: list[Wire]
) -> None:
    Unwilling(ring, [-errno.EBADF])
    with pytest.raises(AssertionError, match="io_uring"):
        Spread(ring)([wire.session for wire in wires], b"news")


def test_few_are_written_to_one_by_one(ring: Ring, wires: list[Wire]) -> None:
    Spread(ring)([wires[0].session, wires[1].session], b"news")
    assert (wires[0].waiting, wires[1].waiting) == (b"news", b"news")


def test_a_ring_can_be_done_without() -> None:
    assert spread("transports") is write_to_each
