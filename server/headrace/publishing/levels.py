"""Changes of level: by people, and by an edit that says more than its level allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from headrace.access.decisions import Action, Decision, decide_on_activity, decide_on_level
from headrace.errors import AboveClearance, Conflict, Forbidden, Invalid, LevelNotAllowed, NotFound
from headrace.log import audit, directory, moving, references
from headrace.model.classification import Classified
from headrace.model.groups import RANKS, Role, is_thread
from headrace.model.levels import Level
from headrace.publishing.moving import Edit, Move, Room, Target
from headrace.publishing.publication import Published
from headrace.publishing.rules import material_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from headrace.log.database import Connection
    from headrace.log.moving import Post
    from headrace.log.references import Referred
    from headrace.model.classification import Rulebook
    from headrace.model.entries import Entry
    from headrace.publishing.rules import Rules

MAX_WHY = 500


class LevelChange(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's wish to change the level of a post that they read in a group.

    Without ``level`` it becomes as high as the rules demand of what it says after the ``edit``.
    Whoever lowers a level says why.
    """

    actor: UUID
    group: str
    activity: UUID
    level: Level | None = None
    why: str = ""
    edit: Edit | None = None

    def check(self) -> None:
        """Raises Invalid for what no state of the log could make valid."""
        if len(self.why) > MAX_WHY or "\x00" in self.why:
            raise Invalid(f"a reason has at most {MAX_WHY} characters", field="reason")


class _Standing(NamedTuple):
    """The post as the actor reads it, in which role, as it stands, and where."""

    seen: Referred
    role: Role
    post: Post
    streams: list[int]
    groups: list[str]


async def change_level(
    connection: Connection,
    change: LevelChange,
    rules: Rules,
    new_id: Callable[[datetime | None], tuple[UUID, datetime]],
) -> tuple[Published, Sequence[Entry]]:
    """Change a level, within a transaction; answers what the post became and the entries.

    Raises NotFound, Forbidden, LevelNotAllowed, AboveClearance, Invalid, Conflict.
    """
    room = await Room.lock(connection, [change.activity])
    standing = await _standing(connection, room, change)
    book = await rules.at(connection)
    target = _target(standing, room, book, change)
    await _check_clearance(connection, standing, room, target, change)
    if target.level < standing.seen.level:
        await _check_rank_everywhere(connection, standing, change.actor)
    move = Move(room, {change.activity: target}, change.actor, new_id)
    moved = await move.commit(connection)
    await _record(connection, standing, change, target, moved.ids[change.activity], new_id)
    became = str(moved.ids[change.activity])
    told = next(entry for entry in moved.entries if _is_of(entry, became, change.group))
    published = Published(
        id=told.activity.id,
        stream=told.stream,
        seq=told.seq,
        published=told.activity.published,
        level=target.level.label,
        raised=() if is_thread(change.group) else target.reasons,
    )
    return published, moved.entries


async def raise_all(
    connection: Connection,
    group: str,
    posts: Sequence[UUID],
    by: UUID,
    rules: Rules,
    new_id: Callable[[datetime | None], tuple[UUID, datetime]],
) -> tuple[int, Sequence[Entry]]:
    """Raise those of a group's posts that its rules and the organisation's demand, within a
    transaction; answers how many levels rose, those of answers among them."""
    room = await Room.lock(connection, posts)
    book = await rules.at(connection)
    targets = {}
    for post in (room.posts[key] for key in posts if key in room.posts):
        found = book.classify(material_of(post), [group], post.level, post.overruled)
        if found.level > post.level:
            targets[post.id] = Target(level=found.level, reasons=found.reasons)
    if not targets:
        return 0, ()
    moved = await Move(room, targets, by, new_id).commit(connection)
    risen = sum(moved.levels[new] > room.posts[old].level for old, new in moved.ids.items())
    return risen, moved.entries


async def _standing(connection: Connection, room: Room, change: LevelChange) -> _Standing:
    referred = await references.referred(connection, [(0, change.actor, change.activity)])
    seen = next((found for found in referred[0] if found.group == change.group), None)
    if seen is None:
        raise NotFound
    if change.activity not in room.posts:
        raise NotFound("it has been deleted")
    streams = [stream for _, stream in await moving.places(connection, [change.activity])]
    streams = [stream for stream in streams if stream == seen.stream_id or not room.is_twin(stream)]
    seats, _ = await references.seats(connection, [(change.actor, seen.stream_id)])
    role = Role(seats[change.actor, seen.stream_id].role)
    return _Standing(seen, role, room.posts[change.activity], streams, room.groups(streams))


