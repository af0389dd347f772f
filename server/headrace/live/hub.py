"""The hub of one node: streams, who reads them here, and what each entry does.

Entries come in order and without gaps, from the relay; the hub fans them out once per tick. An
entry that revokes takes effect when it comes in, before anything that still waits for the tick
goes out.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from headrace.live.codes import ACCOUNT_CLOSED, SESSION_ENDED, CloseCode
from headrace.live.frames import Broadcast, encode
from headrace.live.messages import Checkpoint, Granted, Revoked, StreamStart, Typed
from headrace.live.presence import Presences
from headrace.live.reader import Reader
from headrace.live.session import Behind, Session, Subscription
from headrace.live.spread import Spread
from headrace.live.stream import Stream
from headrace.live.tally import Tally
from headrace.model.activities import EXPIRY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from headrace.live.cohort import Cohort
    from headrace.live.frames import Wire
    from headrace.live.messages import Reason
    from headrace.model.activities import Activity
    from headrace.model.entries import Authority, Entry, StreamInfo


class Hub:
    """Pure state; the outside is three callables and each session's edge.

    ``on_dirty()`` asks for a ``flush`` at the end of this tick; ``on_stale(person)`` for the
    person's authority to be read again; ``on_rewritten(stream, which)`` tells that these
    old entries of a stream no longer say what they said. ``presences`` knows who is there.
    ``spread`` writes to many. What it does is counted in ``tally``.
    """

    def __init__(
        self,
        *,
        window_bytes: int,
        on_dirty: Callable[[], None],
        on_stale: Callable[[str], None],
        on_rewritten: Callable[[str, Callable[[Broadcast], bool]], None],
        presences: Presences | None = None,
        spread: Spread | None = None,
        burst_bytes: int = 65_536,
        tally: Tally | None = None,
    ) -> None:
        self.streams: dict[str, Stream] = {}
        self.readers: dict[str, Reader] = {}
        self.tally = tally or Tally()
        self._inboxes: dict[str, Reader] = {}
        self._window_bytes = window_bytes
        self._burst_bytes = burst_bytes
        self._on_dirty = on_dirty
        self._on_stale = on_stale
        self._on_rewritten = on_rewritten
        self._spread = spread or Spread()
        self.presences = presences or Presences("", tally=self.tally, spread=self._spread)
        self._dirty: dict[Stream, None] = {}
        #: Where something went out since the last checkpoints.
        self._moved: dict[Stream, None] = {}
        self._full: list[Session] | None = None

    # Streams.

    def open(self, info: StreamInfo) -> Stream:
        """Follow a stream from its head in ``info`` on; the one that is there if it is followed."""
        stream = self.streams.get(info.stream)
        if stream is None:
            stream = self.streams[info.stream] = Stream(info, self._window_bytes, self.tally)
        return stream

    def close_stream(self, name: str) -> None:
        """Forget a stream that nobody here needs."""
        if not self.streams[name].is_idle:
            raise AssertionError(f"{name} is needed still")
        stream = self.streams.pop(name)
        self._dirty.pop(stream, None)
        self._moved.pop(stream, None)

    # Entries.

    def ingest(self, entry: Entry) -> None:
        """Take the next entry of a stream and apply what it changes.

        Fan-out waits for ``flush``, so that a burst within a tick is one write per connection.
        """
        stream = self.streams[entry.stream]
        stream.window.append(self._broadcast(entry))
        self.tally.ingested += 1
        if entry.revoked or entry.granted or entry.ended:
            self._apply(stream, entry)
        elif entry.activity.type == "Delete":
            self._bury(stream, entry.activity.object)
        if stream not in self._dirty:
            self._dirty[stream] = None
            self._on_dirty()

    def waiting(self) -> Iterator[Entry]:
        """The oldest entry that waits for ``flush``, of each stream that has one."""
        for stream in self._dirty:
            first = max(stream.flushed, stream.window.floor)
            yield from (item.entry for item in stream.window.after(first, 1))

    def flush(self) -> None:
        """Fan out what came in: to each cohort once, to each connection in one write."""
        streams, self._dirty = self._dirty, {}
        for stream in streams:
            self._fan_out(stream)
            if stream.flushed < stream.window.top:
                self._dirty[stream] = None
        if self._dirty:
            self._on_dirty()

    def _fan_out(self, stream: Stream) -> None:
        if stream.flushed < stream.window.floor:
            self._skip_to_floor(stream)
        items = stream.window.after(stream.flushed, self._burst_bytes)
        stream.flushed = items[-1].entry.seq if items else stream.flushed
        self._moved[stream] = None
        full: list[Session] = []
        self._full = full
        shares = []
        for frames, cohorts in stream.cohorts.route(items).items():
            shared = frames[0] if len(frames) == 1 else b"".join(frames)
            number = sum(len(cohort.members) for cohort in cohorts)
            self.tally.fanned_out(len(frames), len(cohorts), number, len(shared))
            shares.append((cohorts, shared))
        self._spread.to_cohorts(shares)
        self._full = None
        for session in full:
            session.fall_behind_everywhere()

    def _skip_to_floor(self, stream: Stream) -> None:
        """More came in within one tick than the window keeps: everybody reads it from the log."""
        for cohort in stream.cohorts:
            for session in list(cohort.members):
                session.fall_behind(cohort, Behind(stream.flushed, cohort.told))
                session.edge.catch_up()
        stream.flushed = stream.window.floor

    def _bury(self, stream: Stream, gone: object) -> None:
        """Leave nothing of a deleted activity and its edits. The inboxes that it is in are told of
        it by entries of their own."""

        def tells(item: Broadcast) -> bool:
            told = item.entry.activity
            return told.id == gone or (told.type == "Update" and told.object == gone)

        self._rewrite(stream, tells)

    def _rewrite(self, stream: Stream, which: Callable[[Broadcast], bool]) -> None:
        stream.window.replace(which)
        self._on_rewritten(stream.name, which)

    def _broadcast(self, entry: Entry) -> Broadcast:
        """An inbox entry is shown through the stream it came from; who lost that sees a stub."""
        item = Broadcast(entry)
        reader = self._inboxes.get(entry.stream)
        if reader is not None and reader.withholds(entry):
            return item.without_content()
        return item

    # Authority.

    def _apply(self, stream: Stream, entry: Entry) -> None:
        for person in entry.revoked:
            reader = self.readers.get(person)
            if reader is not None:
                self._revoke(reader, stream, _reason(entry.activity))
        for person in entry.granted:
            reader = self.readers.get(person)
            if reader is not None and entry.ended:
                self.end_reader(reader, ACCOUNT_CLOSED)
            elif reader is not None:
                reader.lost -= {stream.name}
                self._on_stale(person)

    def lapse(self, person: str, name: str) -> None:
        """The time for which somebody reads a stream is over, whether or not the log says so."""
        reader, stream = self.readers.get(person), self.streams.get(name)
        if reader is not None and stream is not None:
            self._revoke(reader, stream, "expired")

    def _revoke(self, reader: Reader, stream: Stream, reason: Reason) -> None:
        reader.lost |= {stream.name}
        inbox = self.streams.get(reader.inbox)
        if inbox is not None:
            self._rewrite(inbox, lambda item: item.entry.via == stream.name)
        for session in list(reader.sessions):
            lost = [cohort for cohort in session.cohorts() if cohort.stream is stream]
            if not lost:
                continue
            for cohort in lost:
                session.leave(cohort)
            # What waits in the transport may be of this stream: none of it may leave.
            if not self._cut(session):
                session.send(Revoked(stream=stream.name, group=stream.group or "", reason=reason))

    def learn(self, reader: Reader, known: Authority) -> None:
        """What the log says a person reads.

        A revocation that this node did not see, because it does not follow the stream or the
        person was not here, is in it: what came through that stream leaves the inbox.
        """
        if known.inbox.head >= reader.known_to:
            reader.known_to = known.inbox.head
            reader.readable = tuple(self._shared(info.stream) for info in known.streams)
        inbox = self.streams.get(reader.inbox)
        if inbox is not None:
            self._rewrite(inbox, lambda item: reader.withholds(item.entry))

    def _shared(self, name: str) -> str:
        """The name as the stream itself has it: one string for all who read it."""
        stream = self.streams.get(name)
        return name if stream is None else stream.name

    def end_reader(self, reader: Reader, code: CloseCode) -> None:
        """End all connections of a person."""
        for session in list(reader.sessions):
            self.end(session, code)

    def end_credentials(self, person: str, credentials: Collection[str] | None) -> None:
        """End the connections that were opened with these sessions and tokens of a person; None
        is all, since the account is closed."""
        reader = self.readers.get(person)
        if reader is None:
            return
        if credentials is None:
            self.end_reader(reader, ACCOUNT_CLOSED)
            return
        for session in list(reader.sessions):
            if session.permit.credential in credentials:
                self.end(session, SESSION_ENDED)

    def end(self, session: Session, code: CloseCode) -> None:
        """Close a connection that may get nothing more: what waits in its transport neither."""
        if not self._cut(session):
            session.edge.close(code)

    def _cut(self, session: Session) -> bool:
        """Abort a connection in whose transport something waits; whether it is so, or was."""
        if session.edge.is_aborted:
            return True
        unsent = session.edge.unsent()
        if unsent:
            self.tally.revoked_aborts += 1
            self.tally.purged_bytes += unsent
            session.edge.abort()
        return unsent > 0

    def revoked_since(self, person: str, stream: Stream, position: int) -> bool | None:
        """Whether entries after a position took the stream from a person, as far as is known.

        None where the window does not reach back to the position, and for somebody who has lost
        the stream and got it again: from which number on is for the log to say.
        """
        if position < stream.window.floor:
            return None
        reads = True
        for item in stream.window.after(position, self._window_bytes * 2):
            if person in item.entry.revoked:
                reads = False
            if person in item.entry.granted and not reads:
                return None
        return not reads

    # Readers and sessions.

    def reader(self, person: str, handle: str, inbox: str) -> Reader:
        """The reader of that id, new if they have no connection here yet."""
        reader = self.readers.get(person)
        return Reader(person, handle, inbox) if reader is None else reader

    def attend(self, session: Session) -> None:
        """A connection is there."""
        reader = session.reader
        if self.readers.get(reader.person, reader) is not reader:
            raise AssertionError(f"two readers for {reader.person}: one misses revocations")
        self.readers[reader.person] = self._inboxes[reader.inbox] = reader
        reader.sessions.append(session)

    def depart(self, session: Session) -> None:
        """A connection is gone."""
        session.end()
        reader = session.reader
        if session in reader.sessions:
            reader.sessions.remove(session)
        if not reader.sessions and self.readers.get(reader.person) is reader:
            del self.readers[reader.person]
            del self._inboxes[reader.inbox]

    def full(self, session: Session) -> None:
        """The connection's transport holds more than it should.

        Within a fan-out this waits for its end: who is in a cohort then has had all its frames.
        """
        session.paused = True
        self.tally.lagged += 1
        if self._full is not None:
            self._full.append(session)
        else:
            session.fall_behind_everywhere()

    # Subscriptions.

    def subscribe(
        self,
        session: Session,
        subscription: Subscription,
        streams: Sequence[Stream],
        positions: Mapping[str, int],
    ) -> dict[str, StreamStart]:
        """Install a subscription; live from now, or behind where a position is given.

        A stream that another subscription of the connection follows is taken over from it, until
        this one ends. Returns where it starts in each stream.
        """
        former = self._end(session, subscription.id)
        session.subscriptions[subscription.id] = subscription
        starts = {}
        for stream in streams:
            position = positions.get(stream.name)
            head = self.follow(session, subscription, stream, position)
            starts[stream.name] = StreamStart(group=stream.group, level=stream.level, head=head)
        self._give_back(session, [one for one in former if not subscription.wants(one.group)])
        return starts

    def unsubscribe(self, session: Session, ref: str) -> bool:
        """End a subscription; False if there is none with that id."""
        if ref not in session.subscriptions:
            return False
        self._give_back(session, self._end(session, ref))
        return True

    def _end(self, session: Session, ref: str) -> list[Stream]:
        """End a subscription, if it is there; answers what it followed."""
        ended = session.subscriptions.get(ref)
        streams = [] if ended is None else [cohort.stream for cohort in ended.cohorts]
        session.unsubscribe(ref)
        return streams

    def _give_back(self, session: Session, streams: Iterable[Stream]) -> None:
        """What one subscription had taken over goes back to another that wants it, from now on."""
        for stream in streams:
            self.grant(session, stream)

    def follow(
        self,
        session: Session,
        subscription: Subscription,
        stream: Stream,
        position: int | None = None,
    ) -> int:
        """Add a stream to a subscription; answers the position it starts from."""
        self._settle(stream)
        for taken in [cohort for cohort in session.cohorts() if cohort.stream is stream]:
            session.leave(taken)
        cohort = stream.cohorts.join(stream, subscription.filter, session.form)
        subscription.cohorts.append(cohort)
        start = stream.flushed if position is None else position
        if start == stream.flushed and not session.paused:
            cohort.add(session)
        else:
            session.fall_behind(cohort, Behind(start, start))
        if subscription.presence is not None:
            self.presences.enter(session, stream, is_shown=subscription.presence == "shown")
        return start

    def grant(self, session: Session, stream: Stream) -> None:
        """The person reads one more stream: take it into the subscriptions that want it."""
        for subscription in session.subscriptions.values():
            if subscription.wants(stream.group):
                if any(cohort.stream is stream for cohort in session.cohorts()):
                    return
                session.reader.lost -= {stream.name}
                head = self.follow(session, subscription, stream)
                session.send(
                    Granted(stream=stream.name, group=stream.group, level=stream.level, head=head)
                )
                return

    def whisper(self, stream: Stream, person: str, handle: str) -> None:
        """Tell those who follow a stream, and have room, that somebody is writing there."""
        message = Typed(group=stream.group or "", handle=handle)
        for cohort in stream.cohorts:
            shared = encode(message, cohort.form)
            for session in list(cohort.members):
                if session.reader.person == person:
                    continue
                if session.edge.unsent():
                    self.tally.muted += 1  # the first to go where there is no room
                else:
                    session.write(shared)

    def _settle(self, stream: Stream) -> None:
        """Send what waits for the tick first: newcomers start after it."""
        while stream.flushed < stream.window.top:
            self._fan_out(stream)

    def checkpoint(self) -> None:
        """Tell picky readers how far their streams are, though nothing passed their filters."""
        moved, self._moved = self._moved, {}
        for stream in moved:
            behind: dict[Wire, list[Cohort]] = defaultdict(list)
            for cohort in stream.cohorts:
                if cohort.told < stream.flushed and cohort.members:
                    cohort.told = stream.flushed
                    behind[cohort.form].append(cohort)
            message = Checkpoint(streams={stream.name: stream.flushed})
            self._spread.to_cohorts(
                [(cohorts, encode(message, form)) for form, cohorts in behind.items()]
            )


def _reason(activity: Activity) -> Reason:
    """Why somebody no longer reads a stream, by the activity that tells of it."""
    if activity.type == "Leave":
        return "left"
    return "expired" if activity.source == EXPIRY else "revoked"
