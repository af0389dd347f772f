"""What travels over the WebSocket: two tagged unions, told apart by ``op``.

The types below are the protocol: decoding, validation, ``schemas/`` and the web client's
types all come from them. Times are seconds unless a name says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headrace.model.activities import Activity
from headrace.model.filter_parser import MAX_LENGTH as MAX_FILTER
from headrace.model.levels import LevelName
from headrace.problems import problem

if TYPE_CHECKING:
    from headrace.errors import HeadraceError

MAX_GROUPS = 1_000

Reference = Annotated[str, Meta(max_length=64)]
Position = Annotated[int, Meta(ge=0, le=2**53)]
StreamName = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")]
GroupName = Annotated[str, Meta(max_length=64)]


class Message(msgspec.Struct, tag_field="op", frozen=True, kw_only=True, omit_defaults=True):
    """Base of all messages."""


# Client to server


class Subscribe(Message, tag="subscribe"):
    """Follow groups, or all that one follows; live from now, or from positions on.

    ``inbox`` adds the stream of what is directed at the person. With ``presence`` the client is
    told who is there in these groups, and the others that this person is, unless ``hidden``;
    without it, neither. A subscription with an id that is in use replaces it. A connection follows
    a stream once: a later subscription takes it over from an earlier one, which has it back, as
    ``granted`` tells, when that one ends.
    """

    id: Reference
    groups: Literal["home"] | Annotated[tuple[GroupName, ...], Meta(max_length=MAX_GROUPS)]
    filter: Annotated[str, Meta(max_length=MAX_FILTER)] = ""
    from_: dict[StreamName, Position] | None = msgspec.field(default=None, name="from")
    inbox: bool = False
    presence: Literal["shown", "hidden"] | None = None


class Unsubscribe(Message, tag="unsubscribe"):
    """End a subscription, also one that was asked for just before and does not stand yet."""

    id: Reference


class Read(Message, tag="read"):
    """Everything in this stream up to this number has been read."""

    stream: StreamName
    seq: Position


class Typing(Message, tag="typing"):
    """The person is writing in this group. Ephemeral: may be dropped, never stored.

    Those who read ``level`` there are told; without it, the level that a post has by default.
    """

    group: GroupName
    level: LevelName | None = None


class Ping(Message, tag="ping"):
    """Ask for a pong."""

    id: Reference | None = None


ClientMessage = Subscribe | Unsubscribe | Read | Typing | Ping


# Server to client


class Welcome(Message, tag="welcome"):
    """First message. ``epoch`` names the log's history: positions of another one are void."""

    person: str
    epoch: str
    heartbeat: float


class StreamStart(msgspec.Struct, frozen=True, kw_only=True):
    """Where a subscription starts in a stream; group and level are null for the inbox."""

    group: str | None
    level: LevelName | None
    head: int


class Subscribed(Message, tag="subscribed"):
    """The subscription stands. ``head`` is the position it starts from in each stream."""

    id: str
    streams: dict[str, StreamStart]


class ActivityMessage(Message, tag="activity"):
    """An entry of a stream. ``prev`` is the number before it in this filtered view."""

    stream: str
    seq: int
    activity: Activity
    prev: int | None = None


class Checkpoint(Message, tag="checkpoint"):
    """Complete up to here, though nothing may have passed the filter."""

    streams: dict[str, int]


class CaughtUp(Message, tag="caught_up"):
    """What follows in this subscription is live."""

    id: str


class Granted(Message, tag="granted"):
    """The person reads this stream from now on; the subscription has taken it in.

    Group and level are null for the inbox, which a subscription has back from a later one.
    """

    stream: str
    group: str | None
    level: LevelName | None
    head: int


Reason = Literal["revoked", "left", "expired", "closed"]


class Revoked(Message, tag="revoked"):
    """The person no longer reads this stream."""

    stream: str
    group: str
    reason: Reason


class Typed(Message, tag="typing"):
    """Somebody is writing in this group; over when they have posted, or after six seconds."""

    group: str
    handle: str


class Presence(Message, tag="presence"):
    """Who is there in a group, as far as they are shown: all of it, whenever it has changed.

    ``people`` are handles; absent where there are too many to name. Ephemeral: not in the log, and
    void when the connection ends.
    """

    group: str
    count: int
    people: tuple[str, ...] | None = None


class ErrorMessage(Message, tag="error"):
    """What was wrong with a message; ``ref`` is its id where it had one.

    ``stream`` names the position that could not be honoured, ``column`` the place in a filter,
    ``retry_after`` the seconds after which trying again makes sense; ``errors`` has what a problem
    document has under that name: for a filter the reason (see codes.json) and its values.
    """

    code: str
    message: str
    retry: bool
    ref: str | None = None
    stream: str | None = None
    column: int | None = None
    retry_after: int | None = None
    errors: dict[str, Any] | None = None

    @classmethod
    def of(
        cls, error: HeadraceError, ref: str | None = None, stream: str | None = None
    ) -> ErrorMessage:
        """What the client is told of an error."""
        return cls(
            code=error.code,
            message=error.message,
            retry=error.retry,
            ref=ref,
            stream=stream,
            column=getattr(error, "column", None),
            retry_after=getattr(error, "retry_after", error.details.get("retry_after")),
            errors=problem(error).errors or None,
        )


class Pong(Message, tag="pong"):
    """Answer to a ping."""

    id: str | None = None


ServerMessage = (
    Welcome
    | Subscribed
    | ActivityMessage
    | Checkpoint
    | CaughtUp
    | Granted
    | Revoked
    | Typed
    | Presence
    | ErrorMessage
    | Pong
)
