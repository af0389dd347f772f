"""Traffic that goes on live: texts made of templates, paced like a working day."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.demo.company import SOURCE, table
from headrace.errors import HeadraceError
from headrace.model.levels import Level
from headrace.publishing import Publication

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from random import Random

    from headrace.publishing import Publisher

_SLOT = re.compile(r"\{([a-z]+)\d?\}")
_SATURDAY = 5
#: Seconds between two activities when most is going on.
_SHORTEST = 4.0
_SAME_AGAIN = timedelta(hours=1)
_ATTEMPTS = 20
_REMEMBERED = 40
#: Shares of new posts and of replies; the rest are likes.
_POSTS, _REPLIES = 0.5, 0.25
#: How much of a working day's traffic there is from that hour on, on working days.
_CURVE = ((0, 0.1), (6, 0.6), (8, 1.0), (12, 0.5), (13, 1.0), (16, 0.6), (18, 0.3), (21, 0.15))
_WEEKEND = 0.15


class Saying(msgspec.Struct, frozen=True):
    """A text in one or both languages, and what may be answered, by language."""

    de: str | None = None
    en: str | None = None
    reply: dict[str, list[str]] = {}

    def texts(self) -> dict[str, list[str]]:
        """The text by language."""
        both = {"de": self.de, "en": self.en}
        return {language: [text] for language, text in both.items() if text is not None}


class Topic(msgspec.Struct, frozen=True):
    """Who talks about what in a group, and who answers."""

    group: str
    by: list[str]
    answered_by: list[str]
    sayings: list[Saying] = msgspec.field(name="say")
    level: str | None = None


class Script(msgspec.Struct, frozen=True):
    """All templates, and the values of their slots."""

    slots: dict[str, list[str]]
    topics: list[Topic] = msgspec.field(name="topic")


class Post(msgspec.Struct):
    """A text that was published, as far as answers and likes need it."""

    id: UUID
    line: Line
    heard: set[str] = msgspec.field(default_factory=set)


class Line(msgspec.Struct, frozen=True):
    """Something to say: who, what, and the post it is an answer to or a like of."""

    by: str
    topic: Topic
    saying: Saying
    text: str | None = None
    values: dict[str, str] = {}
    about: Post | None = None


def load() -> Script:
    """The script of traffic.toml."""
    return msgspec.convert(table("traffic.toml"), Script)


class Writer:
    """Makes lines of a script. ``random`` decides everything; no text comes twice in an hour.

    ``languages`` says who speaks what, by handle.
    """

    def __init__(self, script: Script, languages: Mapping[str, str], random: Random) -> None:
        self._script = script
        self._languages = languages
        self._random = random
        self._recent: deque[Post] = deque(maxlen=_REMEMBERED)
        self._said: dict[str, datetime] = {}

    def remember(self, post: Post) -> None:
        """It can be answered and liked from now on."""
        self._recent.append(post)

    def line(self, now: datetime) -> Line | None:
        """The next line; None where nothing new comes to mind."""
        self._said = {text: at for text, at in self._said.items() if now - at < _SAME_AGAIN}
        choice = self._random.random()
        if choice < _POSTS or not self._recent:
            return self._new(self._post, now)
        return self._new(self._reply, now) if choice < _POSTS + _REPLIES else self._like()

    def _new(self, make: Callable[[], Line | None], now: datetime) -> Line | None:
        for _ in range(_ATTEMPTS):
            line = make()
            if line is not None and line.text is not None and line.text not in self._said:
                self._said[line.text] = now
                return line
        return None

    def _post(self) -> Line:
        topic = self._random.choice(self._script.topics)
        saying = self._random.choice(topic.sayings)
        by, template = self._speaker(topic.by, saying.texts())
        text, values = self.fill(template, {})
        return Line(by, topic, saying, text, values)

    def _reply(self) -> Line | None:
        post = self._random.choice(self._recent)
        line = post.line
        if not (others := _silent(post, line.topic.answered_by)):
            return None
        by, template = self._speaker(others, line.saying.reply)
        text, values = self.fill(template, line.values)
        post.heard.add(by)
        return Line(by, line.topic, line.saying, text, values, post)

    def _like(self) -> Line | None:
        post = self._random.choice(self._recent)
        topic = post.line.topic
        if not (others := _silent(post, [*topic.by, *topic.answered_by])):
            return None
        by = self._random.choice(others)
        post.heard.add(by)
        return Line(by, topic, post.line.saying, about=post)

    def _speaker(self, handles: list[str], texts: Mapping[str, list[str]]) -> tuple[str, str]:
        """Somebody who speaks a language that there is a text in, and the text."""
        able = [handle for handle in handles if self._languages.get(handle) in texts]
        by = self._random.choice(able or handles)
        any_text = [text for language in texts.values() for text in language]
        return by, self._random.choice(texts.get(self._languages.get(by, ""), any_text))

    def fill(self, template: str, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """A template with its slots filled: as given, else at random, no value twice."""
        values = dict(given)

        def value(match: re.Match[str]) -> str:
            name = match[0]
            if name not in values:
                taken = {value for key, value in values.items() if _slot(key) == match[1]}
                values[name] = self._value(match[1], taken)
            return values[name]

        text = _SLOT.sub(value, template)
        return text[0].upper() + text[1:], values

    def _value(self, slot: str, taken: set[str]) -> str:
        free = [value for value in self._script.slots[slot] if value not in taken]
        chosen = self._random.choice(free or self._script.slots[slot])
        return re.sub("#", lambda _: str(self._random.randrange(10)), chosen)


class Traffic:
    """Publishes line after line. ``clock`` gives the time in the zone of the company's clocks,
    ``sleep`` waits for seconds; ``people`` are their ids by handle."""

    def __init__(
        self,
        publisher: Publisher,
        writer: Writer,
        people: Mapping[str, UUID],
        *,
        random: Random,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._publisher = publisher
        self._writer = writer
        self._people = people
        self._random = random
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._sleep(pause(self._clock(), self._random))
            await self.step()

    async def step(self) -> None:
        """Say one thing. Where that is refused or the log is away, another will be said."""
        line = self._writer.line(self._clock())
        if line is None or line.by not in self._people:
            return
        try:
            answer = await self._publisher.publish(self._publication(line))
        except HeadraceError:
            return  # somebody left, a group was changed, the log is away: the demo is not hurt
        if line.text is not None and line.about is None:
            self._writer.remember(Post(UUID(answer.id), line))

    def _publication(self, line: Line) -> Publication:
        about: dict[str, Any] = {}
        if line.about is not None:
            about["object" if line.text is None else "in_reply_to"] = line.about.id
        level = line.topic.level
        return Publication(
            actor=self._people[line.by],
            group=line.topic.group,
            type="Like" if line.text is None else "Create",
            content=line.text,
            level=None if level is None else Level.named(level),
            source=SOURCE,
            **about,
        )


def _silent(post: Post, handles: list[str]) -> list[str]:
    """Who of them has neither written the post nor answered or liked it."""
    return sorted({*handles} - {post.line.by} - post.heard)


def _slot(name: str) -> str:
    """The slot of ``{word}`` or ``{word2}``."""
    return name.strip("{}0123456789")


def pause(now: datetime, random: Random) -> float:
    """Seconds until the next line: few on a working day, many at night; never regular."""
    share = next(share for hour, share in reversed(_CURVE) if now.hour >= hour)
    if now.weekday() >= _SATURDAY:
        share = min(share, _WEEKEND)
    return _SHORTEST / share * random.uniform(0.4, 1.6)
