"""The door itself: concurrent publishes gather into one transaction, then are announced.

While a transaction commits, further publishes queue up and form the next batch: a busy node
commits seldom and much, an idle one at once. The queue is bounded; beyond it callers wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import asyncpg
import msgspec

from headrace.errors import HeadraceError, Internal, Unavailable
from headrace.log import directory
from headrace.publishing import levels
from headrace.publishing.admitting import Rise
from headrace.publishing.batch import Batch, Foreseen
from headrace.publishing.ids import Ids
from headrace.publishing.levels import LevelChange
from headrace.publishing.publication import Publication, Published
from headrace.publishing.rules import Rules
from headrace.publishing.seating import Overtaken, Seating
from headrace.tasks import broken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from headrace.log.database import Connection, Database
    from headrace.model.entries import Ending, Entry
    from headrace.publishing.findings import Streams

T = TypeVar("T")
Outcome = Published | HeadraceError

_ATTEMPTS = 4
#: Somebody else was first: look again.
_OVERTAKEN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
#: So was another node that took the same idempotency key.
_RETRY = (*_OVERTAKEN, Overtaken, asyncpg.UniqueViolationError)


class _Waiting(msgspec.Struct):
    publication: Publication
    outcome: asyncio.Future[Published]


class Publisher:
    """Publishes for one process.

    ``announce`` is called with the entries of each committed transaction, in order; it must not
    block nor raise. ``clock`` gives the time in UTC, ``random_bits(n)`` n random bits.
    """

    def __init__(
        self,
        database: Database,
        announce: Callable[[Sequence[Entry | Ending]], None],
        *,
        clock: Callable[[], datetime],
        random_bits: Callable[[int], int],
        batch: int = 128,
    ) -> None:
        self._database = database
        self._announce = announce
        self._clock = clock
        self._live_ids = Ids(random_bits)
        self._past_ids = Ids(random_bits)
        self._batch = batch
        self._streams: dict[str, Streams] = {}
        self._rules = Rules()
        self._seating = Seating()
        self._queue: deque[_Waiting] = deque()
        self._room = asyncio.Semaphore(batch * 64)
        self._writer: asyncio.Task[None] | None = None
        #: Since the beginning, for the metrics.
        self.outcomes = dict.fromkeys(("ok", "repeated", "refused", "failed"), 0)

    async def publish(self, publication: Publication) -> Published:
        """Publish one activity, together with what others publish at the moment.

        Raises Invalid, NotFound (also for what the actor may not see), LevelNotAllowed,
        Forbidden, or Unavailable while the log is away; what was answered is committed.
        """
        self._check(publication)
        async with self._room:
            waiting = _Waiting(publication, asyncio.get_running_loop().create_future())
            self._queue.append(waiting)
            if self._writer is None:
                self._writer = asyncio.create_task(self._write())
            return await waiting.outcome

    async def publish_many(self, publications: Sequence[Publication]) -> list[Outcome]:
        """Publish in the order given, in transactions of ``batch``; an outcome for each.

        A publication that is refused does not hold up the others. Raises Unavailable while the
        log is away; what came before is committed, and idempotency keys make it safe to repeat.
        """
        outcomes: list[Outcome] = []
        for start in range(0, len(publications), self._batch):
            checked = [_checked(each) for each in publications[start : start + self._batch]]
            outcomes.extend(await self._publish(checked))
        return outcomes

    async def preview(self, publication: Publication) -> Foreseen:
        """What would become of a publication. Raises what publishing it would."""
        publication.check()
        async with self._database.connection() as connection:
            streams = await self._streams_of(connection, [publication])
            self._rules.forget()
            book = await self._rules.kept(connection)
            batch = Batch([publication], streams, self._new_id, book, Seating())
            return await batch.preview(connection)

    async def change_level(self, change: LevelChange) -> Published:
        """Change the level of a post; answers what it goes on as.

        Raises Invalid, NotFound, Forbidden, LevelNotAllowed, Conflict, Unavailable.
        """
        change.check()

        async def work(connection: Connection) -> tuple[Published, Sequence[Entry]]:
            return await levels.change_level(connection, change, self._rules, self._new_id)

        return await self.administer(work)

    async def raise_all(self, group: str, posts: Sequence[UUID], by: UUID) -> int:
        """Raise those of a group's posts that the rules demand; answers how many levels rose."""

        async def work(connection: Connection) -> tuple[int, Sequence[Entry]]:
            return await levels.raise_all(connection, group, posts, by, self._rules, self._new_id)

        return await self.administer(work)

    async def administer(
        self, work: Callable[[Connection], Awaitable[tuple[T, Sequence[Entry | Ending]]]]
    ) -> T:
        """Run a change of people, groups or memberships, and announce what it appended.

        ``work`` is done anew, in another transaction, where somebody else was first. Raises
        Unavailable where that is so again and again.
        """
        for attempt in range(_ATTEMPTS):
            try:
                async with self._database.transaction() as connection:
                    result, entries = await work(connection)
            except _OVERTAKEN:
                await asyncio.sleep(0.01 * attempt)
                continue
            self._announce(entries)
            return result
        raise Unavailable("too many change the same at the same time")

    async def close(self) -> None:
        """Finish what was accepted."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        try:
            while self._queue:
                size = min(len(self._queue), self._batch)
                taken = [self._queue.popleft() for _ in range(size)]
                await self._settle(taken)
        finally:
            self._writer = None

    async def _settle(self, taken: Sequence[_Waiting]) -> None:
        outcomes: Sequence[Published | Exception]
        try:
            outcomes = await self._publish([waiting.publication for waiting in taken])
        except Exception as error:  # noqa: BLE001 (whoever waits must hear of it, whatever it is)
            outcomes = [error] * len(taken)
            if isinstance(error, AssertionError):
                broken(error, "publishing")
        for waiting, outcome in zip(taken, outcomes, strict=True):
            if waiting.outcome.done():  # the caller has gone; what it published stands
                continue
            if isinstance(outcome, Exception):
                waiting.outcome.set_exception(outcome)
            else:
                waiting.outcome.set_result(outcome)

    def _check(self, publication: Publication) -> None:
        try:
            publication.check()
        except HeadraceError:
            self.outcomes["refused"] += 1
            raise

    async def _publish(self, checked: Sequence[Publication | HeadraceError]) -> list[Outcome]:
        """Publish what is sound; the others have their outcome already."""
        sound = [item for item in checked if isinstance(item, Publication)]
        try:
            committed = iter(await self._commit(sound)) if sound else iter(())
        except BaseException:
            self.outcomes["failed"] += len(checked)
            raise
        outcomes = []
        for item in checked:
            found = item if isinstance(item, HeadraceError) else next(committed)
            outcome = await self._raised(item, found) if isinstance(found, Rise) else found
            self.outcomes[_kind(outcome)] += 1
            outcomes.append(outcome)
        return outcomes

    async def _raised(self, publication: Publication | HeadraceError, rise: Rise) -> Outcome:
        """An edit that raises its post is no batch's work: the post moves, with all below it.

        Whatever becomes of it, the rest of its batch is committed, and has to be answered so.
        """
        if isinstance(publication, HeadraceError) or publication.object is None:
            raise AssertionError("an edit of nothing raised its level")
        change = LevelChange(
            actor=publication.actor,
            group=publication.group,
            activity=publication.object,
            edit=rise.edit,
        )
        try:
            return await self.change_level(change)
        except HeadraceError as error:
            return error
        except Exception as error:  # noqa: BLE001 (reported)
            broken(error, "raising an edited post")
            return Internal()

    async def _commit(self, publications: Sequence[Publication]) -> list[Outcome | Rise]:
        for attempt in range(_ATTEMPTS):
            try:
                async with self._database.connection() as connection:
                    streams = await self._streams_of(connection, publications)
                    rules = self._rules
                    book = await (rules.at(connection) if attempt else rules.kept(connection))
                    # Others who publish at the same time fill what is remembered again.
                    seating = Seating() if attempt else self._seating
                    batch = Batch(publications, streams, self._ids(), book, seating)
                    committed = await batch.commit(connection)
            except _RETRY:
                self._seating.forget({publication.actor for publication in publications})
                await asyncio.sleep(0.01 * attempt)
                continue
            self._announce(committed.entries)
            return committed.outcomes
        raise Unavailable("too many publish the same at the same time")

    async def _streams_of(
        self, connection: Connection, publications: Sequence[Publication]
    ) -> dict[str, Streams]:
        """The streams of all groups addressed. They never change, so they are remembered."""
        names = {name for p in publications for name in (p.group, *p.also)}
        unknown = sorted(name for name in names if name not in self._streams)
        if unknown:
            self._streams.update(await directory.group_streams(connection, unknown))
        return {name: self._streams[name] for name in names if name in self._streams}

    def _new_id(self, published: datetime | None) -> tuple[UUID, datetime]:
        return self._ids()(published)

    def _ids(self) -> Callable[[datetime | None], tuple[UUID, datetime]]:
        """Ids of what is published at this moment: the clock is read once for all of it."""
        now = self._clock()
        milliseconds = _milliseconds(now)

        def new_id(published: datetime | None) -> tuple[UUID, datetime]:
            if published is None:
                return self._live_ids.now(milliseconds), now
            return self._past_ids.at(_milliseconds(published)), published

        return new_id


def _checked(publication: Publication) -> Publication | HeadraceError:
    try:
        publication.check()
    except HeadraceError as error:
        return error
    return publication


def _kind(outcome: Outcome) -> str:
    if isinstance(outcome, HeadraceError):
        return "refused" if outcome.status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
    return "repeated" if outcome.repeated else "ok"


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
