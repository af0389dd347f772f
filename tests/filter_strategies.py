"""Activities and filters for property tests, from pools small enough that they often meet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import strategies as st

from headrace.model.activities import (
    ACTIVITY_TYPES,
    Activity,
    ActivityType,
    Attachment,
    normal_tag,
    tombstone,
)
from headrace.model.filter_parser import quote
from headrace.model.filters import PARTS, Filter, parse
from headrace.model.people import Actor
from headrace.model.words import fold

if TYPE_CHECKING:
    from headrace.model.levels import LevelName

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ASKER = "anna"

HANDLES = ("anna", "ci", "me", "b.o-b", "x_1")
GROUPS = ("platform", "ops", "kunden-a")
LEVELS: tuple[LevelName, ...] = ("public", "internal", "confidential")
IDS = tuple(str(UUID(int=number)) for number in range(1, 5))
#: Many to a line: the formatter would give each its own.
WORDS = (
    "Straße", "STRASSE", "Größe", "Gro\u0308ße", "İstanbul", "istanbul", "ﬁnance", "Ⅳ", "ΑΣ", "ας",
    "don't", "foo_bar", "a%b", "a_b", r"a\b", 'say "hi"', "-x", "a:b", "🎉", "👩\u200d💻", "日本語",
    "नमस्ते", "#audit", "@anna", "http://x.de", "https://x.de", "HTTP://x.de",
)  # fmt: skip
#: So few that the same words stand in another order, and "_" where a pattern would match it.
FEW_WORDS = ("vier", "Augen", "a_b", "axb")
TAGS = ("audit", "Straße", "zwei wörter", 'quo"te', "a,b", "back\\slash", "me", "50%", "c++", "# x")

#: Any text that PostgreSQL and UTF-8 can hold.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
words = st.sampled_from(WORDS)
few_words = st.sampled_from(FEW_WORDS)
blanks = st.sampled_from([" ", "\n", "-", ", ", "\u00a0"])


def _sentences(of: st.SearchStrategy[str], *, most: int) -> st.SearchStrategy[str]:
    parts = st.lists(of, min_size=1, max_size=most)
    return st.tuples(blanks, parts).map(lambda made: made[0].join(made[1]))


contents = st.one_of(st.none(), texts, _sentences(words, most=6), _sentences(few_words, most=5))
phrases = st.one_of(texts, _sentences(words, most=3), _sentences(few_words, most=3))
normal_tags = st.sampled_from(TAGS).map(normal_tag)


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    """An activity, now and then a tombstone."""
    kind: ActivityType = draw(st.sampled_from(ACTIVITY_TYPES))
    handle = draw(st.sampled_from(HANDLES))
    tags = draw(st.lists(normal_tags | texts.map(normal_tag), max_size=3, unique=True))
    mentions = draw(st.lists(st.sampled_from(HANDLES), max_size=2, unique=True))
    attachment = (Attachment(url="https://x.de/a"),) if draw(st.booleans()) else ()
    activity = Activity(
        id=draw(st.sampled_from(IDS)),
        type=kind,
        actor=Actor(id=handle, type="Person", name=handle.title(), handle=handle),
        target=draw(st.none() | st.sampled_from(GROUPS)),
        level=draw(st.sampled_from(LEVELS)),
        published=NOW,
        content=draw(contents),
        in_reply_to=draw(st.none() | st.sampled_from(IDS)),
        thread=draw(st.none() | st.sampled_from(IDS)),
        tags=tuple(tags),
        mentions=tuple(mentions),
        attachment=attachment,
    )
    return tombstone(activity, NOW) if kind == "Tombstone" else activity


def _field(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(lambda made: f"{name}:{','.join(made)}")


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(values).flatmap(lambda v: st.sampled_from([quote(v), _in_quotes(v)]))


handles = _written(HANDLES) | st.sampled_from(["me", "@me", "@ci", "Anna"])
terms = st.one_of(
    _field("type", _written(ACTIVITY_TYPES) | st.sampled_from(ACTIVITY_TYPES).map(str.upper)),
    _field("tag", _written(TAGS)),
    _field("from", handles),
    _field("mention", handles),
    _field("level", _written(LEVELS)),
    _field("group", _written(GROUPS)),
    _field("thread", _written(IDS)),
    _field("has", _written(PARTS)),
    phrases.filter(fold).map(_in_quotes),
    st.sampled_from(["strasse", "x.de", "foo_bar", "don't", "İstanbul", "日本語"]),
)
signed_terms = st.tuples(st.sampled_from(["", "-"]), terms).map("".join)


def read(text: str) -> Filter:
    """The filter, asked by ASKER."""
    return parse(text, me=ASKER)


filters = st.lists(signed_terms, max_size=3).map(" ".join).map(read)
