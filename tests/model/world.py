"""The oracle: a log in memory that says, at every number of it, who reads which stream.

It stands where PostgreSQL stands for the node's parts under test. What it answers is taken when
it is asked, and may be held back: an answer that comes late tells of a state that has passed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar
from unittest.mock import patch

from headrace.errors import Unavailable
from headrace.live.frames import Broadcast
from headrace.log import authority, history
from headrace.model.entries import Authority, Entry, StreamInfo
from headrace.model.identity import Identity
from headrace.model.people import Kind, Person
from tests.live_support import activity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

T = TypeVar("T")


def group_of(stream: str) -> str:
    return f"group-{stream}"


def inbox_of(person: str) -> str:
    return f"inbox-of-{person}"


class World:
    """Streams, people, and every entry that was ever committed. Everybody begins in ``home``."""

    def __init__(self, streams: list[str], people: list[str], home: list[str]) -> None:
        self.people = people
        self.shared = streams
        self.log: dict[str, list[Entry]] = {name: [] for name in [*streams, *map(inbox_of, people)]}
        self._first = frozenset(home)
        self._numbers = 0
        self._open = asyncio.Event()
        self._open.set()
        self.is_away = False

    # Writing: each call is one transaction, and answers what it has committed.

    def publish(self, stream: str, tags: tuple[str, ...], mention: str | None) -> list[Entry]:
        self._numbers += 1
        said = activity(self._numbers, f"number {self._numbers}", tags)
        told = [self._append(stream, said)]
        if mention is not None and self.reads(mention, stream):
            told.append(self._append(inbox_of(mention), said, via=stream))
        return told

    def grant(self, person: str, stream: str) -> list[Entry]:
        return [] if self.reads(person, stream) else self._change(person, stream, "granted")

    def revoke(self, person: str, stream: str) -> list[Entry]:
        return self._change(person, stream, "revoked") if self.reads(person, stream) else []

    def _change(self, person: str, stream: str, what: str) -> list[Entry]:
        self._numbers += 1
        said = activity(self._numbers, f"{person} is {what}")
        return [
            self._append(stream, said, **{what: (person,)}),
            self._append(inbox_of(person), said, granted=(person,)),
        ]

    def _append(self, stream: str, said: Any, **fields: Any) -> Entry:
        entries = self.log[stream]
        entries.append(Entry(stream=stream, seq=len(entries) + 1, activity=said, **fields))
        return entries[-1]

    # What is true.

    def reads(self, person: str, stream: str, upto: int | None = None) -> bool:
        """Whether a person reads a stream after its number ``upto``, or now."""
        if stream == inbox_of(person):
            return True
        reading = stream in self._first
        for entry in self.log.get(stream, ())[:upto]:
            if person in entry.granted:
                reading = True
            if person in entry.revoked:
                reading = False
        return reading and stream in self.shared

    def read_at(self, person: str, stream: str, inbox_head: int) -> bool:
        """Whether a person read a stream when their inbox was at that number."""
        reading = stream in self._first
        gained = {e.activity.id for e in self.log[stream] if person in e.granted}
        lost = {e.activity.id for e in self.log[stream] if person in e.revoked}
        for entry in self.log[inbox_of(person)][:inbox_head]:
            reading = (reading or entry.activity.id in gained) and entry.activity.id not in lost
        return reading

    def head(self, stream: str) -> int:
        return len(self.log[stream])

    def after(self, stream: str, position: int) -> list[Entry]:
        return self.log[stream][position:]

    # What a node asks, in the place of headrace.log.

    def hold(self) -> None:
        """From now on answers are taken, but not given."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def entries(self, stream: str, after: int, upto: int, limit: int) -> list[Entry]:
        found = [self._as_shown(entry) for entry in self.log[stream][after:upto][:limit]]
        return await self._answer(found)

    async def moved_heads(self, heads: Mapping[str, int]) -> dict[str, int]:
        return await self._answer(
            {name: self.head(name) for name, head in heads.items() if self.head(name) != head}
        )

    async def authority(self, person: str) -> Authority:
        inbox = inbox_of(person)
        return await self._answer(
            Authority(
                person=person,
                handle=person,
                active=True,
                inbox=StreamInfo(stream=inbox, group=None, level=None, head=self.head(inbox)),
                streams=tuple(self.info(s) for s in self.shared if self.reads(person, s)),
            )
        )

    async def identity(self, person: str) -> Identity:
        inbox = inbox_of(person)
        somebody = Person(
            id=person, email="", handle=person, name=person, kind=Kind.EMPLOYEE, inbox=inbox
        )
        return await self._answer(
            Identity(person=somebody, credential="", is_session=True, inbox_head=self.head(inbox))
        )

    def info(self, stream: str) -> StreamInfo:
        return StreamInfo(
            stream=stream, group=group_of(stream), level="internal", head=self.head(stream)
        )

    def _as_shown(self, entry: Entry) -> Entry:
        """An inbox entry is shown through the stream it came from, as far as that is read."""
        if entry.via is None or self.reads(entry.stream.removeprefix("inbox-of-"), entry.via):
            return entry
        return Broadcast(entry).without_content().entry

    async def _answer(self, answer: T) -> T:
        if self.is_away:
            raise Unavailable
        await asyncio.sleep(0)
        await self._open.wait()
        return answer

    def in_place_of_the_log(self) -> list[AbstractContextManager[Any]]:
        """Patches: a node's parts get a World for a database, and ask that."""

        async def load_all(world: World, people: Sequence[str]) -> dict[str, Authority]:
            return {person: await world.authority(person) for person in people}

        async def entries(world: World, *question: Any) -> list[Entry]:
            return await world.entries(*question)

        async def moved_heads(world: World, heads: Mapping[str, int]) -> dict[str, int]:
            return await world.moved_heads(heads)

        return [
            patch.object(authority, "load_all", load_all),
            patch.object(history, "entries", entries),
            patch.object(history, "moved_heads", moved_heads),
            patch("headrace.admission.UUID", str),
        ]
