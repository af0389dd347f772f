r"""The one filter language: live streams, history, saved views and search all take it.

A filter is a list of terms with blanks between them. An activity passes if every term holds;
the empty filter passes everything. Letter case never matters::

    audit                     the content has the word "audit"
    "four eyes"               the content has these words, one after the other
    -draft                    a leading "-" turns any term round: the word does not occur
    type:Create,Announce      a field with one or several values: any of them will do
    tag:audit                 tagged #audit; tag:"two words" where a value has blanks
    from:@ci                  published by @ci; the @ may be left out
    mention:me                mentions whoever asks; from:me likewise
    level:confidential        public, internal or confidential
    group:platform            published in that group
    has:attachment,link       attachment, link, reply, mention or tag
    thread:01890a5d-ac96-774b-bcce-b302099a8057      a conversation, by the id of its first activity

    type:Create tag:audit -from:@ci mention:me "four eyes"

Inside quotes ``\"`` is a quotation mark and ``\\`` a backslash; ``from:"me"`` is the handle
"me". Words are compared as ``words.fold`` makes them, so ``foo-bar`` and ``"Foo bar"`` are the
same phrase. The grammar, in the notation of RFC 5234::

    filter = [blanks] [term *(blanks term)] [blanks]
    term   = ["-"] (field ":" value *("," value) / word / quoted)
    field  = "type" / "tag" / "from" / "mention" / "level" / "group" / "thread" / "has"
    value  = quoted / 1*<any but blank, quotation mark and comma>
    word   = 1*<any but blank, quotation mark and colon>
    quoted = DQUOTE *("\" DQUOTE / "\\" / <any but quotation mark>) DQUOTE
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, get_args

from headrace.errors import Invalid
from headrace.model.activities import ACTIVITY_TYPES, normal_tag
from headrace.model.facts import Facts, Key
from headrace.model.filter_faults import Unfit, fault, unknown
from headrace.model.filter_parser import MAX_LENGTH, Value, Written, quote, read
from headrace.model.groups import group_name
from headrace.model.levels import LevelName
from headrace.model.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headrace.model.activities import Activity

__all__ = ["Facts", "Filter", "Key", "Term", "parse"]

PARTS = ("attachment", "link", "reply", "mention", "tag")

#: Fields by how few activities a value of theirs usually picks, fewest first.
_SELECTIVE = ("thread", "mention", "from", "tag", "word", "has", "type", "group", "level")

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, order=True)
class Term:
    """One term; ``values`` are canonical, sorted, each once.

    The field "word" has one value, a phrase: folded words with single blanks between them.
    """

    field: str
    negated: bool
    values: tuple[str, ...]

    def __str__(self) -> str:
        sign = "-" if self.negated else ""
        values = ",".join(map(quote, self.values))
        return sign + values if self.field == "word" else f"{sign}{self.field}:{values}"

    def keys(self) -> frozenset[Key]:
        """Keys of which an activity must have one for the term, unless negated, to hold."""
        if self.field == "word":
            return frozenset({("word", self.values[0].partition(" ")[0])})
        return frozenset((self.field, value) for value in self.values)

    @property
    def is_keys(self) -> bool:
        """Whether to have one of its keys is enough: not so for phrases, of which all words count,
        one after the other."""
        return not self.negated and (self.field != "word" or " " not in self.values[0])


@dataclass(frozen=True)
class Filter:
    """Terms that must all hold, in canonical order: make one with ``parse``."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to hold."""
        return bool(self.terms)

    @cached_property
    def canonical(self) -> str:
        """The one text of all filters equal to this one; ``parse`` makes this filter of it."""
        return " ".join(map(str, self.terms))

    def matches(self, activity: Activity) -> bool:
        """Whether the activity passes. With several filters, share its Facts."""
        return self.accepts(Facts.of(activity))

    def accepts(self, facts: Facts) -> bool:
        """Whether the activity with these facts passes."""
        marks = facts.marks
        for is_disjoint, negated in self._lookups:
            if is_disjoint(marks) is not negated:
                return False
        return not self._phrases or self._phrases_hold(facts.folded)

    def key_terms(self) -> frozenset[Key] | None:
        """Keys of which every activity that passes has at least one, as few as the terms give.

        None if only negated terms, or none, are there.
        """
        positive = (term for term in self.terms if not term.negated)
        best = min(positive, key=_breadth, default=None)
        return best.keys() if best else None

    @cached_property
    def is_found_by_keys(self) -> bool:
        """Whether every activity that has one of ``key_terms`` passes: nothing else is asked."""
        return len(self.terms) <= 1 and all(term.is_keys for term in self.terms)

    @cached_property
    def _lookups(self) -> tuple[tuple[Callable[[frozenset[Key]], bool], bool], ...]:
        fields = (term for term in self.terms if term.field != "word")
        return tuple((term.keys().isdisjoint, term.negated) for term in fields)

    def _phrases_hold(self, folded: str) -> bool:
        return all((phrase in folded) is not negated for phrase, negated in self._phrases)

    @cached_property
    def _phrases(self) -> tuple[tuple[str, bool], ...]:
        words = (term for term in self.terms if term.field == "word")
        return tuple((f" {term.values[0]} ", term.negated) for term in words)


