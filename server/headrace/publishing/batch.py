"""A batch of publications turned into rows and appended.

Everything is looked up and decided before anything is locked. The decisions rest on grounds, on who
acts, and who reads what in which role, and these go along with the rows: where one has changed
meanwhile, nothing is appended, and the batch is made anew. A revocation locks the same streams, so
no number is taken by a right that is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.errors import HeadraceError, LevelNotAllowed, NotFound, Unauthenticated
from headrace.log import appending, classifications, records, references
from headrace.log.appending import Grounds
from headrace.model.classification import Reason
from headrace.model.entries import Entry
from headrace.model.groups import is_thread
from headrace.model.levels import LABELS, Level
from headrace.publishing import findings, inboxes
from headrace.publishing.admitting import Admission, Rise
from headrace.publishing.drafts import entries
from headrace.publishing.publication import Published
from headrace.publishing.seating import Overtaken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from headrace.log.appending import Appended
    from headrace.log.database import Connection
    from headrace.log.references import Answered
    from headrace.log.rows import ActivityRow, EntryRow, NoSeat, Seat
    from headrace.model.classification import Rulebook
    from headrace.publishing.drafts import Draft
    from headrace.publishing.findings import Findings, Streams
    from headrace.publishing.publication import Publication
    from headrace.publishing.seating import Seating

Outcome = Published | HeadraceError | Rise


class Committed(msgspec.Struct):
    """What a batch came to: an outcome per publication, and the entries to announce."""

    outcomes: list[Outcome]
    entries: list[Entry]


class Foreseen(msgspec.Struct, frozen=True):
    """What would become of a publication: its level and what raised it, the streams it would be
    in, whose inboxes it would reach, and the mentions that would reach nobody. ``twins``
    are the shared threads that it would be in besides."""

    level: Level
    raised: tuple[Reason, ...]
    streams: list[int]
    directed: tuple[UUID, ...]
    unreached: tuple[str, ...]
    twins: tuple[str, ...] = ()


class Batch:
    """One transaction's work. ``streams`` knows the streams of every group addressed."""

    _found: Findings

    def __init__(
        self,
        publications: Sequence[Publication],
        streams: dict[str, Streams],
        new_id: Callable[[datetime | None], tuple[UUID, datetime]],
        book: Rulebook,
        seating: Seating,
    ) -> None:
        self._publications = publications
        self._streams = streams
        self._new_id = new_id
        self._book = book
        self._seating = seating
        self._outcomes: dict[int, Outcome] = {}

    async def commit(self, connection: Connection) -> Committed:
        """Do it all, in one transaction. Raises asyncpg.SerializationError or Overtaken where it
        has to be done anew."""
        await self._look_up(connection)
        drafts = self._admit()
        directed = await inboxes.reach(connection, drafts, self._found.called)
        if any(draft.changes for draft in drafts):
            async with connection.transaction():
                drafts = await self._change(connection, drafts)
                return await self._append(connection, drafts, directed)
        return await self._append(connection, drafts, directed)

    async def preview(self, connection: Connection) -> Foreseen:
        """What would become of a single publication; nothing is changed.

        Raises what publishing it would.
        """
        await self._look_up(connection)
        drafts = self._admit()
        outcome = self._outcomes.get(0)
        if isinstance(outcome, HeadraceError):
            raise outcome
        if isinstance(outcome, Published):  # a like that is there already: nothing is added
            level, raised = Level.named(outcome.level), outcome.raised
            return Foreseen(level, raised, streams=[], directed=(), unreached=outcome.unreached)
        if not drafts:
            raise AssertionError("a publication without key was neither admitted nor refused")
        (draft,) = drafts
        await inboxes.reach(connection, drafts, self._found.called)
        return self._foreseen(draft)

    def _foreseen(self, draft: Draft) -> Foreseen:
        row, found = draft.row, self._found
        author = None if draft.answers in (None, row.actor) else draft.answers
        called = inboxes.members_called(draft, found.called)
        told = dict.fromkeys([*called, *([author] if author else [])])
        # From outside one learns of nobody in the group, not even that they are told.
        known = {seat.person for seat in draft.seats if seat.stream_id in draft.reaches}
        return Foreseen(
            level=Level(row.level),
            raised=draft.raised,
            streams=draft.streams[:1] if draft.is_outside else draft.streams,
            directed=tuple(key for key in told if key in known and key != row.actor),
            unreached=found.unreached(draft.called, row.mentions),
            twins=() if draft.is_outside else found.twins(draft.ordinal, draft.publication),
        )

    # Before anything is locked: what is there, and what of the batch is admitted.

    async def _look_up(self, connection: Connection) -> None:
        found = await findings.look_up(connection, self._publications, self._streams, self._seating)
        self._found, self._publications = found, found.publications
        for ordinal, publication in enumerate(found.publications):
            if publication.credential is not None and publication.credential in found.ended:
                self._outcomes[ordinal] = Unauthenticated()
            elif publication.key is not None and publication.key in found.answered:
                earlier = found.answered[publication.key]
                self._outcomes[ordinal] = self._repeated(publication, earlier)

    def _repeated(self, publication: Publication, earlier: Answered) -> Published:
        return Published(
            id=str(earlier.id),
            stream=earlier.stream,
            seq=earlier.seq,
            published=earlier.published,
            level=earlier.level.label,
            raised=() if is_thread(publication.group) else earlier.classified,
            unreached=self._found.unreached(publication.called, earlier.mentions),
            repeated=True,
        )

    def _admit(self) -> list[Draft]:
        admission = Admission(self._found, self._new_id, self._book)
        drafts: list[Draft] = []
        first: dict[tuple[str, str], int] = {}
        for ordinal, publication in enumerate(self._publications):
            if ordinal in self._outcomes:
                continue
            key = publication.key
            if key is not None and first.setdefault(key, ordinal) != ordinal:
                continue  # answered like the first of this batch, see _answer_doubles
            try:
                draft = admission.draft(ordinal, publication)
                rise = admission.rise(draft) if publication.type == "Update" else None
            except HeadraceError as error:
                self._outcomes[ordinal] = error
                continue
            if rise is None:
                drafts.append(draft)
            else:
                self._outcomes[ordinal] = rise
        return drafts

    # Under the lock.

    async def _append(
        self,
        connection: Connection,
        drafts: Sequence[Draft],
        directed: Mapping[int, Sequence[EntryRow]],
    ) -> Committed:
        if self._found.is_recalled and self._outcomes:
            # The log looks again only at what is appended: whoever gets anything else, a refusal
            # or an earlier answer, gets it by what they are now.
            raise Overtaken
        if await self._is_refused_by_old_rules(connection):
            raise Overtaken
        if not drafts:
            return Committed(self._in_order(), [])
        rows = [draft.row for draft in drafts]
        done = await appending.append(
            connection, rows, entries(drafts, directed), self._grounds(drafts)
        )
        self._answer(drafts, done)
        return Committed(self._in_order(), self._told(drafts, done))

    async def _is_refused_by_old_rules(self, connection: Connection) -> bool:
        """Whether somebody is refused a level, by rules that are not the newest."""
        if not any(isinstance(one, LevelNotAllowed) for one in self._outcomes.values()):
            return False
        return await classifications.version(connection) != self._book.number

    def _grounds(self, drafts: Sequence[Draft]) -> Grounds:
        seats: dict[Seat | NoSeat, None] = {}
        for draft in drafts:
            seats.update(dict.fromkeys(draft.seats))
            seats.update(dict.fromkeys(draft.lacked))
        return Grounds(
            seats=list(seats),
            actors=list(self._found.actors.values()),
            rules=self._book.number,
            credentials=[
                publication.credential
                for ordinal, publication in enumerate(self._publications)
                if publication.credential is not None and ordinal not in self._outcomes
            ],
        )

    async def _change(self, connection: Connection, drafts: Sequence[Draft]) -> list[Draft]:
        """Do to activities and uploads what the drafts tell of them; answers those that found
        theirs."""
        locked = {seat.stream_id for draft in drafts for seat in draft.seats}
        await appending.lock_streams(connection, locked.union(*(d.streams for d in drafts)))
        undone = [draft for draft in drafts if draft.row.type == "Undo"]
        pairs = [(d.row.actor, d.row.object) for d in undone if d.row.object is not None]
        there = await references.unlike(connection, pairs, undone[0].row.published) if pairs else ()
        for draft in drafts:
            row = draft.row
            if row.type == "Undo" and (row.actor, row.object) not in there:
                self._outcomes[draft.ordinal] = NotFound("there is no like of yours to take back")
            elif row.type in ("Update", "Delete") and not await _rewrite_or_bury(connection, row):
                self._outcomes[draft.ordinal] = NotFound("it has been deleted")
        done = [draft for draft in drafts if draft.ordinal not in self._outcomes]
        for draft in done:
            carried = self._found.carried
            await carried.note(connection, draft.publication, draft.row.published)
        return done

    # Answers.

    def _answer(self, drafts: Sequence[Draft], done: Appended) -> None:
        place = 0
        for draft in drafts:
            row, entry = draft.row, done.entries[place]
            self._outcomes[draft.ordinal] = Published(
                id=str(row.id),
                stream=done.streams[entry.stream_id].name,
                seq=entry.seq,
                published=row.published,
                level=LABELS[row.level],
                raised=draft.raised,
                unreached=self._found.unreached(draft.called, row.mentions),
            )
            place += len(draft.streams)

    def _in_order(self) -> list[Outcome]:
        if len(self._outcomes) < len(self._publications):
            self._answer_doubles()
        return [self._outcomes[ordinal] for ordinal in range(len(self._publications))]

    def _answer_doubles(self) -> None:
        """What has the key of another in this batch is answered like the first that has it."""
        first: dict[tuple[str, str], int] = {}
        for ordinal, publication in enumerate(self._publications):
            key = publication.key
            if key is not None and not isinstance(self._outcomes.get(ordinal), Unauthenticated):
                first.setdefault(key, ordinal)
            if ordinal not in self._outcomes:
                if key is None:
                    raise AssertionError("a publication without key was neither taken nor refused")
                self._outcomes[ordinal] = _again(self._outcomes[first[key]])

    def _told(self, drafts: Sequence[Draft], done: Appended) -> list[Entry]:
        """The entries as their readers will see them."""
        rows = {draft.row.id: draft.row for draft in drafts}
        actors = {key: member.actor for key, member in self._found.actors.items()}
        told = []
        for entry in done.entries:
            row = rows[entry.activity]
            stream = done.streams[entry.stream_id]
            shown = done.streams[entry.via] if entry.via is not None else stream
            told.append(records.told(entry, stream, shown, row, actors[row.actor]))
        return told


async def _rewrite_or_bury(connection: Connection, row: ActivityRow) -> bool:
    """Whether what the row is about was there."""
    if row.object is None:
        raise AssertionError(f"a {row.type} of nothing was admitted")
    if row.type == "Delete":
        return await references.bury(connection, row.object, row.published)
    return await references.rewrite(connection, row.object, row)


def _again(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Published):
        return msgspec.structs.replace(outcome, repeated=True)
    return outcome
