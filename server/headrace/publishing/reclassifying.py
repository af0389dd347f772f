"""New rules, applied to what is there: what they demand more of moves up, a batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.log import moving
from headrace.model.levels import Level
from headrace.publishing.rules import Rules, material_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from headrace.log.database import Database
    from headrace.log.moving import Place, Post
    from headrace.model.classification import Rulebook
    from headrace.publishing.publisher import Publisher

#: Posts that are looked at with one question to the log.
PAGE = 1_000
#: Posts that move in one transaction: their groups' streams are locked meanwhile.
CHUNK = 200


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it is: posts looked at of about how many, those that rise, and all that went up
    with them, answers included. ``group`` is the one that is being looked at."""

    group: str
    examined: int
    of: int
    found: int
    raised: int


class Reclassification:
    """Applies the rules to the posts of a group, or of all (None); to be repeated at will.

    It raises and never lowers, and leaves alone what somebody who may do so has lowered. ``record``
    notes how many levels rose, once it is done.
    """

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        by: UUID,
        group: str | None,
        record: Callable[[int], Awaitable[None]],
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._by = by
        self._group = group
        self._record = record
        self._examined = self._of = self._found = self._raised = 0

    async def run(self, *, is_applied: bool) -> AsyncIterator[Progress]:
        """Look at everything, and raise what has to rise unless it is a rehearsal.

        Raises Unavailable; what was raised until then stays so.
        """
        async with self._database.connection() as connection:
            book = await Rules().at(connection)
            places = await moving.places_below(connection, self._group)
        places = [place for place in places if Level(place.level) < book.top(place.group)]
        self._of = sum(place.posts for place in places)
        for place in places:
            async for progress in self._go_through(place, book, is_applied=is_applied):
                yield progress
        if is_applied:
            await self._record(self._raised)

    async def _go_through(
        self, place: Place, book: Rulebook, *, is_applied: bool
    ) -> AsyncIterator[Progress]:
        after = UUID(int=0)
        while posts := await self._page(place, after):
            after = posts[-1].id
            rising = [post.id for post in posts if _rises(post, place.group, book)]
            self._examined += len(posts)
            self._found += len(rising)
            if is_applied:
                await self._raise(place.group, rising)
            yield Progress(
                group=place.group,
                examined=self._examined,
                of=max(self._of, self._examined),
                found=self._found,
                raised=self._raised,
            )

    async def _page(self, place: Place, after: UUID) -> list[Post]:
        async with self._database.connection() as connection:
            return await moving.page(connection, place.stream_id, after, PAGE)

    async def _raise(self, group: str, posts: Sequence[UUID]) -> None:
        for start in range(0, len(posts), CHUNK):
            chunk = posts[start : start + CHUNK]
            self._raised += await self._publisher.raise_all(group, chunk, self._by)


def _rises(post: Post, group: str, book: Rulebook) -> bool:
    found = book.classify(material_of(post), [group], post.level, post.overruled)
    return found.level > post.level
