"""A batch of publications turned into rows and appended.

Everything is looked up and decided before anything is locked. The decisions rest on grounds, on who
acts, and who reads what in which role, and these go along with the rows: where one has changed
meanwhile, nothing is appended, and the batch is made anew. A revocation locks the same streams, so
no number is taken by a right that is gone.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.access.decisions import Action, decide_on_activity
from headrace.errors import (
    Forbidden,
    HeadraceError,
    Invalid,
    LevelNotAllowed,
    NotFound,
    Unauthenticated,
)
from headrace.log import (
    accounts,
    appending,
    classifications,
    directory,
    moving,
    records,
    references,
)
from headrace.log.appending import Grounds
from headrace.log.rows import ActivityRow, EntryRow, NoSeat, Seat
from headrace.model.activities import POSTS
from headrace.model.classification import Classified, Reason
from headrace.model.entries import Entry
from headrace.model.groups import Role, is_thread
from headrace.model.levels import LABELS, Level
from headrace.model.words import fold
from headrace.publishing import carrying
from headrace.publishing.carrying import Carried
from headrace.publishing.levels import above
from headrace.publishing.moving import Edit
from headrace.publishing.publication import Publication, Published
from headrace.publishing.rules import material, material_of
from headrace.publishing.seating import Overtaken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from headrace.log.appending import Appended
    from headrace.log.database import Connection
    from headrace.log.moving import Post
    from headrace.log.references import Referred
    from headrace.log.rows import Member
    from headrace.model.activities import Attachment
    from headrace.model.classification import Rulebook
    from headrace.publishing.seating import Place, Seating

#: Keys of group and stream by level.
Streams = dict[Level, tuple[int, int]]

_ACTIONS = {"Update": Action.EDIT, "Delete": Action.DELETE}

#: Types that change what is in the log already, beside being appended.
_CHANGES = frozenset({"Update", "Delete", "Undo"})


class Draft(msgspec.Struct):
    """A publication that was admitted: its row, and the streams that get an entry.

    ``seats`` are those that it was admitted by, ``lacked`` those for want of which it has no
    higher level. ``within`` are the streams through which it may
    reach somebody's inbox: in a shared thread, also the one on the other side. What is said from
    outside (``is_outside``) reaches there nobody but whom it answers: else names could be tried.
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


