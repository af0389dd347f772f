"""What was said before the demo begins: told once, at times that fit the day it is told."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.demo.company import SOURCE, table
from headrace.errors import HeadraceError
from headrace.log import cursors, references
from headrace.model.levels import Level
from headrace.publishing import Publication

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headrace.log.database import Database
    from headrace.publishing import Publisher

_SATURDAY = 5
_LIKE_AFTER = timedelta(minutes=3)
#: No answer is given in the future.
_LATEST = timedelta(seconds=30)
#: What is older has been read by everybody.
_UNREAD = timedelta(hours=4)


class Thread(msgspec.Struct, frozen=True):
    """A first text and what came of it; ``replies`` are (who, minutes later, text)."""

    group: str
    at: str
    by: str
    text: str
    type: str = "Create"
    level: str | None = None
    replies: list[tuple[str, int, str]] = []
    likes: list[str] = []


class Said(msgspec.Struct, frozen=True):
    """One activity of the history: a text, or without text a like.

    ``about`` is the key of what it answers or likes.
    """

    key: str
    at: datetime
    by: str
    thread: Thread
    text: str | None = None
    about: str | None = None


def load() -> list[Thread]:
    """The threads of history.toml."""
    return msgspec.convert(table("history.toml")["thread"], list[Thread])


def waves(threads: list[Thread], now: datetime) -> list[list[Said]]:
    """All that was said, day by day: first texts, then answers, then likes, each in its order.

    Nothing depends on its own wave. ``now`` is in the zone of the company's clocks.
    """
    found: dict[tuple[date, int], list[Said]] = defaultdict(list)
    for number, thread in enumerate(threads):
        begin = _moment(thread.at, now)
        for one in _thread(number, thread, begin, now):
            found[begin.date(), _stage(one)].append(one)
    return [sorted(found[wave], key=lambda one: one.at) for wave in sorted(found)]


def _stage(one: Said) -> int:
    if one.text is None:
        return 2
    return 0 if one.about is None else 1


def _thread(number: int, thread: Thread, begin: datetime, now: datetime) -> Iterator[Said]:
    first, at = str(number), begin
    yield Said(first, begin, thread.by, thread, thread.text)
    for place, (by, minutes, text) in enumerate(thread.replies, 1):
        at = min(at + timedelta(minutes=minutes), now - _LATEST)
        yield Said(f"{first}/{place}", at, by, thread, text, about=first)
    for place, by in enumerate(thread.likes, 1):
        at = min(begin + place * _LIKE_AFTER, now)
        yield Said(f"{first}+{place}", at, by, thread, about=first)


def _moment(at: str, now: datetime) -> datetime:
    """``-3 08:05`` is three working days ago at that time, ``45`` that many minutes ago."""
    days, _, clock = at.partition(" ")
    if not clock:
        return now - timedelta(minutes=int(days))
    day = now.date()
    for _ in range(-int(days)):
        day -= timedelta(days=1)
        while day.weekday() >= _SATURDAY:
            day -= timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(clock), now.tzinfo)


class History:
    """Tells it. What was told is not told again, so a beginning is completed."""

    def __init__(
        self, publisher: Publisher, database: Database, people: Mapping[str, UUID]
    ) -> None:
        self._publisher = publisher
        self._database = database
        self._people = people
        self._ids: dict[str, UUID] = {}

    async def tell(self, said: list[list[Said]], now: datetime) -> None:
        """Publish all of it, unless it was to the end. Raises what publishing raises."""
        if await self._is_told(said):
            return
        unread = now - _UNREAD
        earlier = [wave for wave in said if wave[0].at <= unread]
        for wave in earlier:
            await self._publish(wave)
        await cursors.read_all(self._database, list(self._people.values()))
        for wave in said[len(earlier) :]:
            await self._publish(wave)

    async def _is_told(self, said: list[list[Said]]) -> bool:
        last = max((one for wave in said for one in wave if one.text), key=lambda one: one.at)
        async with self._database.connection() as connection:
            return bool(await references.known_keys(connection, [(SOURCE, last.key)]))

    async def _publish(self, wave: list[Said]) -> None:
        outcomes = await self._publisher.publish_many([self._publication(one) for one in wave])
        for one, outcome in zip(wave, outcomes, strict=True):
            if isinstance(outcome, HeadraceError):
                raise outcome
            self._ids[one.key] = UUID(outcome.id)

    def _publication(self, one: Said) -> Publication:
        about = None if one.about is None else self._ids[one.about]
        level = one.thread.level
        return Publication(
            actor=self._people[one.by],
            group=one.thread.group,
            type=_type(one),
            content=one.text,
            level=None if level is None else Level.named(level),
            object=about if one.text is None else None,
            in_reply_to=None if one.text is None else about,
            published=one.at,
            source=SOURCE,
            source_key=one.key,
        )


def _type(one: Said) -> str:
    if one.text is None:
        return "Like"
    return one.thread.type if one.about is None else "Create"
