"""One subscriber's side of the protocol: it remembers positions, and reports every breach.

A subscriber remembers, per stream, the highest number of activity, checkpoint, subscribed or
granted. ``prev`` above it is a gap; a number not above it came twice or late; a stream, group or
level that is not the person's own is a leak. Numbers that the server passes over as not meant for
this subscriber are believed only until receipts tell what they were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from headrace.live.messages import (
    ActivityMessage,
    Checkpoint,
    ErrorMessage,
    Granted,
    Revoked,
    ServerMessage,
    StreamStart,
    Subscribe,
    Subscribed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loadtests.locust.cast import Player
    from loadtests.locust.ledger import Ledger, Posted

_decode = msgspec.json.Decoder(ServerMessage).decode
_encode = msgspec.json.Encoder().encode
SUBSCRIPTION = "1"


class Follower:
    """What one user holds, across reconnects; ``tag`` is the only hashtag it asks for, if any."""

    def __init__(self, player: Player, ledger: Ledger, *, tag: str = "", inbox: bool = False):
        self.player = player
        self.tag = tag
        self.positions: dict[str, int] = {}
        self._inbox = inbox
        self._ledger = ledger
        self._starts: dict[str, int] = {}
        self._streams: dict[str, StreamStart] = {}
        self._passed_over: dict[str, list[range]] = defaultdict(list)

    def subscription(self) -> bytes:
        """The message to send after each connecting."""
        return _encode(
            Subscribe(
                id=SUBSCRIPTION,
                groups="home",
                filter=f"tag:{self.tag}" if self.tag else "",
                from_=dict(self.positions) or None,
                inbox=self._inbox,
            )
        )

    def take(self, data: bytes) -> ServerMessage:
        """A message from the server, checked."""
        message: ServerMessage = _decode(data)
        match message:
            case ActivityMessage():
                self._activity(message)
            case Checkpoint(streams=streams):
                for name, seq in streams.items():
                    self._pass_over(name, seq + 1)
                    self._remember(name, seq)
            case Subscribed(streams=starts):
                self._subscribed(starts)
            case Granted(stream=name, group=group, level=level, head=head):
                self._start(name, StreamStart(group=group, level=level, head=head))
            case Revoked(stream=name):
                self._streams.pop(name, None)
                self._starts.pop(name, None)
            case ErrorMessage(code=code, message=text):
                self._breach(f"error {code}: {text}")
        return message

    def missing(self) -> str:
        """What has a receipt and should have arrived, in words; empty if nothing is missing."""
        for name, posted in self._owed():
            return (
                f"{name} {posted.seq} ({posted.id}, tag {posted.tag}), has {self.positions[name]}"
            )
        return ""

    @property
    def is_waiting(self) -> bool:
        """Whether something is missing that may still come."""
        return any(posted.seq > self.positions[name] for name, posted in self._owed())

    def _owed(self) -> Iterator[tuple[str, Posted]]:
        for name, start in self._starts.items():
            has = self.positions[name]
            if not self._passed_over[name] and self._ledger.head(name) <= has:
                continue
            for posted in self._ledger.due(name, start):
                is_meant = self.tag in ("", posted.tag)
                if is_meant and (posted.seq > has or self._was_passed_over(name, posted.seq)):
                    yield name, posted

    def complain_of_missing(self) -> None:
        """Report what is missing, if something is."""
        if missing := self.missing():
            self._breach(f"missing: {missing}")

    def _subscribed(self, starts: dict[str, StreamStart]) -> None:
        for name, start in starts.items():
            known = self.positions.get(name)
            if known is not None and start.head > known:
                self._breach(f"gap: resumed {name} at {start.head}, had {known}")
            self._start(name, start)
        self._check_streams()

    def _start(self, name: str, start: StreamStart) -> None:
        if not self._is_own(start):
            self._breach(f"unauthorised: stream {name} of {start.group}, {start.level}")
        self._streams[name] = start
        self._starts.setdefault(name, start.head)
        self._remember(name, start.head)

    def _is_own(self, start: StreamStart) -> bool:
        if start.group is None:
            return self._inbox
        return self.player.may_read(start.group, start.level)

    def _check_streams(self) -> None:
        got = {(start.group, start.level) for start in self._streams.values()}
        for group in self.player.groups:
            for level in self.player.levels:
                if (group, level) not in got:
                    self._breach(f"missing: no stream for {group}, {level}")

    def _activity(self, message: ActivityMessage) -> None:
        name, seq, activity = message.stream, message.seq, message.activity
        known = self.positions.get(name)
        if known is None or name not in self._streams:
            self._breach(f"unauthorised: {name} {seq} ({activity.id}) was not subscribed to")
        elif seq <= known:
            self._breach(f"doubled or reordered: {name} {seq} ({activity.id}) after {known}")
        elif (seq - 1 if message.prev is None else message.prev) > known:
            self._breach(f"missing: between {known} and {seq} ({activity.id}) of {name}")
        if not self.player.may_read(activity.target, activity.level):
            self._breach(
                f"unauthorised: {name} {seq} ({activity.id}) in {activity.target}, {activity.level}"
            )
        if self.tag and self.tag not in activity.tags and self._is_groups(name):
            self._breach(f"unasked: {name} {seq} ({activity.id}) is not tagged {self.tag}")
        self._pass_over(name, seq)
        self._remember(name, seq)
        self._ledger.see(name, seq, activity.id)

    def _is_groups(self, name: str) -> bool:
        start = self._streams.get(name)
        return start is not None and start.group is not None

    def _pass_over(self, name: str, seq: int) -> None:
        """The server says that between what is held and this number nothing was meant for us."""
        known = self.positions.get(name, seq)
        if known + 1 < seq:
            self._passed_over[name].append(range(known + 1, seq))

    def _was_passed_over(self, name: str, seq: int) -> bool:
        gaps = self._passed_over[name]  # in order
        place = bisect_right(gaps, seq, key=lambda gap: gap.start)
        return place > 0 and seq in gaps[place - 1]

    def _remember(self, name: str, seq: int) -> None:
        self.positions[name] = max(seq, self.positions.get(name, -1))

    def _breach(self, text: str) -> None:
        self._ledger.breach(f"@{self.player.handle}: {text}")
