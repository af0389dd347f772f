"""Filters as SQL conditions, so that history answers exactly as the live stream does.

The aliases: ``a`` the activity, ``p`` the person who acts, ``g`` the group it is read in.
Indexes that serve these conditions: GIN on ``tags``, on ``mentions`` and on
``string_to_array(folded, ' ')``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.model.levels import Level

if TYPE_CHECKING:
    from headrace.model.filters import Filter, Term

_WORDS = "string_to_array(a.folded, ' ') @> ${n}::text[]"

_FIELDS = {
    "type": "a.type = ANY(${n}::text[])",
    "tag": "a.tags && ${n}::text[]",
    "mention": "a.mentions && ${n}::text[]",
    "from": "p.handle = ANY(${n}::text[])",
    "group": "g.name = ANY(${n}::text[])",
    "level": "a.level = ANY(${n}::smallint[])",
    "thread": "(a.thread = ANY(${n}::uuid[]) OR a.id = ANY(${n}::uuid[]))",
}

_PARTS = {
    "attachment": "a.attachment <> '[]'::jsonb",
    "link": "strpos(a.content, 'http://') > 0 OR strpos(a.content, 'https://') > 0",
    "reply": "a.in_reply_to IS NOT NULL",
    "mention": "cardinality(a.mentions) > 0",
    "tag": "cardinality(a.tags) > 0",
}


def where(wanted: Filter, first_parameter: int) -> tuple[str, list[object]]:
    """A condition and its arguments, for the placeholders from ``$first_parameter`` on.

    Values are always arguments, never part of the text.
    """
    conditions: list[str] = []
    arguments: list[object] = []
    for term in wanted.terms:
        condition, values = _condition(term, first_parameter + len(arguments))
        # Not NOT: a column that is NULL makes a condition NULL, which has to count as false.
        conditions.append(f"({condition}) IS NOT TRUE" if term.negated else f"({condition})")
        arguments.extend(values)
    return " AND ".join(conditions) or "true", arguments


def _condition(term: Term, n: int) -> tuple[str, list[object]]:
    if term.field == "word":
        return _phrase(term.values[0], n)
    if term.field == "has":
        return " OR ".join(_PARTS[part] for part in term.values), []
    return _FIELDS[term.field].format(n=n), [_arguments(term)]


def _phrase(phrase: str, n: int) -> tuple[str, list[object]]:
    words = list(dict.fromkeys(phrase.split(" ")))
    every_word = _WORDS.format(n=n)
    if " " not in phrase:
        return every_word, [words]
    # The index finds the words; strpos, for which no character is special, their order.
    return f"{every_word} AND strpos(a.folded, ${n + 1}::text) > 0", [words, f" {phrase} "]


def _arguments(term: Term) -> list[object]:
    if term.field == "level":
        return [Level.named(name).value for name in term.values]
    if term.field == "thread":
        return [UUID(value) for value in term.values]
    return list(term.values)
