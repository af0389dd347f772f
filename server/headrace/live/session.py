"""One connection: its subscriptions, and how far it is where it is behind.

A connection owns no queue. In a stream it is either live, a member of the stream's cohort that
gets every shared frame; or behind, with nothing but a cursor, until it has caught up from the
window or from the log. First subscribe, resume and recovery from slowness are all the second
becoming the first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from headrace.live.frames import encode
from headrace.live.messages import CaughtUp, Checkpoint, ServerMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headrace.live.codes import CloseCode
    from headrace.live.cohort import Cohort
    from headrace.live.frames import Broadcast, Wire
    from headrace.live.reader import Reader
    from headrace.model.filters import Filter


class Behind(NamedTuple):
    """``cursor``: everything up to here was sent or did not pass. ``told``: the last number the
    client was told of, which is lower where the last entries did not pass its filter. ``sent``:
    how many entries it was sent since it fell behind."""

    cursor: int
    told: int
    sent: int = 0


class Page(NamedTuple):
    """A page that only the log has: entries of ``stream`` after number ``after``."""

    cohort: Cohort
    stream: str
    after: int


class Subscription:
    """What a client asked for under one id. ``waiting`` are streams still to be caught up in, None
    once it was told that there are none.

    ``resumes`` says whether it goes on from positions, though there may be none in the end;
    ``presence`` says whether it is told who is there, and whether others are told of it.
    """

    __slots__ = ("cohorts", "filter", "groups", "id", "inbox", "presence", "waiting")

    def __init__(
        self,
        ref: str,
        groups: Literal["home"] | tuple[str, ...],
        chosen: Filter,
        *,
        inbox: bool,
        presence: Literal["shown", "hidden"] | None = None,
        resumes: bool = False,
    ) -> None:
        self.id = ref
        self.groups = groups
        self.filter = chosen
        self.inbox = inbox
        self.presence = presence
        self.cohorts: list[Cohort] = []
        self.waiting: set[Cohort] | None = set() if resumes else None

    def wants(self, group: str | None) -> bool:
        """Whether a stream of that group, or the inbox (None), belongs to it."""
        if group is None:
            return self.inbox
        return self.groups == "home" or group in self.groups


class Permit(NamedTuple):
    """The session or token that a connection was opened with: its id, when it expires (seconds
    since 1970), the only groups that it reaches, None for all of its person's, and whether it may
    be used for more than reading."""

    credential: str = ""
    expires: float = math.inf
    groups: frozenset[str] | None = None
    publishes: bool = True


_ENDLESS = Permit()


class Edge(Protocol):
    """What a session asks of the connection it is the state of."""

    def unsent(self) -> int:
        """How many bytes wait in the transport."""

    @property
    def is_aborted(self) -> bool:
        """Whether ``abort`` was called, or nothing is connected any more."""

    def settle(self) -> bool:
        """Whether nothing waits in the transport; then ``Session.socket`` is set again."""

    def abort(self) -> None:
        """End the connection at once; what waits in the transport is thrown away."""

    def close(self, code: CloseCode) -> None:
        """Close the connection with a code."""

    def catch_up(self) -> None:
        """See to it that ``Session.catch_up`` is called until there is nothing left."""


class Session:
    """The state of one connection. All its writes go through ``write``, which must not block.

    ``paused``: the transport holds more than it should; nothing more is written until it drains.
    ``socket``: the descriptor that may be written to past the transport, because nothing waits in
    that; -1 where this is not so, or not known. ``permit`` is what lets it be there.
    """

    __slots__ = (
        "behind",
        "edge",
        "form",
        "paused",
        "permit",
        "reader",
        "socket",
        "subscriptions",
        "write",
    )

    def __init__(
        self,
        reader: Reader,
        form: Wire,
        edge: Edge,
        write: Callable[[bytes], None],
        permit: Permit | None = None,
    ) -> None:
        self.reader = reader
        self.form = form
        self.edge = edge
        self.write = write
        self.permit = permit or _ENDLESS
        self.paused = False
        self.socket = -1
        self.subscriptions: dict[str, Subscription] = {}
        self.behind: dict[Cohort, Behind] | None = None

    def detour(self) -> None:
        """Something waits in the transport: what comes next goes there too, not past it."""
        if self.socket >= 0:
            self.socket = -1
            for cohort in self.cohorts():
                cohort.sockets = None

    def send(self, message: ServerMessage) -> None:
        """Write a message of this connection's own."""
        self.write(encode(message, self.form))

    # Being behind, and catching up.

    def fall_behind(self, cohort: Cohort, behind: Behind) -> None:
        """Leave the cohort, if in it, and keep a cursor instead."""
        if self.behind is None:
            self.behind = {}
        if cohort not in self.behind:
            cohort.expected += 1
        self.behind[cohort] = behind
        cohort.remove(self)
        for subscription in self.subscriptions.values():
            if cohort in subscription.cohorts:
                subscription.waiting = (subscription.waiting or set()) | {cohort}

    def fall_behind_everywhere(self) -> None:
        """The transport is full: keep cursors only."""
        for cohort in list(self.cohorts()):
            if self in cohort.members:
                self.fall_behind(cohort, Behind(cohort.stream.flushed, cohort.told))

    def catch_up(self, most_bytes: int) -> Page | None:
        """Write what the windows have, up to about that many bytes.

        Returns a page to be read from the log and given to ``deliver``, or None. There is more
        to do as long as ``can_catch_up``.
        """
        for cohort, behind in list((self.behind or {}).items()):
            if self.paused or most_bytes <= 0:
                return None
            stream = cohort.stream
            if behind.cursor < stream.window.floor:
                return Page(cohort, stream.name, behind.cursor)
            items = stream.window.after(behind.cursor, most_bytes)
            most_bytes -= sum(item.size for item in items)
            self.deliver(cohort, items)
        return None

    @property
    def can_catch_up(self) -> bool:
        """Whether there is something to catch up with and room to write it."""
        return bool(self.behind) and not self.paused

    def deliver(self, cohort: Cohort, items: list[Broadcast]) -> None:
        """Write entries that follow the cursor; join the cohort where that reaches the present.

        Entries that the cursor has passed meanwhile are left out, and so are those that the
        node has not sent to anybody yet: they come with the cohort. What is given for a cohort
        in which the session is not behind (revoked while a page was read) is dropped, and so is
        what does not follow the cursor, since the client went back to an earlier position.
        """
        behind = (self.behind or {}).get(cohort)
        if behind is None or (items and items[0].entry.seq > behind.cursor + 1):
            return
        cursor, told, sent = behind
        frames = []
        for item in items:
            if not cursor < item.entry.seq <= cohort.stream.flushed:
                continue
            cursor = item.entry.seq
            if self.reader.withholds(item.entry):
                item = item.without_content()  # read before the loss, delivered after it
            if cohort.filter.accepts(item.facts):
                frames.append(item.frame(self.form, told))
                told = cursor
        self._keep(cohort, Behind(cursor, told, sent + len(frames)), frames)

    def _keep(self, cohort: Cohort, behind: Behind, frames: list[bytes]) -> None:
        """Note how far it is; then write, because writing may pause and so read the state."""
        if self.behind is None:
            raise AssertionError("caught up in a cohort without having been behind")
        present = behind.cursor >= cohort.stream.flushed
        cohort.stream.tally.replayed += len(frames)
        if present and behind.told < behind.cursor:
            frames.append(self._checkpoint(cohort.stream.name, behind.cursor))
        told = behind.cursor if present else behind.told
        self.behind[cohort] = Behind(behind.cursor, told, behind.sent)
        if frames:
            self.write(b"".join(frames))
        if present and not self.paused:
            cohort.stream.tally.catch_ups.observe(behind.sent)
            self._join(cohort)

    def _join(self, cohort: Cohort) -> None:
        self._leave_behind(cohort)
        cohort.add(self)
        if self.behind is None:
            cohort.stream.tally.caught_up += 1
        for subscription in self.subscriptions.values():
            if subscription.waiting is not None and cohort in subscription.waiting:
                subscription.waiting.discard(cohort)
                self.announce_if_caught_up(subscription)

    def announce_if_caught_up(self, subscription: Subscription) -> None:
        """Tell the client once, when nothing is left to catch up with."""
        if subscription.waiting is not None and not subscription.waiting:
            subscription.waiting = None
            self.send(CaughtUp(id=subscription.id))

    def _checkpoint(self, stream: str, position: int) -> bytes:
        return encode(Checkpoint(streams={stream: position}), self.form)

    def _leave_behind(self, cohort: Cohort) -> None:
        if self.behind is not None and self.behind.pop(cohort, None) is not None:
            cohort.expected -= 1
            if not self.behind:
                self.behind = None

    # Leaving.

    def cohorts(self) -> Iterator[Cohort]:
        """All cohorts of all subscriptions."""
        for subscription in self.subscriptions.values():
            yield from subscription.cohorts

    def leave(self, cohort: Cohort) -> None:
        """No longer follow this stream, live or behind."""
        cohort.remove(self)
        self._leave_behind(cohort)
        if cohort.stream.roster is not None:
            cohort.stream.roster.leave(self)
        for subscription in list(self.subscriptions.values()):
            if cohort in subscription.cohorts:
                subscription.cohorts.remove(cohort)
            if subscription.waiting is not None and cohort in subscription.waiting:
                subscription.waiting.discard(cohort)
                self.announce_if_caught_up(subscription)
        cohort.stream.cohorts.drop_if_empty(cohort)

    def unsubscribe(self, ref: str) -> None:
        """End a subscription, if there is one with that id."""
        subscription = self.subscriptions.get(ref)
        if subscription is None:
            return
        subscription.waiting = None
        for cohort in list(subscription.cohorts):
            self.leave(cohort)
        del self.subscriptions[ref]

    def end(self) -> None:
        """The connection is gone: leave everything."""
        for ref in list(self.subscriptions):
            self.unsubscribe(ref)