class Rise(msgspec.Struct, frozen=True):
    """An edit says more than its post's level allows: both have to change in one."""

    edit: Edit


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
        self._edited: dict[UUID, tuple[Post, tuple[str, ...]]] = {}
        self._referred: dict[int, list[Referred]] = {}
        self._places: dict[UUID, list[int]] = {}
        self._seats: dict[tuple[UUID, int], Seat] = {}
        self._is_recalled = False
        self._levels: dict[tuple[UUID, str], list[Level]] = {}
        self._actors: dict[UUID, Member] = {}
        self._called: dict[str, Member] = {}
        self._carried = Carried({})

    async def commit(self, connection: Connection) -> Committed:
        """Do it all, in one transaction. Raises asyncpg.SerializationError or Overtaken where it
        has to be done anew."""
        await self._look_up(connection)
        drafts = self._admit()
        inboxes = await self._reach(connection, drafts)
        if any(draft.changes for draft in drafts):
            async with connection.transaction():
                drafts = await self._change(connection, drafts)
                return await self._append(connection, drafts, inboxes)
        return await self._append(connection, drafts, inboxes)

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
        await self._reach(connection, drafts)
        row = draft.row
        author = None if draft.answers in (None, row.actor) else draft.answers
        told = dict.fromkeys([*self._members_called(draft), *([author] if author else [])])
        # From outside one learns of nobody in the group, not even that they are told.
        known = {seat.person for seat in draft.seats if seat.stream_id in draft.reaches}
        return Foreseen(
            level=Level(row.level),
            raised=draft.raised,
            streams=draft.streams[:1] if draft.is_outside else draft.streams,
            directed=tuple(key for key in told if key in known and key != row.actor),
            unreached=self._unreached(draft.called, row.mentions),
            twins=() if draft.is_outside else self._twins(draft.ordinal, draft.publication),
        )

    async def _append(
        self, connection: Connection, drafts: Sequence[Draft], inboxes: dict[int, list[EntryRow]]
    ) -> Committed:
        if self._is_recalled and self._outcomes:
            # The log looks again only at what is appended: whoever gets anything else, a refusal
            # or an earlier answer, gets it by what they are now.
            raise Overtaken
        if await self._is_refused_by_old_rules(connection):
            raise Overtaken
        if not drafts:
            return Committed(self._in_order(), [])
        rows = [draft.row for draft in drafts]
        done = await appending.append(
            connection, rows, _entries(drafts, inboxes), self._grounds(drafts)
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
            actors=list(self._actors.values()),
            rules=self._book.number,
            credentials=[one for one, at in self._remembered() if at not in self._outcomes],
        )

    # What is referred to, and what the actors may do there.

    async def _look_up(self, connection: Connection) -> None:
        wanted, edited = [], []
        for ordinal, publication in enumerate(self._publications):
            about = publication.object or publication.in_reply_to
            if about is not None:
                wanted.append((ordinal, publication.actor, about))
            if about is not None and publication.type in _ACTIONS:
                edited.append(about)
        self._referred = await references.referred(connection, wanted)
        await self._meet_twins(connection)
        if edited:
            self._publications = [
                carrying.completed(publication, self._referred.get(ordinal, ()))
                for ordinal, publication in enumerate(self._publications)
            ]
        self._places = await references.streams_of(connection, edited)
        self._edited = await moving.posts(connection, edited)
        seated = await self._seating.of(connection, self._places_wanted())
        self._seats, self._actors = seated.seats, seated.members
        self._is_recalled = seated.is_recalled
        await self._recognise_repeats(connection)
        await self._refuse_ended(connection)
        called = {name for publication in self._publications for name in publication.called}
        self._called = await directory.members_called(connection, sorted(called))
        self._carried = await carrying.look_up(connection, self._publications)

    async def _refuse_ended(self, connection: Connection) -> None:
        """Refuse whose session or token is over, unless the log looks at that with the rest."""
        remembered = [] if self._is_recalled else self._remembered()
        if remembered:
            ended = await accounts.ended(connection, [credential for credential, _ in remembered])
            for credential, ordinal in remembered:
                if credential in ended:
                    self._outcomes[ordinal] = Unauthenticated()

    def _remembered(self) -> list[tuple[UUID, int]]:
        """The credentials that were only remembered, and by whose publication they came."""
        return [
            (publication.credential, ordinal)
            for ordinal, publication in enumerate(self._publications)
            if publication.credential is not None
        ]

    async def _meet_twins(self, connection: Connection) -> None:
        """Get to know the streams on the other side of threads that are shared."""
        found = chain.from_iterable(self._referred.values())
        twins = {one.twin for one in found if one.twin is not None}
        if twins:
            self._streams.update(await directory.group_streams(connection, sorted(twins)))

    async def _recognise_repeats(self, connection: Connection) -> None:
        keys = [publication.key for publication in self._publications]
        known = await references.answered(connection, [key for key in keys if key is not None])
        for ordinal, key in enumerate(keys):
            if key is not None and key in known:
                earlier, is_outside = known[key], is_thread(self._publications[ordinal].group)
                self._outcomes[ordinal] = Published(
                    id=str(earlier.id),
                    stream=earlier.stream,
                    seq=earlier.seq,
                    published=earlier.published,
                    level=earlier.level.label,
                    raised=() if is_outside else earlier.classified,
                    unreached=self._unreached(self._publications[ordinal].called, earlier.mentions),
                    repeated=True,
                )

    def _places_wanted(self) -> set[Place]:
        return {
            (publication.actor, tuple(key for _, key in self._streams.get(group, {}).values()))
            for publication in self._publications
            for group in (publication.group, *publication.also)
        }

    # Admission: pure, one publication at a time.

    def _admit(self) -> list[Draft]:
        drafts: list[Draft] = []
        first: dict[tuple[str, str], int] = {}
        for ordinal, publication in enumerate(self._publications):
            if ordinal in self._outcomes:
                continue
            key = publication.key
            if key is not None and first.setdefault(key, ordinal) != ordinal:
                continue  # answered like the first of this batch, see _answer_doubles
            try:
                draft = self._draft(ordinal, publication)
                rise = self._rise(draft) if publication.type == "Update" else None
            except HeadraceError as error:
                self._outcomes[ordinal] = error
                continue
            if rise is None:
                drafts.append(draft)
            else:
                self._outcomes[ordinal] = rise
        return drafts

    def _draft(self, ordinal: int, publication: Publication) -> Draft:
        if publication.type in _ACTIONS:
            return self._draft_of_change(ordinal, publication)
        parent = self._parent(ordinal, publication)
        self._check_outside(publication, parent)
        twins = self._twins(ordinal, publication)
        found = self._classified(publication, self._level(publication, parent), twins)
        target, primary = self._place(publication, publication.group, found)
        others = [self._place(publication, group, found)[1] for group in publication.also]
        beside = [self._streams[twin][found.level][1] for twin in twins]
        streams = list(dict.fromkeys([primary, *others, *beside]))
        row = self._row(publication, target, found.level)
        row.classified = found.reasons or None
        if parent is not None and publication.in_reply_to is not None:
            row.in_reply_to, row.thread = parent.id, parent.thread or parent.id
        answers = parent.author if parent is not None and row.in_reply_to else None
        return Draft(
            ordinal=ordinal,
            publication=publication,
            row=row,
            streams=streams,
            seats=self._seats_for(publication, streams, parent),
            lacked=self._lacked(publication),
            called=publication.called,
            answers=answers,
            within=[primary, *beside],
        )

    def _check_outside(self, publication: Publication, parent: Referred | None) -> None:
        """Whoever reads a shared thread from outside answers in it, where they may, and there
        alone. Raises NotFound, Forbidden."""
        is_outside = is_thread(publication.group)
        if any(map(is_thread, publication.also)) or (is_outside and publication.also):
            raise NotFound
        if not is_outside:
            return
        if not self._levels_read(publication.actor, publication.group):
            raise NotFound
        if parent is None:
            raise Forbidden("a shared thread takes answers, nothing else")
        if not parent.may_answer:
            raise Forbidden("this thread is shared with you to be read")

    def _twins(self, ordinal: int, publication: Publication) -> tuple[str, ...]:
        """On the other side of which groups what is answered or liked is read as well."""
        read = self._referred.get(ordinal)
        if not read:
            return ()
        groups = (publication.group, *publication.also)
        return tuple(
            found.twin for found in read if found.twin is not None and found.group in groups
        )

    def _draft_of_change(self, ordinal: int, publication: Publication) -> Draft:
        seen = self._parent(ordinal, publication)
        if seen is None or publication.object is None:
            raise NotFound
        if seen.type == "Tombstone":
            raise NotFound("it has been deleted")
        is_author = seen.author == publication.actor
        seat = self._seat(publication, seen)
        decision = decide_on_activity(
            _ACTIONS[publication.type], is_author=is_author, role=Role(seat.role)
        )
        if not decision.allowed:
            raise Forbidden(decision.reason)
        if publication.type == "Update" and publication.is_empty:
            raise Invalid("nothing would be left of the post: delete it instead", field="content")
        if publication.type == "Update" and is_thread(publication.group) and not seen.may_answer:
            raise Forbidden("this thread is shared with you to be read")
        level = Level(seen.level)
        target = self._streams[publication.group][level][0]
        row = self._row(publication, target, level, seen.attachment)
        # First the one that it is read in here: its number is answered, and its readers called.
        streams = list(dict.fromkeys([seen.stream_id, *self._places.get(seen.id, ())]))
        beside = [self._streams[twin][level][1] for twin in self._twins(ordinal, publication)]
        return Draft(
            ordinal,
            publication,
            row,
            streams,
            [seat],
            called=publication.called,
            within=[seen.stream_id, *beside],
        )

    def _seat(self, publication: Publication, about: Referred) -> Seat:
        return self._seats[publication.actor, about.stream_id]

    def _parent(self, ordinal: int, publication: Publication) -> Referred | None:
        """What is answered, liked or changed, as the actor reads it in the group addressed."""
        if publication.object is None and publication.in_reply_to is None:
            return None
        for found in self._referred.get(ordinal, ()):
            is_here = found.group == publication.group
            if is_here and (publication.actor, found.stream_id) in self._seats:
                return found
        raise NotFound

    def _level(self, publication: Publication, parent: Referred | None) -> Level:
        if parent is not None and publication.is_about_another:
            return Level(parent.level)
        floor = Level(parent.level) if parent is not None else Level.PUBLIC
        if publication.level is None:
            readable = self._levels_read(publication.actor, publication.group)
            if not readable:
                raise NotFound
            return max(floor, min(Level.INTERNAL, max(readable)))
        if publication.level < floor:
            raise LevelNotAllowed(f"an answer stays at its parent's level, {floor.label}, or above")
        return publication.level

    def _levels_read(self, actor: UUID, group: str) -> list[Level]:
        known = self._levels.get((actor, group))
        if known is None:
            streams = self._streams.get(group, {}).items()
            known = [level for level, (_, key) in streams if (actor, key) in self._seats]
            self._levels[actor, group] = known
        return known

    def _classified(
        self, publication: Publication, level: Level, twins: tuple[str, ...]
    ) -> Classified:
        """The level that the rules demand of a post, at least the one given."""
        actor = self._actors.get(publication.actor)
        if publication.type not in POSTS or actor is None:  # who reads nothing here, is refused
            return Classified(level)
        groups = (publication.group, *publication.also, *twins)
        if not self._book.has_rules(groups):
            return Classified(level)
        carried = self._carried.attachment(publication) or ()
        return self._book.classify(material(publication, carried, actor), groups, level)

    def _rise(self, draft: Draft) -> Rise | None:
        """What an edit comes to that makes a post more confidential than it is."""
        row, publication = draft.row, draft.publication
        if publication.object not in self._edited:
            raise NotFound("it has been deleted")
        post, groups = self._edited[publication.object]
        edit = Edit(
            content=row.content or "",
            folded=row.folded or "",
            tags=row.tags,
            called=publication.called,
            attachment=row.attachment or (),
            uploads=tuple(self._carried.own(publication)),
        )
        seen = material_of(post, edit)
        found = self._book.classify(seen, groups, post.level, post.overruled)
        return Rise(edit) if found.level > post.level else None

    def _place(self, publication: Publication, group: str, found: Classified) -> tuple[int, int]:
        """Keys of group and stream at that level, if the actor may publish there.

        What was published elsewhere by somebody who is not cleared for it comes in all the same:
        it is whoever imports it that brings it, and nobody but the cleared reads it here.
        """
        readable = self._levels_read(publication.actor, group)
        if not readable:
            raise NotFound
        is_lifted = publication.is_imported and bool(found.reasons)
        if found.level not in readable and not is_lifted:
            raise above(found, group)
        return self._streams[group][found.level]

    def _seats_for(
        self, publication: Publication, streams: Sequence[int], parent: Referred | None
    ) -> list[Seat]:
        """What a post is admitted by: a seat in each stream, and where the parent is read. What
        comes from elsewhere may be lifted above that: a seat in its group will do."""
        actor, keys = publication.actor, list(streams)
        if publication.is_imported:
            groups = (publication.group, *publication.also)
            keys += [key for group in groups for _, key in self._streams[group].values()]
        seats = [self._seats[actor, key] for key in keys if (actor, key) in self._seats]
        return seats if parent is None else [*seats, self._seat(publication, parent)]

    def _lacked(self, publication: Publication) -> list[NoSeat]:
        """The seats for want of which the level that a post has by default is a lower one."""
        actor, group = publication.actor, publication.group
        readable = self._levels_read(actor, group)
        if publication.level is not None or max(readable) >= Level.INTERNAL:
            return []
        streams = self._streams[group].items()
        return [NoSeat(actor, key) for level, (_, key) in streams if level not in readable]

    def _row(
        self,
        publication: Publication,
        target: int,
        level: Level,
        there: Sequence[Attachment] = (),
    ) -> ActivityRow:
        source, source_key = publication.key or (publication.source, None)
        activity, published = self._new_id(publication.published)
        content = publication.content
        return ActivityRow(
            id=activity,
            type=publication.type,
            actor=publication.actor,
            target=target,
            level=level,
            published=published,
            object=publication.object,
            object_actor=publication.object_actor,
            content=content,
            folded=fold(content) if content is not None else None,
            tags=publication.all_tags,
            attachment=self._carried.attachment(publication, there),
            source=source,
            source_key=source_key,
        )

    # Inboxes: who is mentioned or answered, as far as they read the stream.

    async def _reach(
        self, connection: Connection, drafts: Sequence[Draft]
    ) -> dict[int, list[EntryRow]]:
        """The entries of inboxes, by ordinal, where there are any; notes who was reached."""
        drafts = [draft for draft in drafts if draft.is_directed]
        if not drafts:
            return {}
        called = {draft.ordinal: self._members_called(draft) for draft in drafts}
        deleted = {d.ordinal: d.row.object for d in drafts if d.row.type == "Delete"}
        had = await moving.directed(connection, [thing for thing in deleted.values() if thing])
        wanted = {
            (person, stream)
            for draft in drafts
            for person in (*called[draft.ordinal], draft.answers)
            if person is not None
            for stream in draft.within
        }
        wanted |= {(one.person, one.via) for one in had}
        seats, members = await references.seats(connection, sorted(wanted))
        inboxes = {}
        for draft in drafts:
            reached = _seated(called[draft.ordinal], draft.reaches, seats)
            draft.row.mentions = tuple(members[seat.person].handle for seat in reached)
            if draft.answers is not None:
                reached += _seated([draft.answers], draft.within, seats)
            draft.seats += reached
            inboxes[draft.ordinal] = _directed(draft.row, reached, members)
            for one in had:
                if one.activity == deleted.get(draft.ordinal) and (one.person, one.via) in seats:
                    draft.seats.append(seats[one.person, one.via])
                    inboxes[draft.ordinal].append(_through(one.via, one.inbox, draft.row))
        return inboxes

    def _members_called(self, draft: Draft) -> list[UUID]:
        named = (self._called[name].id for name in draft.called if name in self._called)
        return list(dict.fromkeys(named))

    # Changes of what is there, under the lock.

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
            elif row.type in _ACTIONS and not await _rewrite_or_bury(connection, row):
                self._outcomes[draft.ordinal] = NotFound("it has been deleted")
        done = [draft for draft in drafts if draft.ordinal not in self._outcomes]
        for draft in done:
            await self._carried.note(connection, draft.publication, draft.row.published)
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
                unreached=self._unreached(draft.called, row.mentions),
            )
            place += len(draft.streams)

    def _unreached(self, called: Sequence[str], reached: Sequence[str]) -> tuple[str, ...]:
        """Names that reach nobody: alike whether they do not exist or may not read this."""
        if not called:
            return ()
        return tuple(
            name
            for name in called
            if (member := self._called.get(name)) is None or member.handle not in reached
        )

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
        actors = {key: records.actor(member) for key, member in self._actors.items()}
        told = []
        for entry in done.entries:
            row = rows[entry.activity]
            stream = done.streams[entry.stream_id]
            shown = done.streams[entry.via] if entry.via is not None else stream
            told.append(records.told(entry, stream, shown, row, actors[row.actor]))
        return told


