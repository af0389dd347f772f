"""What of a batch is admitted, at which level and into which streams: decided, nothing asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.access.decisions import Action, decide_on_activity
from headrace.errors import Forbidden, Invalid, LevelNotAllowed, NotFound
from headrace.log.rows import ActivityRow, NoSeat, Seat
from headrace.model.activities import POSTS
from headrace.model.classification import Classified
from headrace.model.groups import Role, is_thread
from headrace.model.levels import Level
from headrace.model.words import fold
from headrace.publishing.drafts import Draft
from headrace.publishing.levels import above
from headrace.publishing.moving import Edit
from headrace.publishing.rules import material, material_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from headrace.log.references import Referred
    from headrace.model.activities import Attachment
    from headrace.model.classification import Rulebook
    from headrace.publishing.findings import Findings
    from headrace.publishing.publication import Publication

_ACTIONS = {"Update": Action.EDIT, "Delete": Action.DELETE}


class Rise(msgspec.Struct, frozen=True):
    """An edit says more than its post's level allows: both have to change in one."""

    edit: Edit


class Admission:
    """Decides on one publication at a time, by what was found about all of them."""

    def __init__(
        self,
        findings: Findings,
        new_id: Callable[[datetime | None], tuple[UUID, datetime]],
        book: Rulebook,
    ) -> None:
        self._findings = findings
        self._new_id = new_id
        self._book = book
        self._levels: dict[tuple[UUID, str], list[Level]] = {}

    def draft(self, ordinal: int, publication: Publication) -> Draft:
        """Admit it. Raises Invalid, NotFound (also for what the actor may not see), Forbidden,
        LevelNotAllowed."""
        if publication.type in _ACTIONS:
            return self._draft_of_change(ordinal, publication)
        parent = self._parent(ordinal, publication)
        self._check_outside(publication, parent)
        twins = self._findings.twins(ordinal, publication)
        found = self._classified(publication, self._level(publication, parent), twins)
        target, primary = self._place(publication, publication.group, found)
        others = [self._place(publication, group, found)[1] for group in publication.also]
        beside = [self._findings.streams[twin][found.level][1] for twin in twins]
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

    def _draft_of_change(self, ordinal: int, publication: Publication) -> Draft:
        seen = self._parent(ordinal, publication)
        if seen is None or publication.object is None:
            raise NotFound
        if seen.type == "Tombstone":
            raise NotFound("it has been deleted")
        seat = self._seat(publication, seen)
        self._check_change(publication, seen, seat)
        level = Level(seen.level)
        target = self._findings.streams[publication.group][level][0]
        row = self._row(publication, target, level, seen.attachment)
        # First the one that it is read in here: its number is answered, and its readers called.
        streams = list(dict.fromkeys([seen.stream_id, *self._findings.places.get(seen.id, ())]))
        twins = self._findings.twins(ordinal, publication)
        beside = [self._findings.streams[twin][level][1] for twin in twins]
        return Draft(
            ordinal,
            publication,
            row,
            streams,
            [seat],
            called=publication.called,
            within=[seen.stream_id, *beside],
        )

    @staticmethod
    def _check_change(publication: Publication, seen: Referred, seat: Seat) -> None:
        """Raises Forbidden, Invalid."""
        is_author = seen.author == publication.actor
        decision = decide_on_activity(
            _ACTIONS[publication.type], is_author=is_author, role=Role(seat.role)
        )
        if not decision.allowed:
            raise Forbidden(decision.reason)
        if publication.type == "Update" and publication.is_empty:
            raise Invalid("nothing would be left of the post: delete it instead", field="content")
        if publication.type == "Update" and is_thread(publication.group) and not seen.may_answer:
            raise Forbidden("this thread is shared with you to be read")

    def _seat(self, publication: Publication, about: Referred) -> Seat:
        return self._findings.seats[publication.actor, about.stream_id]

    def _parent(self, ordinal: int, publication: Publication) -> Referred | None:
        """What is answered, liked or changed, as the actor reads it in the group addressed."""
        if publication.object is None and publication.in_reply_to is None:
            return None
        for found in self._findings.referred.get(ordinal, ()):
            is_here = found.group == publication.group
            if is_here and (publication.actor, found.stream_id) in self._findings.seats:
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
            streams = self._findings.streams.get(group, {}).items()
            known = [level for level, (_, key) in streams if (actor, key) in self._findings.seats]
            self._levels[actor, group] = known
        return known

    def _classified(
        self, publication: Publication, level: Level, twins: tuple[str, ...]
    ) -> Classified:
        """The level that the rules demand of a post, at least the one given."""
        actor = self._findings.actors.get(publication.actor)
        if publication.type not in POSTS or actor is None:  # who reads nothing here, is refused
            return Classified(level)
        groups = (publication.group, *publication.also, *twins)
        if not self._book.has_rules(groups):
            return Classified(level)
        carried = self._findings.carried.attachment(publication) or ()
        return self._book.classify(material(publication, carried, actor), groups, level)

    def rise(self, draft: Draft) -> Rise | None:
        """What an edit comes to that makes a post more confidential than it is."""
        row, publication = draft.row, draft.publication
        if publication.object not in self._findings.edited:
            raise NotFound("it has been deleted")
        post, groups = self._findings.edited[publication.object]
        edit = Edit(
            content=row.content or "",
            folded=row.folded or "",
            tags=row.tags,
            called=publication.called,
            attachment=row.attachment or (),
            uploads=tuple(self._findings.carried.own(publication)),
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
        return self._findings.streams[group][found.level]

    def _seats_for(
        self, publication: Publication, streams: Sequence[int], parent: Referred | None
    ) -> list[Seat]:
        """What a post is admitted by: a seat in each stream, and where the parent is read. What
        comes from elsewhere may be lifted above that: a seat in its group will do."""
        actor, keys = publication.actor, list(streams)
        if publication.is_imported:
            groups = (publication.group, *publication.also)
            keys += [key for group in groups for _, key in self._findings.streams[group].values()]
        seats = [
            self._findings.seats[actor, key] for key in keys if (actor, key) in self._findings.seats
        ]
        return seats if parent is None else [*seats, self._seat(publication, parent)]

    def _lacked(self, publication: Publication) -> list[NoSeat]:
        """The seats for want of which the level that a post has by default is a lower one."""
        actor, group = publication.actor, publication.group
        readable = self._levels_read(actor, group)
        if publication.level is not None or max(readable) >= Level.INTERNAL:
            return []
        streams = self._findings.streams[group].items()
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
            attachment=self._findings.carried.attachment(publication, there),
            source=source,
            source_key=source_key,
        )
