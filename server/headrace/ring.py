"""Bytes to many sockets with one system call, where the kernel can do that (io_uring).

Linux 5.18 and later; many containers forbid it, other systems do not have it. Then the transport of
each connection is written to, as it is here wherever a socket does not take everything at once.

Layouts and numbers are those of ``linux/io_uring.h``: io_uring_params (120 bytes), io_uring_sqe
(64), io_uring_cqe (16).
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import sys
import weakref
from array import array
from itertools import chain, repeat
from typing import TYPE_CHECKING

from headrace.live.spread import Spread, members

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from headrace.live.cohort import Cohort
    from headrace.live.session import Session
    from headrace.live.spread import Share

_SETUP, _ENTER = 425, 426  # alike on all architectures
_SUBMIT_ALL, _COOP_TASKRUN, _SINGLE_ISSUER = 1 << 7, 1 << 8, 1 << 12
#: Without the first a socket that is gone would end the whole submission; the others save work.
_SETUP_FLAGS = (_SUBMIT_ALL | _COOP_TASKRUN | _SINGLE_ISSUER, _SUBMIT_ALL)
_GETEVENTS = 1
_SEND = 26
_MESSAGE_FLAGS = 0x40 | 0x4000  # MSG_DONTWAIT, MSG_NOSIGNAL
_SUBMISSION = struct.Struct("=BBHiQQIIQ24x")
_OFFSETS = {"submission": 0, "completion": 0x8000000, "entries": 0x10000000}
_ENTRIES = 4_096
_FEWEST = 4  # below that the transports are as quick
#: The kernel takes nothing more just now: it is short of memory, or of room.
_FOR_NOW = frozenset({errno.EAGAIN, errno.EBUSY, errno.ENOMEM})


#: So many sockets one after the other, and what is sent to each of them.
Part = tuple[int, bytes]


class Ring:
    """One submission and one completion queue, for one thread. Raises OSError where forbidden."""

    def __init__(self) -> None:
        self._syscall: Callable[..., int] = ctypes.CDLL(None, use_errno=True).syscall
        self._fd, parameters = self._set_up()
        #: Gives it back to the kernel; so does the end of this object.
        self.close = weakref.finalize(self, os.close, self._fd)
        self.size, completions = struct.unpack_from("=2I", parameters, 0)
        _, tail, _, _, _, _, order = struct.unpack_from("=7I", parameters, 40)
        head, done, _, _, _, results = struct.unpack_from("=6I", parameters, 80)
        submission = self._map("submission", order + self.size * 4)
        completion = self._map("completion", results + completions * 16)
        entries = self._map("entries", self.size * 64)
        for slot in range(self.size):
            sent = (_SEND, 0, 0, -1, 0, 0, 0, _MESSAGE_FLAGS, slot)
            _SUBMISSION.pack_into(entries, slot * 64, *sent)
        struct.pack_into(f"={self.size}I", submission, order, *range(self.size))
        self._sockets = memoryview(entries).cast("i")[1::16]
        self._addresses = memoryview(entries).cast("Q")[2::8]
        self._lengths = memoryview(entries).cast("I")[6::16]
        self._submission = memoryview(submission).cast("I")
        self._completion = memoryview(completion).cast("I")
        first = results // 4
        self._results = memoryview(completion).cast("i")[first : first + completions * 4]
        self._tail, self._head, self._done = tail // 4, head // 4, done // 4

    def _set_up(self) -> tuple[int, bytes]:
        for flags in _SETUP_FLAGS:
            parameters = ctypes.create_string_buffer(120)
            struct.pack_into("=I", parameters, 8, flags)
            fd = self._syscall(_SETUP, _ENTRIES, parameters)
            if fd >= 0:
                return fd, parameters.raw
        raise OSError(ctypes.get_errno(), "io_uring cannot be used")

    def _map(self, what: str, size: int) -> mmap.mmap:
        return mmap.mmap(self._fd, size, offset=_OFFSETS[what])

    def send(self, sockets: array[int], parts: Sequence[Part]) -> list[tuple[int, int]]:
        """Send the bytes of the first part to the first so many sockets, and so on; for each that
        did not take everything: its index, and how many bytes it took or the negative errno. What
        the kernel has no room for just now has -EAGAIN, like a full socket. Never waits for a
        socket."""
        addresses, sizes = array("Q"), array("I")
        for count, data in parts:
            addresses += array("Q", [_address(data)]) * count
            sizes += array("I", [len(data)]) * count
        short: list[tuple[int, int]] = []
        for first in range(0, len(sockets), self.size):
            some = slice(first, first + self.size)
            failed = self._submit(sockets[some], addresses[some], sizes[some])
            short += [(first + n, taken) for n, taken in failed]
        return short

    def _submit(
        self, sockets: array[int], addresses: array[int], sizes: array[int]
    ) -> list[tuple[int, int]]:
        count, tail = len(sockets), self._submission[self._tail]
        begin = tail % self.size
        self._fill(self._sockets, begin, sockets)
        self._fill(self._addresses, begin, addresses)
        self._fill(self._lengths, begin, sizes)
        self._submission[self._tail] = (tail + count) & 0xFFFFFFFF
        left = self._enter(count)
        if not left:
            return self._taken(begin, sizes)
        # The kernel looks at the tail when it is entered only: what it has not taken is undone.
        self._submission[self._tail] = (tail + count - left) & 0xFFFFFFFF
        short = self._taken(begin, sizes[: count - left])
        return short + [(index, -errno.EAGAIN) for index in range(count - left, count)]

    def _fill(self, column: memoryview[int], begin: int, values: array[int]) -> None:
        """A field of so many submissions, from that slot on and round the end of the queue."""
        room = min(len(values), self.size - begin)
        column[begin : begin + room] = values[:room]
        column[: len(values) - room] = values[room:]

    def _enter(self, count: int) -> int:
        """Submit so many; answers how many of them the kernel does not take just now."""
        while count:
            submitted = self._syscall(_ENTER, self._fd, count, count, _GETEVENTS, None, 0)
            if submitted >= 0:
                count -= submitted
            elif ctypes.get_errno() in _FOR_NOW:
                break
            elif ctypes.get_errno() != errno.EINTR:
                raise AssertionError(f"io_uring: {os.strerror(ctypes.get_errno())}")
        return count

    def _taken(self, begin: int, sizes: array[int]) -> list[tuple[int, int]]:
        """The completions, which come in any order and say in whose slot they belong."""
        count = len(sizes)
        head, done = self._completion[self._head], self._completion[self._done]
        if (done - head) & 0xFFFFFFFF != count:
            raise AssertionError(f"io_uring: {count} submitted, {done - head} completed")
        all_of_them = len(self._results) // 4
        first = head % all_of_them
        last = min(first + count, all_of_them)
        rows = self._results[first * 4 : last * 4], self._results[: (count - last + first) * 4]
        taken = [result for row in rows for result in row[2::4].tolist()]
        # No socket takes more than its size: with these sums all have everything, in any order.
        whole = taken == sizes.tolist()
        indices = [(slot - begin) % self.size for row in rows if not whole for slot in row[::4]]
        self._completion[self._head] = done
        return [
            (index, result)
            for index, result in zip(indices, taken, strict=False)
            if result != sizes[index]
        ]


class RingSpread(Spread):
    """Writes to sessions through a ring; what that cannot do, through their transports."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def to_sessions(self, sessions: Collection[Session], data: bytes) -> None:
        """The same bytes to each session, after all that was written to it before."""
        if len(sessions) < _FEWEST:
            super().to_sessions(sessions, data)
        else:
            parts = [(len(sessions), data)]
            self._send(_sockets(sessions), parts, lambda: list(sessions))

    def to_cohorts(self, shares: Sequence[Share]) -> None:
        """All shares at once, without a look at each session where nothing has changed."""
        sockets, parts = array("i"), []
        for cohorts, data in shares:
            before = len(sockets)
            for cohort in cohorts:
                sockets += _sockets_of(cohort)
            parts.append((len(sockets) - before, data))
        if len(sockets) < _FEWEST:
            super().to_cohorts(shares)
        else:
            self._send(sockets, parts, lambda: [s for share in shares for s in members(share[0])])

    def _send(
        self, sockets: array[int], parts: Sequence[Part], sessions: Callable[[], Sequence[Session]]
    ) -> None:
        # A session in whose transport something waits has no socket (-1), and fails.
        short = self._ring.send(sockets, parts)
        if short:
            self._make_up(sessions(), parts, short)

    def _make_up(
        self,
        sessions: Sequence[Session],
        parts: Sequence[Part],
        short: Sequence[tuple[int, int]],
    ) -> None:
        due = list(chain.from_iterable(repeat(data, count) for count, data in parts))
        drained = []
        for index, taken in short:
            session, data = sessions[index], due[index]
            if session.socket < 0 and session.edge.settle():
                drained.append((session, data))
            else:
                session.write(data[max(0, taken) :])
        if drained:
            again = [session for session, _ in drained]
            self._send(_sockets(again), [(1, data) for _, data in drained], lambda: again)


def _address(data: bytes) -> int:
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0


def _sockets(sessions: Collection[Session]) -> array[int]:
    return array("i", [session.socket for session in sessions])


def _sockets_of(cohort: Cohort) -> array[int]:
    if cohort.sockets is None:
        sockets = _sockets(cohort.members)
        if min(sockets, default=-1) < 0:
            return sockets
        cohort.sockets = sockets
    return cohort.sockets


def spread(fan_out: str) -> Spread:
    """How to write to many sessions: the best way that there is here, or by their transports."""
    if fan_out == "auto" and sys.platform == "linux":
        try:
            return RingSpread(Ring())
        except OSError:
            pass
    return Spread()
