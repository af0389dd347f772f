"""Posts whose level changes: a deletion for those who read them until now, new posts for those
who read them from now on.

A post goes on under a new id, for an id whose content is gone cannot show it to anybody, by
whatever way it is asked for. What was said below it goes along, at its own level or that of what
it answers, whichever is higher; likes and places in inboxes go with it as far as people read it.
A thread whose first post rises is shared with nobody outside any more.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.errors import Unavailable
from headrace.log import (
    appending,
    authority,
    directory,
    files,
    moving,
    records,
    references,
    shared_threads,
)
from headrace.log.moving import Note, Post
from headrace.log.rows import ActivityRow, EntryRow
from headrace.model.activities import Attachment
from headrace.model.classification import Reason
from headrace.model.entries import Entry
from headrace.model.levels import Level
from headrace.publishing import sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from headrace.log.appending import Appended
    from headrace.log.database import Connection
    from headrace.log.moving import Around
    from headrace.model.people import Actor


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What a post says from now on. ``called`` are the names it mentions, ``uploads`` the files
    of its author that it did not carry until now."""

    content: str
    folded: str
    tags: tuple[str, ...]
    called: tuple[str, ...]
    attachment: tuple[Attachment, ...]
    uploads: tuple[UUID, ...] = ()


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a post moves to, why, and by which rules."""

    level: Level
    why: str = ""
    reasons: tuple[Reason, ...] = ()
    overruled: tuple[Reason, ...] = ()
    edit: Edit | None = None


class Moved(msgspec.Struct):
    """What posts became: new ids by old ones, and the entries to announce."""

    ids: dict[UUID, UUID]
    levels: dict[UUID, Level]
    entries: list[Entry]


class Room:
    """The conversations of some posts, locked: nothing is said in their groups meanwhile."""

    def __init__(self, around: Sequence[Around], posts: dict[UUID, Post]) -> None:
        self.around = {stream.id: stream for stream in around}
        self.posts = posts
        self._by_level = {(stream.group_id, stream.level): stream.id for stream in around}
        self._homes = {stream.group_id: stream.home for stream in around}

    @classmethod
    async def lock(cls, connection: Connection, posts: Sequence[UUID]) -> Room:
        """Lock the streams of all groups concerned, then look at what there is."""
        await authority.lock_structure(connection)  # a thread may be shared no more
        around = await moving.streams_around(connection, posts)
        await appending.lock_streams(connection, [stream.id for stream in around])
        return cls(around, await moving.conversations(connection, posts))

    def beside(self, stream: int, level: Level) -> int:
        """The stream of the same group at another level."""
        return self._by_level[self.around[stream].group_id, level]

    def home(self, group: int) -> int:
        """The key of the group from which that one is shared, or its own."""
        return self._homes.get(group, group)

    def is_twin(self, stream: int) -> bool:
        """Whether it is of a shared thread."""
        around = self.around[stream]
        return around.home != around.group_id

    def groups(self, streams: Sequence[int]) -> list[str]:
        """The names of the groups of these streams."""
        return list(dict.fromkeys(self.around[stream].group for stream in streams))


class Move:
    """One change of levels, within a transaction that holds the room."""

    def __init__(
        self,
        room: Room,
        targets: Mapping[UUID, Target],
        by: UUID,
        new_id: Callable[[datetime | None], tuple[UUID, datetime]],
    ) -> None:
        self._room = room
        self._targets = targets
        self._by = by
        self._new_id = new_id
        self._levels = _levels(room.posts, targets)
        self._ids: dict[UUID, UUID] = {}
        self._places: dict[UUID, list[int]] = {}
        self._rows: list[ActivityRow] = []
        self._entries: list[EntryRow] = []
        self._deletions: dict[UUID, UUID] = {}

    async def commit(self, connection: Connection) -> Moved:
        """Do it; the caller's transaction makes it true."""
        olds = [old for old in self._room.posts if old in self._levels]
        await self._find_places(connection, olds)
        self._ids = {old: self._new_id(self._room.posts[old].published)[0] for old in olds}
        _, now = self._new_id(None)
        for old in olds:
            self._delete(old, now)
        for old in olds:
            self._renew(old, now)
        await self._take_mentions_along(connection)
        self._take_likes_along(await moving.likes(connection, olds))
        await self._direct(connection, olds)
        await moving.bury(connection, olds, now)
        for target in self._targets.values():
            if target.edit is not None:
                await files.attach(connection, target.edit.uploads, now)
        await moving.note(connection, [*self._notes()], self._by, now)
        done = await appending.append(connection, self._rows, self._entries)
        members = await directory.members_by_id(connection, [row.actor for row in self._rows])
        actors = {key: member.actor for key, member in members.items()}
        levels = {new: self._levels[old] for old, new in self._ids.items()}
        told = [*self._told(done, actors), *await self._unshare(connection)]
        return Moved(self._ids, levels, told)

    async def _unshare(self, connection: Connection) -> list[Entry]:
        """Shared threads go by the new ids of their first posts; those that rose are over."""
        told: list[Entry] = []
        for old, group in await shared_threads.renamed(connection, self._ids):
            if self._levels[old] > self._room.posts[old].level:
                told += await sharing.end(connection, group, self._by, self._new_id)
        return told

    async def _find_places(self, connection: Connection, olds: Sequence[UUID]) -> None:
        """Where each stands: first in the group that it was published in."""
        for activity, stream in await moving.places(connection, olds):
            if stream not in self._room.around:
                raise Unavailable("it is being posted elsewhere just now")
            is_home = self._room.around[stream].group_id == self._room.posts[activity].target
            places = self._places.setdefault(activity, [])
            places.insert(0 if is_home else len(places), stream)

    def _delete(self, old: UUID, now: datetime) -> None:
        """Tell those who read it until now."""
        post = self._room.posts[old]
        row = ActivityRow(
            id=self._new_id(None)[0],
            type="Delete",
            actor=self._by,
            target=post.target,
            level=post.level,
            published=now,
            object=old,
        )
        self._deletions[old] = row.id
        self._add(row, self._places[old])

    def _renew(self, old: UUID, now: datetime) -> None:
        post = self._room.posts[old]
        target = self._targets.get(old, Target(level=post.level))
        row = ActivityRow(
            id=self._ids[old],
            type=post.type,
            actor=post.actor,
            target=post.target,
            level=self._levels[old],
            published=post.published,
            in_reply_to=self._now_called(post.in_reply_to),
            thread=self._now_called(post.thread),
            content=post.content,
            folded=post.folded,
            tags=post.tags,
            mentions=post.mentions,
            attachment=post.attachment or None,
            source=post.source,
            updated=post.updated,
            formerly=old,
            classified=target.reasons or post.classified or None,
            overruled=target.overruled or post.overruled or None,
        )
        if target.edit is not None:
            row.content, row.folded = target.edit.content, target.edit.folded
            row.tags, row.mentions = target.edit.tags, target.edit.called
            row.attachment = target.edit.attachment or None
            row.updated = now
        self._add(row, self._now_at(old, row.level))

    def _now_called(self, old: UUID | None) -> UUID | None:
        return None if old is None else self._ids.get(old, old)

    def _now_at(self, old: UUID, level: int) -> list[int]:
        return [self._room.beside(stream, Level(level)) for stream in self._places[old]]

    async def _take_mentions_along(self, connection: Connection) -> None:
        """Of those who were mentioned, who reads it still."""
        of = {row.id: row for row in self._rows}
        posts = {new: of[new] for new in self._ids.values() if of[new].mentions}
        names = sorted({name for row in posts.values() for name in row.mentions})
        called = await directory.members_called(connection, names)
        streams = {new: self._now_at(old, of[new].level)[0] for old, new in self._ids.items()}
        pairs = {
            (called[name].id, streams[new])
            for new, row in posts.items()
            for name in row.mentions
            if name in called
        }
        reading, _ = await references.seats(connection, sorted(pairs))
        for new, row in posts.items():
            members = (called[name] for name in row.mentions if name in called)
            reached = [member.handle for member in members if (member.id, streams[new]) in reading]
            row.mentions = tuple(dict.fromkeys(reached))

    def _take_likes_along(self, likes: Sequence[moving.Liked]) -> None:
        for like in likes:
            level = max(Level(like.level), self._levels[like.object])
            thing = self._ids[like.object]
            row = ActivityRow(
                id=self._new_id(like.published)[0],
                type="Like",
                actor=like.actor,
                target=like.target,
                level=level,
                published=like.published,
                object=thing,
                source="like",
                source_key=f"{thing}:{like.actor}",
            )
            home = self._room.home(like.target)
            streams = self._now_at(like.object, level)
            self._add(row, [s for s in streams if self._room.around[s].home == home])

    async def _direct(self, connection: Connection, olds: Sequence[UUID]) -> None:
        """Into the inboxes that had it, where their owners read it still; those who read it until
        now are told there, too, that it is gone."""
        had = await moving.directed(connection, olds)
        through = {
            one: self._room.beside(one.via, self._levels[one.activity])
            for one in had
            if one.via in self._room.around
        }
        pairs = {(one.person, via) for one, now in through.items() for via in (one.via, now)}
        reading, _ = await references.seats(connection, sorted(pairs))
        inboxes = {}
        for one in through:
            if (one.person, one.via) in reading:
                gone = self._deletions[one.activity]
                inboxes[one.inbox, gone] = EntryRow(stream_id=one.inbox, activity=gone, via=one.via)
        for one, stream in through.items():
            if (one.person, stream) in reading:
                new = self._ids[one.activity]
                inboxes[one.inbox, new] = EntryRow(stream_id=one.inbox, activity=new, via=stream)
        self._entries.extend(inboxes.values())

    def _told(self, done: Appended, actors: Mapping[UUID, Actor]) -> list[Entry]:
        """The entries as their readers will see them."""
        rows = {row.id: row for row in self._rows}
        return [
            records.told(
                entry,
                done.streams[entry.stream_id],
                done.streams[entry.via or entry.stream_id],
                rows[entry.activity],
                actors[rows[entry.activity].actor],
            )
            for entry in done.entries
        ]

    def _notes(self) -> Iterator[Note]:
        for old, new in self._ids.items():
            target = self._targets.get(old)
            was, became = self._room.posts[old].level, self._levels[old]
            if target is not None:
                yield Note(
                    activity=new, was=was, became=became, why=target.why, reasons=target.reasons
                )
            elif became != was:
                yield Note(activity=new, was=was, became=became, why="", along=True)

    def _add(self, row: ActivityRow, streams: Sequence[int]) -> None:
        self._rows.append(row)
        self._entries.extend(EntryRow(stream_id=stream, activity=row.id) for stream in streams)


def _levels(posts: Mapping[UUID, Post], targets: Mapping[UUID, Target]) -> dict[UUID, Level]:
    """The new levels of the targets and of all that is said below them."""
    answers: dict[UUID, list[Post]] = defaultdict(list)
    for post in posts.values():
        if post.in_reply_to is not None:
            answers[post.in_reply_to].append(post)
    levels: dict[UUID, Level] = {}
    reached = [(posts[old], target.level) for old, target in targets.items()]
    while reached:
        post, above = reached.pop()
        own = targets[post.id].level if post.id in targets else post.level
        level = max(own, above, levels.get(post.id, own))
        levels[post.id] = level
        reached.extend((answer, level) for answer in answers[post.id])
    return levels
