"""Who is there, in each group: ephemeral, coalesced, expiring. Nothing of it is in the log.

A group's people are those who follow its public stream, which all its members read; so whoever
loses the group is neither shown nor told any more from that moment on. Each node knows its own and
tells the others whole states, not changes: a message that is lost, repeated or late does no harm,
and a node that has died is forgotten when its last one expires.

At most one message per group and turn goes to each watcher, and only where something has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headrace.live.frames import encode
from headrace.live.messages import Presence
from headrace.live.wheel import Wheel
from headrace.model.entries import Attendance
from headrace.model.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from headrace.live.frames import Wire
    from headrace.live.reader import Reader
    from headrace.live.session import Session
    from headrace.live.spread import Spread
    from headrace.live.stream import Stream
    from headrace.live.tally import Tally

#: Above that many people a group is told how many, and no longer who.
MOST_NAMED = 50


class Elsewhere(NamedTuple):
    """What another node has told of a group last, and until when it holds."""

    told: Attendance
    expires: float


class Roster:
    """The people of one group: those here, and what other nodes say.

    ``watchers`` are the sessions here, each with whether it shows its person; ``people`` those
    who are shown, each with by how many.
    """

    __slots__ = (
        "_touch",
        "announced",
        "asks",
        "elsewhere",
        "missed",
        "people",
        "slot",
        "stream",
        "told",
        "watchers",
    )

    def __init__(self, stream: Stream, touch: Callable[[Roster], None]) -> None:
        self.stream = stream
        self.people: dict[Reader, int] = {}
        self.watchers: dict[Session, bool] = {}
        self.elsewhere: dict[str, Elsewhere] = {}
        self.missed: set[Session] = set()
        self.told: Presence | None = None
        self.announced = 0
        self.asks = True
        self.slot = -1
        self._touch = touch

    def enter(self, session: Session, *, is_shown: bool) -> None:
        """Somebody follows the group, and wants to know who is there."""
        self.watchers[session] = is_shown
        self.missed.add(session)
        if is_shown:
            self.people[session.reader] = self.people.get(session.reader, 0) + 1
        self._touch(self)

    def leave(self, session: Session) -> None:
        """Somebody no longer follows the group."""
        was_shown = self.watchers.pop(session, None)
        if was_shown is None:
            return
        self.missed.discard(session)
        if was_shown:
            self.people[session.reader] -= 1
            if not self.people[session.reader]:
                del self.people[session.reader]
        self._touch(self)

    @property
    def is_idle(self) -> bool:
        """Whether nobody here has to do with it."""
        return not self.watchers

    def hear(self, told: Attendance, expires: float) -> bool:
        """Another node tells; False if it had told something newer already (T26)."""
        known = self.elsewhere.get(told.node)
        if known is not None and told.turn <= known.told.turn:
            return False
        self.elsewhere[told.node] = Elsewhere(told, expires)
        self._touch(self)
        return True

    def forget(self, now: float, lasting: float) -> None:
        """Nodes that have been silent for too long; their numbers are kept for as long again, so
        that what they said before does not come back with a late message."""
        for node, known in list(self.elsewhere.items()):
            if known.expires > now:
                continue
            del self.elsewhere[node]
            if known.told.count:
                gone = msgspec.structs.replace(known.told, count=0, people={})
                self.elsewhere[node] = Elsewhere(gone, now + lasting)
                self._touch(self)

    def here(self) -> dict[str, str]:
        """The handles of the people here, by their ids."""
        return {reader.person: reader.handle for reader in self.people}

    def message(self) -> Presence:
        """Who is there, or how many. Of a crowd, a person on two nodes counts twice."""
        states = [known.told for known in self.elsewhere.values()]
        count = len(self.people) + sum(state.count for state in states)
        if len(self.people) <= MOST_NAMED and all(
            len(state.people) == state.count for state in states
        ):
            people = self.here()
            for state in states:
                people |= state.people
            count = len(people)
            if count <= MOST_NAMED:
                handles = tuple(sorted(people.values()))
                return Presence(group=self.stream.group or "", count=count, people=handles)
        return Presence(group=self.stream.group or "", count=count)


class Presences:
    """The rosters of one node, whose name in the others' eyes is ``node``.

    ``turn`` comes every ``interval`` seconds, by a clock that is never set; states are repeated
    three times within ``lasting`` seconds, after which they expire. ``spread`` writes
    the same bytes to many; ``tally`` counts for whom there was no room.
    """

    def __init__(
        self,
        node: str,
        *,
        interval: float = 2.0,
        lasting: float = 30.0,
        spread: Spread,
        tally: Tally,
    ) -> None:
        self.rosters: dict[str, Roster] = {}
        self._node = node
        self._lasting = lasting
        self._spread = spread
        self._tally = tally
        self._wheel: Wheel[Roster] = Wheel(max(1, int(lasting / 3 / interval)))
        self._touched: dict[Roster, None] = {}
        self._turns = 0

    def enter(self, session: Session, stream: Stream, *, is_shown: bool) -> None:
        """A session has begun to follow a stream and takes part in its group's presence."""
        if stream.level != Level.PUBLIC.label:
            return
        roster = self.rosters.get(stream.name)
        if roster is None:
            roster = self.rosters[stream.name] = Roster(stream, self._touch)
            roster.slot = self._wheel.add(roster)
        roster.stream, stream.roster = stream, roster
        roster.enter(session, is_shown=is_shown)

    def take(self, told: Attendance, now: float) -> None:
        """What a node says of a group. Where nobody watches, it is of no interest."""
        roster = self.rosters.get(told.stream)
        if roster is None or told.node == self._node:
            return
        if roster.hear(told, now + self._lasting) and told.asks:
            roster.announced = 0  # somebody has just come, and knows nothing of us

    def turn(self, now: float) -> list[Attendance]:
        """Tell the watchers of what has changed; answers what the other nodes are to be told."""
        self._turns += 1
        due = dict.fromkeys(self._wheel.turn())
        for roster in due:
            roster.forget(now, self._lasting)
        touched, self._touched = self._touched, {}
        for roster in touched:
            self._tell(roster)
        said = [self._state(roster) for roster in due | touched if self._has_news(roster, due)]
        for roster in touched:
            if roster.is_idle:
                self._drop(roster)
        return said

    def _touch(self, roster: Roster) -> None:
        self._touched[roster] = None

    def _has_news(self, roster: Roster, due: Collection[Roster]) -> bool:
        """Whether others have to be told: of a change, or, now and then, of what still holds."""
        state = hash(frozenset(reader.person for reader in roster.people)) or 1
        state = state if roster.people else 0
        is_news = state != roster.announced or (roster.asks and not roster.is_idle)
        roster.announced = state
        return is_news or (roster in due and bool(state))

    def _state(self, roster: Roster) -> Attendance:
        people = roster.here()
        asks, roster.asks = roster.asks and not roster.is_idle, False
        return Attendance(
            stream=roster.stream.name,
            node=self._node,
            turn=self._turns,
            count=len(people),
            people=people if len(people) <= MOST_NAMED else {},
            asks=asks,
        )

    def _tell(self, roster: Roster) -> None:
        """The whole state, since the last message may have been dropped for want of room."""
        message = roster.message()
        is_news = message != roster.told
        roster.told = message
        whom = list(roster.watchers) if is_news else list(roster.missed)
        ready = [session for session in whom if not session.edge.unsent()]
        roster.missed = set(whom).difference(ready)
        if roster.missed:
            self._tally.presence_muted += len(roster.missed) if is_news else 0
            self._touch(roster)
        by_form: dict[Wire, list[Session]] = {}
        for session in ready:
            by_form.setdefault(session.form, []).append(session)
        for form, sessions in by_form.items():
            self._spread.to_sessions(sessions, encode(message, form))

    def _drop(self, roster: Roster) -> None:
        del self.rosters[roster.stream.name]
        self._touched.pop(roster, None)
        self._wheel.discard(roster, roster.slot)
        roster.stream.roster = None
