"""A connection's other end for tests of the live core: what was written, as messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from headrace.live.frames import Format
from headrace.live.hub import Hub
from headrace.live.messages import (
    ActivityMessage,
    Checkpoint,
    ErrorMessage,
    Granted,
    Revoked,
    ServerMessage,
    Subscribed,
)
from headrace.live.session import Session, Subscription
from headrace.model.activities import Activity
from headrace.model.entries import Entry, StreamInfo
from headrace.model.filters import parse
from headrace.model.people import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.live.codes import CloseCode
    from headrace.live.reader import Reader
    from headrace.live.spread import Spread
    from headrace.live.stream import Stream
    from headrace.model.levels import LevelName

MIA = Actor(id="mia-id", type="Person", name="Mia", handle="mia")
DECODERS: dict[Format, Any] = {
    Format.JSON: msgspec.json.Decoder(ServerMessage),
    Format.MSGPACK: msgspec.msgpack.Decoder(ServerMessage),
}


def activity(number: int, content: str = "hello", tags: tuple[str, ...] = ()) -> Activity:
    return Activity(
        id=f"activity-{number}",
        type="Create",
        actor=MIA,
        target="qm",
        level="internal",
        published=datetime(2026, 11, 21, 10, tzinfo=UTC),
        content=content,
        tags=tags,
    )


def entry(seq: int, stream: str = "s", tags: tuple[str, ...] = (), **changes: object) -> Entry:
    made = Entry(stream=stream, seq=seq, activity=activity(seq, f"number {seq}", tags))
    return msgspec.structs.replace(made, **changes)


def info(stream: str = "s", head: int = 0, group: str | None = "qm") -> StreamInfo:
    level: LevelName | None = None if group is None else "internal"
    return StreamInfo(stream=stream, group=group, level=level, head=head)


def frames_in(data: bytes) -> Iterator[Frame]:
    """The frames in what a server wrote."""
    reader = StreamReader()
    reader.feed_data(data)
    while True:
        step = Frame.parse(reader.read_exact, mask=False)
        try:
            next(step)
        except StopIteration as done:
            yield done.value
        else:
            return


class Peer:
    """The other end of one connection: an edge for the session and a client of the protocol.

    It follows the contract: per stream it remembers the highest number of activity, checkpoint
    or subscribed, and takes a ``prev`` above that for a gap.
    """

    def __init__(self, hub: Hub, person: str = "jonas-id", form: Format = Format.JSON) -> None:
        self.hub = hub
        self.form = form
        self.messages: list[ServerMessage] = []
        self.remembered: dict[str, int] = {}
        self.seen: dict[str, list[int]] = {}
        self.waiting_bytes = 0
        self.aborted = False
        self.closed: CloseCode | None = None
        self.writes = 0
        self.full_after: int | None = None
        reader: Reader = hub.reader(person, person, f"inbox-of-{person}")
        self.session = Session(reader, form, self, self.write)
        hub.attend(self.session)

    # What the session writes.

    def write(self, data: bytes) -> None:
        assert not self.aborted, "written after the abort"
        self.writes += 1
        for frame in frames_in(data):
            assert frame.opcode in (Opcode.TEXT, Opcode.BINARY)
            self.take(DECODERS[self.form].decode(frame.data))
        if self.full_after is not None:
            self.full_after -= 1
            if self.full_after <= 0 and not self.session.paused:
                self.hub.full(self.session)

    def take(self, message: ServerMessage) -> None:
        self.messages.append(message)
        match message:
            case Subscribed(streams=streams):
                for name, start in streams.items():
                    self.remember(name, start.head)
            case Granted(stream=name, head=head):
                self.remember(name, head)
            case Checkpoint(streams=positions):
                for name, seq in positions.items():
                    self.remember(name, seq)
            case ActivityMessage(stream=name, seq=seq, prev=prev):
                before = seq - 1 if prev is None else prev
                known = self.remembered.get(name, -1)
                assert before <= known, f"a gap in {name}: {before} above {known}"
                assert seq > known, f"{seq} of {name} came again, or late"
                self.seen.setdefault(name, []).append(seq)
                self.remember(name, seq)

    def remember(self, stream: str, seq: int) -> None:
        self.remembered[stream] = max(seq, self.remembered.get(stream, -1))

    # Edge.

    @property
    def is_aborted(self) -> bool:
        return self.aborted

    def unsent(self) -> int:
        return self.waiting_bytes

    def settle(self) -> bool:
        return False  # it has no socket

    def abort(self) -> None:
        self.aborted = True
        self.hub.depart(self.session)

    def close(self, code: CloseCode) -> None:
        self.closed = code
        self.session.end()

    def catch_up(self) -> None:
        """Tests catch up by hand, step by step."""

    # What a client does.

    def subscribe(
        self,
        *streams: Stream,
        ref: str = "1",
        only: str = "",
        positions: dict[str, int] | None = None,
        inbox: bool = False,
    ) -> None:
        subscription = Subscription(
            ref, "home", parse(only), inbox=inbox, resumes=positions is not None
        )
        starts = self.hub.subscribe(self.session, subscription, streams, positions or {})
        self.session.send(Subscribed(id=ref, streams=starts))
        self.session.announce_if_caught_up(subscription)

    def drain(self) -> None:
        """The transport has room again."""
        self.session.paused = False
        self.full_after = None

    def of(self, kind: type[ServerMessage]) -> list[ServerMessage]:
        return [message for message in self.messages if isinstance(message, kind)]

    @property
    def numbers(self) -> list[int]:
        """The numbers of the activities received in stream s."""
        return self.seen.get("s", [])


class Ticks:
    """Stands for the event loop: counts what the hub asks for."""

    def __init__(self) -> None:
        self.dirty = 0
        self.stale: list[str] = []
        self.rewritten: list[str] = []

    def hub(
        self,
        window_bytes: int = 1_000_000,
        burst_bytes: int = 65_536,
        spread: Spread | None = None,
    ) -> Hub:
        return Hub(
            window_bytes=window_bytes,
            burst_bytes=burst_bytes,
            spread=spread,
            on_dirty=self.mark,
            on_stale=self.stale.append,
            on_rewritten=lambda stream, _: self.rewritten.append(stream),
        )

    def mark(self) -> None:
        self.dirty += 1


__all__ = [
    "ErrorMessage",
    "Peer",
    "Revoked",
    "Ticks",
    "activity",
    "entry",
    "frames_in",
    "info",
]
