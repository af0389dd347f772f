"""The same bytes to many sockets with one system call, where the kernel can do that (io_uring).

Linux 5.18 and later; many containers forbid it, other systems do not have it. Then the transport of
each connection is written to, as it is here wherever a socket does not take everything at once.

Layouts and numbers are those of ``linux/io_uring.h``: io_uring_params (120 bytes), io_uring_sqe
(64), io_uring_cqe (16). All submissions of a call send the same bytes to different sockets.
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
from typing import TYPE_CHECKING

from headrace.live.spread import Spread, members

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from headrace.live.cohort import Cohort
    from headrace.live.session import Session

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

    def send(self, sockets: array[int], data: bytes) -> list[tuple[int, int]]:
        """Send to all; for each that did not take everything: its index, and how many bytes it
        took or the negative errno. What the kernel has no room for just now has -EAGAIN, like a
        full socket. Never waits for a socket."""
        address = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        short: list[tuple[int, int]] = []
        for first in range(0, len(sockets), self.size):
            part = sockets[first : first + self.size]
            short += [(first + n, taken) for n, taken in self._submit(part, address, len(data))]
        return short

    def _submit(self, sockets: array[int], address: int, size: int) -> list[tuple[int, int]]:
        count, tail = len(sockets), self._submission[self._tail]
        begin = tail % self.size
        self._fill(self._sockets, begin, sockets)
        self._fill(self._addresses, begin, array("Q", [address]) * count)
        self._fill(self._lengths, begin, array("I", [size]) * count)
        self._submission[self._tail] = (tail + count) & 0xFFFFFFFF
        left = self._enter(count)
        if not left:
            return self._taken(begin, count, size)
        # The kernel looks at the tail when it is entered only: what it has not taken is undone.
        self._submission[self._tail] = (tail + count - left) & 0xFFFFFFFF
        short = self._taken(begin, count - left, size)
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

    def _taken(self, begin: int, count: int, size: int) -> list[tuple[int, int]]:
        """The completions, which come in any order and say in whose slot they belong."""
        head, done = self._completion[self._head], self._completion[self._done]
        if (done - head) & 0xFFFFFFFF != count:
            raise AssertionError(f"io_uring: {count} submitted, {done - head} completed")
        all_of_them = len(self._results) // 4
        first = head % all_of_them
        rows = [(first, min(first + count, all_of_them)), (0, first + count - all_of_them)]
        short = []
        for start, end in rows:
            taken = self._results[start * 4 + 2 : max(start, end) * 4 : 4]
            if taken.tolist().count(size) != len(taken):
                slots = self._results[start * 4 : max(start, end) * 4 : 4]
                for slot, result in zip(slots, taken, strict=True):
                    if result != size:
                        short.append(((slot - begin) % self.size, result))
        self._completion[self._head] = done
        return short


class RingSpread(Spread):
    """Writes to sessions through a ring; what that cannot do, through their transports."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def to_sessions(self, sessions: Collection[Session], data: bytes) -> None:
        """The same bytes to each session, after all that was written to it before."""
        if len(sessions) < _FEWEST:
            super().to_sessions(sessions, data)
        else:
            self._send(_sockets(sessions), lambda: list(sessions), data)

    def to_cohorts(self, cohorts: Sequence[Cohort], data: bytes) -> None:
        """The same, without a look at each session where nothing has changed since the last."""
        sockets = array("i")
        for cohort in cohorts:
            sockets += _sockets_of(cohort)
        if len(sockets) < _FEWEST:
            super().to_cohorts(cohorts, data)
        else:
            self._send(sockets, lambda: members(cohorts), data)

    def _send(
        self, sockets: array[int], sessions: Callable[[], Sequence[Session]], data: bytes
    ) -> None:
        # A session in whose transport something waits has no socket (-1), and fails.
        short = self._ring.send(sockets, data)
        if short:
            self._make_up(sessions(), short, data)

    def _make_up(
        self, sessions: Sequence[Session], short: Sequence[tuple[int, int]], data: bytes
    ) -> None:
        drained = []
        for index, taken in short:
            session = sessions[index]
            if session.socket < 0 and session.edge.settle():
                drained.append(session)
            else:
                session.write(data[max(0, taken) :])
        if drained:
            self._send(_sockets(drained), lambda: drained, data)


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