def parse(text: str, *, me: str | None = None) -> Filter:
    """The filter that a text writes; ``me`` is the handle of whoever asks.

    Raises FilterSyntax, with the column of what cannot be read.
    """
    terms: set[Term] = set()
    length = -1
    for written in read(text):
        term = _term(written, me)
        # Folding may lengthen a text; the canonical one must remain readable too.
        length += 0 if term in terms else len(str(term)) + 1
        if length > MAX_LENGTH:
            raise fault("too_long", written.column, limit=MAX_LENGTH)
        terms.add(term)
    return Filter(tuple(sorted(terms)))


def _breadth(term: Term) -> tuple[int, int]:
    return _SELECTIVE.index(term.field), len(term.values)


def _term(written: Written, me: str | None) -> Term:
    if written.field is None:
        return Term("word", written.negated, (_canonical(_phrase, written.values[0]),))
    field = written.field.lower()
    if field not in _FIELDS:
        raise unknown("field", written.field, _FIELDS).at(written.column)
    values = {_value(field, value, me) for value in written.values}
    return Term(field, written.negated, tuple(sorted(values)))


def _value(field: str, value: Value, me: str | None) -> str:
    if field in ("from", "mention") and _means_asker(value):
        if me is None:
            raise fault("no_asker", value.column)
        return me
    return _canonical(_FIELDS[field], value)


def _means_asker(value: Value) -> bool:
    return not value.quoted and value.text.lower() in ("me", "@me")


def _canonical(form: Callable[[str], str], value: Value) -> str:
    try:
        return form(value.text)
    except Unfit as error:
        raise error.at(value.column) from None


# Canonical forms: each takes the text of a value and raises Unfit with what is wrong.


def _phrase(text: str) -> str:
    if phrase := fold(text).strip():
        return phrase
    raise Unfit("no_word", value=text)


def _tag(text: str) -> str:
    # To the end: one pass leaves the blank of "# x" in front.
    while (tag := normal_tag(text)) != text:
        text = tag
    if not tag:
        raise Unfit("missing_value")
    return tag


def _handle(text: str) -> str:
    return _name(text.strip().removeprefix("@"), "no_handle")


def _group(text: str) -> str:
    return _name(text, "no_group_name")


def _name(text: str, otherwise: str) -> str:
    # A handle is shaped like a group's name, only shorter.
    try:
        return group_name(text.strip().lower())
    except Invalid:
        raise Unfit(otherwise, value=text) from None


def _activity_id(text: str) -> str:
    found = text.strip().lower()
    if not _ID.fullmatch(found):
        raise Unfit("no_activity_id", value=text)
    return found


def _one_of(noun: str, choices: Iterable[str]) -> Callable[[str], str]:
    spelling = {choice.lower(): choice for choice in choices}

    def canonical(text: str) -> str:
        name = text.strip().lower()
        if name not in spelling:
            raise unknown(noun, text, spelling.values())
        return spelling[name]

    return canonical


_FIELDS: dict[str, Callable[[str], str]] = {
    "type": _one_of("type", ACTIVITY_TYPES),
    "tag": _tag,
    "from": _handle,
    "mention": _handle,
    "level": _one_of("level", get_args(LevelName)),
    "group": _group,
    "thread": _activity_id,
    "has": _one_of("part", PARTS),
}
