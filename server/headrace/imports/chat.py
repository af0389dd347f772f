"""A chat archive becomes a group, its writers people, its messages activities.

Messages keep their times and are published oldest first. Their ids make it idempotent: what is
there already is left out before anything is written, so an import that was stopped is completed
by the next one.
"""

from __future__ import annotations

from itertools import chain, takewhile
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.errors import BrokenLine, HeadraceError, NotFound
from headrace.imports import roster
from headrace.imports.archive import Message, broken
from headrace.imports.thanks import bots, thanks
from headrace.log import cursors, directory, references
from headrace.log.elsewhere import Account
from headrace.model.activities import mentions_in
from headrace.model.groups import GroupKind, Role, group_name
from headrace.model.names import cleaned
from headrace.model.people import Kind
from headrace.publishing import Publication

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import datetime

    from headrace.administration import Administration, Bulk
    from headrace.imports.archive import Archive
    from headrace.log.database import Database
    from headrace.log.elsewhere import Known
    from headrace.model.people import Person
    from headrace.publishing import Publisher

ORIGIN = "chat"
DOMAIN = "chat.invalid"
#: Activities in one transaction: above that it only takes longer until the first is there.
BATCH = 1024


class Summary(msgspec.Struct):
    """What an import came to. ``broken`` are records that could not be read or published."""

    messages: int = 0
    people: int = 0
    added: int = 0
    thanks: int = 0
    known: int = 0
    empty: int = 0
    broken: list[BrokenLine] = []


class Step(msgspec.Struct, frozen=True):
    """An activity to publish, and the message that it comes from."""

    publication: Publication
    message: Message

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by ever after."""
        return self.publication.source or "", self.publication.source_key or ""


class Pace:
    """When a message is due: ``speed`` times as fast as it was written, or at once (None).

    ``clock`` counts seconds, ``sleep`` waits for some.
    """

    def __init__(
        self,
        speed: float | None,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._begin: tuple[datetime, float] | None = None

    @property
    def is_live(self) -> bool:
        """Whether time passes between messages."""
        return self._speed is not None

    async def wait(self, sent: datetime) -> None:
        """Wait until a message is due."""
        if (left := self._left(sent)) > 0:
            await self._sleep(left)

    def is_due(self, sent: datetime) -> bool:
        """Whether a message is due."""
        return self._left(sent) <= 0

    def _left(self, sent: datetime) -> float:
        if self._speed is None:
            return 0
        if self._begin is None:
            self._begin = sent, self._clock()
        first, began = self._begin
        return began + (sent - first).total_seconds() / self._speed - self._clock()


class ChatImport:
    """Imports into one group. ``flush`` announces what was committed."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        administration: Administration,
        flush: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._administration = administration
        self._flush = flush

    async def run(
        self,
        archives: Sequence[Archive],
        group: str,
        pace: Pace,
        progress: Callable[[int, int], None],
    ) -> Summary:
        """Import; ``progress`` is told how many activities of how many are there.

        Raises Invalid for the group's name, Unavailable; what was committed until then stays.
        """
        group_name(group)
        messages = _oldest_first(archives)
        summary = Summary(messages=len(messages), broken=[e for a in archives for e in a.broken])
        if not messages:
            return summary
        people = await self._importers()
        known, summary.people = await self._settle(people[0], messages)
        steps = await self._missing(list(_steps(messages, group, known)), summary)
        is_new = await self._ensure_group(people, group, cleaned(messages[-1].room_name, group))
        if steps:
            writers = {step.publication.actor for step in steps}
            await self._administration.add_writers(people[0], group, sorted(writers), ORIGIN)
        await self._publish(steps, pace, progress, summary)
        if is_new and not pace.is_live:
            await self._mark_read(people, group)
        return summary

    async def _importers(self) -> list[Person]:
        return await roster.importers(self._database, self._administration)

    async def _settle(
        self, by: Person, messages: Sequence[Message]
    ) -> tuple[dict[str, Known], int]:
        accounts = _writers(messages)

        async def work(bulk: Bulk) -> tuple[dict[str, Known], int]:
            return await roster.settle(bulk, ORIGIN, DOMAIN, accounts)

        return await self._administration.in_bulk(by, work)

    async def _missing(self, steps: Sequence[Step], summary: Summary) -> list[Step]:
        """The steps of which nothing is there yet, each once."""
        by_key: dict[tuple[str, str], Step] = {}
        for step in steps:
            by_key.setdefault(step.key, step)
        async with self._database.connection() as connection:
            there = await references.known_keys(connection, list(by_key))
        missing = [step for key, step in by_key.items() if key not in there]
        sound = [step for step in missing if _has_text(step)]
        summary.known = len(steps) - len(missing)
        summary.empty = len(missing) - len(sound)
        return sound

    async def _ensure_group(self, people: Sequence[Person], name: str, title: str) -> bool:
        """Make the group unless it is there; answers whether it was made."""
        async with self._database.connection() as connection:
            try:
                await directory.group_key(connection, name)
            except NotFound:
                pass
            else:
                return False
        by, *others = people
        await self._administration.add_group(by, name=name, title=title, kind=GroupKind.COMMUNITY)
        for person in others:
            await self._administration.put_member(by, name, person.email, Role.OWNER, None)
        return True

    async def _publish(
        self,
        steps: Sequence[Step],
        pace: Pace,
        progress: Callable[[int, int], None],
        summary: Summary,
    ) -> None:
        done = 0
        while done < len(steps):
            await pace.wait(steps[done].message.sent)
            following = steps[done : done + BATCH]
            batch = list(takewhile(lambda step: pace.is_due(step.message.sent), following))
            outcomes = await self._publisher.publish_many([step.publication for step in batch])
            for step, outcome in zip(batch, outcomes, strict=True):
                _count(summary, step, outcome)
            await self._flush()
            done += len(batch)
            progress(done, len(steps))

    async def _mark_read(self, people: Sequence[Person], group: str) -> None:
        """What was said elsewhere long ago is nothing that the owners have to read."""
        await cursors.read_all(self._database, [UUID(person.id) for person in people], group)