def _target(standing: _Standing, room: Room, book: Rulebook, change: LevelChange) -> Target:
    seen, post = standing.seen, standing.post
    is_author, role = seen.author == change.actor, standing.role
    if change.edit is not None:
        _demand(decide_on_activity(Action.EDIT, is_author=is_author, role=role))
    wanted = post.level if change.level is None else change.level
    if wanted != post.level:
        raises = wanted > post.level
        _demand(decide_on_level(is_author=is_author, role=role, raises=raises))
    if wanted < post.level:
        return _lowered(standing, room, book, change, wanted)
    found = book.classify(material_of(post, change.edit), standing.groups, wanted, post.overruled)
    if found.level == post.level:
        raise Conflict("it has changed meanwhile: look at it again")
    return Target(
        level=found.level, why=change.why.strip(), reasons=found.reasons, edit=change.edit
    )


def _lowered(
    standing: _Standing, room: Room, book: Rulebook, change: LevelChange, wanted: Level
) -> Target:
    """What rules say against it is overruled, by somebody who may; a floor cannot be."""
    post = standing.post
    if not change.why.strip():
        raise Invalid("whoever lowers a level says why", field="reason")
    parent = room.posts.get(post.in_reply_to) if post.in_reply_to is not None else None
    if parent is not None and parent.level > wanted:
        raise LevelNotAllowed(
            f"an answer stays at its parent's level, {parent.level.label}, or above"
        )
    against = book.objections(material_of(post, change.edit), standing.groups, wanted)
    for reason in against:
        if reason.rule is None:
            raise LevelNotAllowed(f"{wanted.label} is below {reason}")
    return Target(
        level=wanted,
        why=change.why.strip(),
        overruled=tuple(dict.fromkeys((*post.overruled, *against))),
        edit=change.edit,
    )


async def _check_clearance(
    connection: Connection,
    standing: _Standing,
    room: Room,
    target: Target,
    change: LevelChange,
) -> None:
    stream = room.beside(standing.seen.stream_id, target.level)
    seats, _ = await references.seats(connection, [(change.actor, stream)])
    if seats:
        return
    raise above(Classified(target.level, target.reasons), change.group)


async def _check_rank_everywhere(connection: Connection, standing: _Standing, actor: UUID) -> None:
    pairs = [(actor, stream) for stream in standing.streams]
    seats, _ = await references.seats(connection, pairs)
    ranks = [RANKS[Role(seats[pair].role)] if pair in seats else -1 for pair in pairs]
    if min(ranks) < RANKS[Role.MODERATOR]:
        _demand(decide_on_level(is_author=False, role=Role.MEMBER, raises=False))


def above(found: Classified, group: str) -> LevelNotAllowed:
    """What somebody is told who is not cleared for the level that they chose, or that rules
    demand: those rules by name, and nothing of what they look for."""
    label = found.level.label
    if is_thread(group):
        return LevelNotAllowed(f"here it would be {label}, which you do not read")
    if not found.reasons:
        return LevelNotAllowed(f"{label} is above your clearance in {group}")
    rules = ", ".join(str(reason) for reason in found.reasons)
    raised = msgspec.to_builtins(found.reasons)
    return AboveClearance(
        f"{rules} makes this {label}, which is above your clearance in {group}",
        level=label,
        raised=raised,
    )


async def _record(
    connection: Connection,
    standing: _Standing,
    change: LevelChange,
    target: Target,
    became: UUID,
    new_id: Callable[[datetime | None], tuple[UUID, datetime]],
) -> None:
    by = (await directory.members_by_id(connection, [change.actor]))[change.actor]
    await audit.record(
        connection,
        new_id(None)[1],
        by.email,
        "activity.level",
        f"{change.group}/{change.activity}",
        was=standing.post.level.label,
        level=target.level.label,
        became=str(became),
        why=target.why,
        rules=[str(reason) for reason in target.reasons],
        overruled=[str(reason) for reason in target.overruled],
    )


def _demand(decision: Decision) -> None:
    if not decision.allowed:
        raise Forbidden(decision.reason)


def _is_of(entry: Entry, activity: str, group: str) -> bool:
    told = entry.activity
    return told.id == activity and told.target == group and entry.via is None
