"""Who will see something, and why somebody sees it or does not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from headrace.api import activities, groups
from headrace.api.shapes.audience import (
    Audience,
    Audiences,
    Explanation,
    External,
    PlaceAnswer,
    Preview,
    WayAnswer,
)
from headrace.errors import NotFound
from headrace.log import audience, directory, history, moving
from headrace.model.facts import Facts
from headrace.model.filters import parse
from headrace.model.groups import RANKS, Role, is_thread
from headrace.model.levels import Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from headrace.api.calls import Call
    from headrace.api.queries import ExplainQuery, Query
    from headrace.api.shapes.activities import NewActivity
    from headrace.log.audience import Place, Reader, Way
    from headrace.log.database import Connection
    from headrace.model.levels import LevelName
    from headrace.model.people import Person


async def preview(call: Call[NewActivity, Query]) -> Preview:
    """Refuses what publishing would refuse; changes nothing and tells nobody."""
    name = call.path("name")
    wanted = activities.Writing(call.identity, name).publication(call.body, None)
    call.services.accounts.limits.preview(call.person.id)
    foreseen = await call.services.publisher.preview(wanted)
    async with call.services.database.connection() as connection:
        names = [wanted.group, *wanted.also, *foreseen.twins]
        places = await directory.group_streams(connection, names)
        told = await directory.members_by_id(connection, foreseen.directed)
        by_stream = {
            stream: (group, level, key)
            for group, levels in places.items()
            for level, (key, stream) in levels.items()
        }
        chosen = {stream: by_stream[stream] for stream in foreseen.streams}
        return Preview(
            level=foreseen.level.label,
            raised=foreseen.raised,
            audience=await _audiences(connection, chosen, call.person),
            inbox=tuple(told[key].handle for key in foreseen.directed),
            unreached=foreseen.unreached,
        )


async def of_group(call: Call[None, Query]) -> Audiences:
    name = call.path("name")
    read = {stream.level for stream in (await groups.must_read(call, name)).streams}
    async with call.services.database.connection() as connection:
        levels = (await directory.group_streams(connection, [name]))[name]
        chosen = {
            stream: (name, level, key)
            for level, (key, stream) in sorted(levels.items())
            if level.label in read
        }
        return Audiences(items=await _audiences(connection, chosen, call.person))


async def explain(call: Call[None, ExplainQuery]) -> Explanation:
    """About oneself, what one sees; about others, what one manages: as moderator or owner where it
    is read, or as administrator. Everything else does not exist."""
    activity = call.path_id("id")
    async with call.services.database.connection() as connection:
        later = await moving.successor(connection, activity)
        person = await _subject(connection, call)
        asked = UUID(person.id), call.person_id
        found = await audience.places(connection, later or activity, *asked)
        if later is not None and not any(_may_ask(place, call.person, person) for place in found):
            found, later = await audience.places(connection, activity, *asked), None
        places = [place for place in found if _may_ask(place, call.person, person)]
        state = await audience.state(connection, later or activity)
        if not places or state is None:
            raise NotFound
        keys = sorted({place.group_id for place in places})
        ways = await audience.ways(connection, keys, call.person, [UUID(person.id)])
    return Explanation(
        activity=str(later or activity),
        person=External(name=person.name, handle=person.handle),
        sees=any(place.sees for place in places) and not state.is_deleted,
        at=state.at,
        places=tuple(_place(place, ways) for place in places),
        deleted=state.is_deleted,
        passes=await _passes(call, later or activity, person),
    )


async def _subject(connection: Connection, call: Call[None, ExplainQuery]) -> Person:
    if not call.query.person:
        return call.person
    person = await directory.find_person(connection, call.query.person)
    if person is None:
        raise NotFound
    return person


def _may_ask(place: Place, asker: Person, person: Person) -> bool:
    if asker.id == person.id:
        return place.sees
    role = place.asker_role
    return asker.admin or (role is not None and RANKS[Role(role)] >= RANKS[Role.MODERATOR])


async def _passes(call: Call[None, ExplainQuery], activity: UUID, person: Person) -> bool | None:
    """Whether the filter lets it through; unknown where whoever asks does not read it."""
    chosen = parse(call.query.filter, me=person.handle)
    if not chosen:
        return None
    seen = await history.one(call.services.database, call.person_id, activity)
    return None if seen is None else chosen.accepts(Facts.of(seen))


def _place(place: Place, ways: Sequence[Way]) -> PlaceAnswer:
    return PlaceAnswer(
        group=place.group,
        level=Level(place.level).label,
        sees=place.sees,
        reason=_reason(place),
        seq=place.seq,
        head=place.head,
        role=None if place.role is None else Role(place.role),
        clearance=_up_to(place, place.clearance),
        ways=tuple(_way(place, way) for way in ways if way.group_id == place.group_id),
        live=place.sees and place.since is not None and place.seq > place.since,
        read=place.sees and place.is_read,
        inbox=place.sees and place.is_directed,
    )


def _reason(place: Place) -> Literal["reads", "not_a_member", "level", "newcomer"]:
    if place.sees:
        return "reads"
    if place.role is not None:
        return "newcomer"
    return "not_a_member" if place.clearance is None else "level"


def _way(place: Place, way: Way) -> WayAnswer:
    return WayAnswer(teams=way.teams, role=Role(way.role), clearance=_up_to(place, way.clearance))


def _up_to(place: Place, level: int | None) -> LevelName | None:
    """A clearance as those may learn of it who read this level: what is above is not theirs."""
    return None if level is None else Level(min(level, place.level)).label


async def _audiences(
    connection: Connection, chosen: dict[int, tuple[str, Level, int]], asker: Person
) -> tuple[Audience, ...]:
    """The audiences of streams, given with name and key of the group, and the level."""
    groups_of = {stream: key for stream, (_, _, key) in chosen.items()}
    readers = await audience.readers(connection, groups_of, asker)
    return tuple(
        _audience(group, level, readers[stream]) for stream, (group, level, _) in chosen.items()
    )


def _audience(group: str, level: Level, readers: Sequence[Reader]) -> Audience:
    counts = Counter(Role(reader.role) for reader in readers)
    return Audience(
        group=group,
        level=level.label,
        readers={role: counts[role] for role in Role if counts[role]},
        externals=tuple(
            External(name=reader.name, handle=reader.handle)
            for reader in readers
            if reader.is_external or is_thread(group)
        ),
    )