def _seated(
    people: Sequence[UUID], streams: Sequence[int], seats: Mapping[tuple[UUID, int], Seat]
) -> list[Seat]:
    """The seats of those people who read one of these streams: in the first that they do."""
    found = (
        next((seats[person, stream] for stream in streams if (person, stream) in seats), None)
        for person in people
    )
    return [seat for seat in found if seat is not None]


def _directed(
    row: ActivityRow, reached: Sequence[Seat], members: Mapping[UUID, Member]
) -> list[EntryRow]:
    """Nobody is told of what they wrote themselves, nor of an edit."""
    if row.type == "Update":
        return []
    seats = (seat for seat in reached if seat.person != row.actor)
    through = {members[seat.person].inbox: seat.stream_id for seat in seats}
    return [_through(stream, inbox, row) for inbox, stream in sorted(through.items())]


async def _rewrite_or_bury(connection: Connection, row: ActivityRow) -> bool:
    """Whether what the row is about was there."""
    if row.object is None:
        raise AssertionError(f"a {row.type} of nothing was admitted")
    if row.type == "Delete":
        return await references.bury(connection, row.object, row.published)
    return await references.rewrite(connection, row.object, row)


def _through(stream: int, inbox: int, row: ActivityRow) -> EntryRow:
    return EntryRow(stream_id=inbox, activity=row.id, via=stream)


def _entries(drafts: Sequence[Draft], inboxes: dict[int, list[EntryRow]]) -> list[EntryRow]:
    """Group entries first, then inboxes: the order in which the streams were locked."""
    groups = [
        EntryRow(stream_id=stream, activity=draft.row.id)
        for draft in drafts
        for stream in draft.streams
    ]
    directed = chain.from_iterable(inboxes.get(draft.ordinal, ()) for draft in drafts)
    return [*groups, *directed]


def _again(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Published):
        return msgspec.structs.replace(outcome, repeated=True)
    return outcome