def _oldest_first(archives: Sequence[Archive]) -> list[Message]:
    # An archive is newest first; its order breaks ties.
    messages = chain.from_iterable(reversed(archive.messages) for archive in archives)
    return sorted(messages, key=lambda message: message.sent)


def _writers(messages: Sequence[Message]) -> list[Account]:
    names: dict[str, dict[str, None]] = {}
    for message in messages:
        names.setdefault(message.user, {})[message.name] = None
    services = bots(messages)
    return [
        Account(user, tuple(seen), Kind.SERVICE if user in services else Kind.EMPLOYEE)
        for user, seen in names.items()
    ]


def _steps(messages: Sequence[Message], group: str, known: dict[str, Known]) -> Iterator[Step]:
    by_name = {name: person for person in known.values() for name in person.names}
    services = bots(messages)
    for message in messages:
        likes = _likes(message, group, by_name) if message.user in services else []
        for publication in likes or [_post(message, group, known, by_name)]:
            yield Step(publication, message)


def _post(
    message: Message, group: str, known: dict[str, Known], by_name: dict[str, Known]
) -> Publication:
    mentioned = (by_name.get(name) for name in mentions_in(message.text))
    return Publication(
        actor=known[message.user].person,
        group=group,
        content=message.text,
        handles=tuple(dict.fromkeys(person.actor.handle for person in mentioned if person)),
        published=message.sent,
        source=f"{ORIGIN}:{message.room}",
        source_key=message.id,
    )


def _likes(message: Message, group: str, by_name: dict[str, Known]) -> list[Publication]:
    """Thanks that were passed on, as likes of people by people; none where a name is unknown."""
    found = thanks(message.text)
    if found is None or found[0] not in by_name:
        return []
    receivers = [by_name[name] for name in found[1] if name in by_name]
    return [
        Publication(
            type="Like",
            actor=by_name[found[0]].person,
            group=group,
            object_actor=receiver.actor,
            published=message.sent,
            source=f"{ORIGIN}:{message.room}",
            source_key=message.id if number == 1 else f"{message.id}/{number}",
        )
        for number, receiver in enumerate(receivers, 1)
    ]


def _has_text(step: Step) -> bool:
    # Messages that were deleted there have none.
    return step.publication.type != "Create" or bool(step.message.text.strip())


def _count(summary: Summary, step: Step, outcome: object) -> None:
    if isinstance(outcome, HeadraceError):
        message = step.message
        summary.broken.append(broken(message.file, message.line, "refused", outcome.message))
    elif step.publication.type == "Like":
        summary.thanks += 1
    else:
        summary.added += 1
