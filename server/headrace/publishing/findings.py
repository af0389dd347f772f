"""What the log says, before anything is decided, about a batch and those whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import accounts, directory, moving, references
from headrace.log.moving import Post
from headrace.log.references import Answered, Referred
from headrace.log.rows import Member, Seat
from headrace.model.levels import Level
from headrace.publishing import carrying
from headrace.publishing.carrying import Carried
from headrace.publishing.publication import Publication

if TYPE_CHECKING:
    from headrace.log.database import Connection
    from headrace.publishing.seating import Place, Seated, Seating

#: Keys of group and stream by level.
Streams = dict[Level, tuple[int, int]]

#: What changes another activity, as its author or somebody who may.
_EDITS = ("Update", "Delete")


class Findings(msgspec.Struct, kw_only=True):
    """``publications`` with all that edits leave as it is, and ``streams`` of their groups.

    ``referred`` is by ordinal what they refer to, where the actor reads it; ``places`` and
    ``edited`` are the streams and posts of what they change. ``seats`` and ``actors`` are
    remembered where ``is_recalled``. ``called`` are those mentioned, by the name used;
    ``answered`` what earlier publications of the same key came to; ``ended`` the credentials that
    are over, of those that were only remembered.
    """

    publications: Sequence[Publication]
    streams: dict[str, Streams]
    seats: dict[tuple[UUID, int], Seat]
    actors: dict[UUID, Member]
    is_recalled: bool
    ended: set[UUID]
    referred: dict[int, list[Referred]] = {}
    places: dict[UUID, list[int]] = {}
    edited: dict[UUID, tuple[Post, tuple[str, ...]]] = {}
    answered: dict[tuple[str, str], Answered] = {}
    called: dict[str, Member] = {}
    carried: Carried = msgspec.field(default_factory=Carried.none)

    def twins(self, ordinal: int, publication: Publication) -> tuple[str, ...]:
        """On the other side of which groups what is answered or liked is read as well."""
        read = self.referred.get(ordinal)
        if not read:
            return ()
        groups = (publication.group, *publication.also)
        return tuple(
            found.twin for found in read if found.twin is not None and found.group in groups
        )

    def unreached(self, called: Sequence[str], reached: Sequence[str]) -> tuple[str, ...]:
        """Names that reach nobody: alike whether they do not exist or may not read this."""
        if not called:
            return ()
        return tuple(
            name
            for name in called
            if (member := self.called.get(name)) is None or member.handle not in reached
        )


async def look_up(
    connection: Connection,
    publications: Sequence[Publication],
    streams: dict[str, Streams],
    seating: Seating,
) -> Findings:
    """Find out all of it; ``streams`` are those of the groups addressed."""
    if all(map(_stands_alone, publications)):
        return await _who_acts(connection, publications, streams, seating)
    publications = await _by_what_was_liked(connection, publications)
    referred, edited = await _referred(connection, publications)
    streams = streams | await _streams_of_twins(connection, referred)
    if edited:
        publications = [
            carrying.completed(publication, referred.get(ordinal, ()))
            for ordinal, publication in enumerate(publications)
        ]
    places = await references.streams_of(connection, edited)
    posts = await moving.posts(connection, edited)
    found = await _who_acts(connection, publications, streams, seating)
    keys = [publication.key for publication in publications]
    called = {name for publication in publications for name in publication.called}
    return msgspec.structs.replace(
        found,
        referred=referred,
        places=places,
        edited=posts,
        answered=await references.answered(connection, [key for key in keys if key is not None]),
        called=await directory.members_called(connection, sorted(called)),
        carried=await carrying.look_up(connection, publications),
    )


async def _who_acts(
    connection: Connection,
    publications: Sequence[Publication],
    streams: dict[str, Streams],
    seating: Seating,
) -> Findings:
    """Who they are, what they read, and whether they still are who they were."""
    seated = await seating.of(connection, _places_wanted(publications, streams))
    return Findings(
        publications=publications,
        streams=streams,
        seats=seated.seats,
        actors=seated.members,
        is_recalled=seated.is_recalled,
        ended=await _ended(connection, publications, seated),
    )


def _stands_alone(publication: Publication) -> bool:
    """Whether it is about nothing and calls nobody, as most are: then who acts is all there is to
    find out."""
    return (
        publication.object is None
        and publication.in_reply_to is None
        and publication.key is None
        and not publication.called
        and not publication.uploads
    )


async def _by_what_was_liked(
    connection: Connection, publications: Sequence[Publication]
) -> Sequence[Publication]:
    """What takes a like back by the like's id takes it back by the id of what was liked."""
    undone = [(p.object, p.actor) for p in publications if p.type == "Undo" and p.object]
    if not undone:
        return publications
    liked = await references.liked(connection, undone)
    return [
        msgspec.structs.replace(publication, object=liked[publication.object])
        if publication.type == "Undo" and publication.object in liked
        else publication
        for publication in publications
    ]


async def _referred(
    connection: Connection, publications: Sequence[Publication]
) -> tuple[dict[int, list[Referred]], list[UUID]]:
    """What they are about, by ordinal; and what of it they change."""
    wanted, edited = [], []
    for ordinal, publication in enumerate(publications):
        about = publication.object or publication.in_reply_to
        if about is not None:
            wanted.append((ordinal, publication.actor, about))
            if publication.type in _EDITS:
                edited.append(about)
    return await references.referred(connection, wanted), edited


async def _streams_of_twins(
    connection: Connection, referred: dict[int, list[Referred]]
) -> dict[str, Streams]:
    """The streams on the other side of threads that are shared."""
    found = chain.from_iterable(referred.values())
    twins = {one.twin for one in found if one.twin is not None}
    return await directory.group_streams(connection, sorted(twins)) if twins else {}


async def _ended(
    connection: Connection, publications: Sequence[Publication], seated: Seated
) -> set[UUID]:
    """The credentials that are over, unless the log looks at them with the rest."""
    remembered = [one.credential for one in publications if one.credential is not None]
    if seated.is_recalled or not remembered:
        return set()
    return set(await accounts.ended(connection, remembered))


def _places_wanted(publications: Sequence[Publication], streams: dict[str, Streams]) -> set[Place]:
    return {
        (publication.actor, tuple(key for _, key in streams.get(group, {}).values()))
        for publication in publications
        for group in (publication.group, *publication.also)
    }
