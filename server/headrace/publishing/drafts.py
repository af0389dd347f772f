"""Publications that were admitted, on their way into the log."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log.rows import ActivityRow, EntryRow, NoSeat, Seat
from headrace.model.groups import is_thread
from headrace.publishing.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.model.classification import Reason

#: Types that change what is in the log already, beside being appended.
_CHANGES = frozenset({"Update", "Delete", "Undo"})


class Draft(msgspec.Struct):
    """A publication that was admitted: its row, and the streams that get an entry.

    ``seats`` are those that it was admitted by, ``lacked`` those for want of which it has no
    higher level. ``within`` are the streams through which it may reach somebody's inbox: in a
    shared thread, also the one on the other side. What is said from outside (``is_outside``)
    reaches there nobody but whom it answers: else names could be tried.
    """

    ordinal: int
    publication: Publication
    row: ActivityRow
    streams: list[int]
    seats: list[Seat]
    lacked: list[NoSeat] = []
    called: tuple[str, ...] = ()
    answers: UUID | None = None
    within: list[int] = []

    @property
    def is_outside(self) -> bool:
        """Whether it comes from outside the group, into a shared thread."""
        return is_thread(self.publication.group)

    @property
    def raised(self) -> tuple[Reason, ...]:
        """The rules that raised its level, as its author may learn of them: those of a group are
        nobody's business outside."""
        return self.row.classified if self.row.classified and not self.is_outside else ()

    @property
    def reaches(self) -> list[int]:
        """The streams through which it reaches whom it mentions."""
        return self.within[:1] if self.is_outside else self.within

    @property
    def is_directed(self) -> bool:
        """Whether it may concern somebody's inbox."""
        return bool(self.called) or self.answers is not None or self.row.type == "Delete"

    @property
    def changes(self) -> bool:
        """Whether it changes what is there: another activity, or an upload that it attaches."""
        return self.row.type in _CHANGES or bool(self.publication.uploads)


def entries(drafts: Sequence[Draft], inboxes: Mapping[int, Sequence[EntryRow]]) -> list[EntryRow]:
    """Group entries first, then inboxes: the order in which the streams were locked."""
    groups = [
        EntryRow(stream_id=stream, activity=draft.row.id)
        for draft in drafts
        for stream in draft.streams
    ]
    directed = chain.from_iterable(inboxes.get(draft.ordinal, ()) for draft in drafts)
    return [*groups, *directed]
