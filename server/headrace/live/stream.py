"""A stream that this node follows: its recent entries, and who gets the next ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from headrace.live.cohort import Cohorts
from headrace.live.window import Window

if TYPE_CHECKING:
    from headrace.live.session import Session
    from headrace.live.tally import Tally
    from headrace.model.entries import StreamInfo


class Company(Protocol):
    """What a stream asks of those who are told who else follows it."""

    def leave(self, session: Session) -> None:
        """Somebody no longer follows it."""


class Stream:
    """A stream that this node follows.

    ``window.top`` is the last entry that came in, ``flushed`` the last one that went out: in
    between is what the current tick will fan out. ``pins`` hold it while somebody is about to
    subscribe. ``is_proven``: nothing was missed between the log's answer and the bus's.
    """

    __slots__ = (
        "cohorts",
        "flushed",
        "group",
        "is_proven",
        "level",
        "name",
        "pins",
        "roster",
        "tally",
        "window",
    )

    def __init__(self, info: StreamInfo, window_bytes: int, tally: Tally) -> None:
        self.name = info.stream
        self.group = info.group
        self.level = info.level
        self.window = Window(info.head, window_bytes)
        self.flushed = info.head
        self.cohorts = Cohorts(tally)
        self.pins = 0
        self.is_proven = False
        self.roster: Company | None = None
        self.tally = tally

    @property
    def is_idle(self) -> bool:
        """Whether nobody here needs it."""
        return not self.pins and not len(self.cohorts)
