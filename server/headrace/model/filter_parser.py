"""How a filter is written: text to terms, without asking what they mean.

What the parts mean is in filters.py, and the grammar in its docstring. Columns count
characters (code points) from 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from headrace.model.filter_faults import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.errors import FilterSyntax

MAX_LENGTH = 2_000
MAX_TERMS = 32
MAX_VALUES = 64

#: PostgreSQL's text has no NUL, and a lone surrogate has no UTF-8.
_FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")
_BLANKS = re.compile(r"\s*")
_FIELD = re.compile(r'([^\s":]*):')
_WORD = re.compile(r'[^\s"]+')
_PLAIN = re.compile(r'[^\s",]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


class Value(NamedTuple):
    """A value, word or phrase without its quotes."""

    text: str
    quoted: bool
    column: int


class Written(NamedTuple):
    """A term as it was written; ``field`` is None for a word or phrase."""

    field: str | None
    values: tuple[Value, ...]
    negated: bool
    column: int


def read(text: str) -> Iterator[Written]:
    """The terms of a filter, in order. Raises FilterSyntax."""
    if len(text) > MAX_LENGTH:
        raise fault("too_long", MAX_LENGTH + 1, limit=MAX_LENGTH)
    if forbidden := _FORBIDDEN.search(text):
        raise fault("forbidden_character", forbidden.start() + 1)
    return _Reader(text).terms()


def quote(value: str) -> str:
    """The value as ``read`` takes it back: quoted only where it must be.

    ``me`` is quoted because without quotes it means whoever asks.
    """
    if _PLAIN.fullmatch(value) and value != "me":
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def terms(self) -> Iterator[Written]:
        count = 0
        while self._skip_blanks():
            count += 1
            if count > MAX_TERMS:
                raise self._fault("too_many_terms", limit=MAX_TERMS)
            yield self._term()
            self._expect_blank()

    def _term(self) -> Written:
        column = self._at + 1
        negated = self._take("-")
        if negated and (self._at_blank() or self._at_char("-")):
            raise fault("loose_minus", column)
        if match := self._match(_FIELD):
            return Written(match[1], self._values(), negated, match.start() + 1)
        value = self._quoted() if self._at_char('"') else self._bare(_WORD)
        return Written(None, (value,), negated, column)

    def _values(self) -> tuple[Value, ...]:
        values = [self._value()]
        while self._take(","):
            if len(values) == MAX_VALUES:
                raise self._fault("too_many_values", limit=MAX_VALUES)
            values.append(self._value())
        return tuple(values)

    def _value(self) -> Value:
        value = self._quoted() if self._at_char('"') else self._bare(_PLAIN)
        if not value.text.strip():
            raise fault("missing_value", value.column)
        return value

    def _quoted(self) -> Value:
        match = self._match(_QUOTED)
        if match is None:
            raise self._fault("open_quote")
        text = re.sub(r'\\(["\\])', r"\1", match[1])
        return Value(text, True, match.start() + 1)

    def _bare(self, kind: re.Pattern[str]) -> Value:
        start = self._at
        match = self._match(kind)
        return Value(match[0] if match else "", False, start + 1)

    def _expect_blank(self) -> None:
        if not self._at_blank():
            raise self._fault("missing_blank")

    def _skip_blanks(self) -> bool:
        """Go on to the next term; False at the end."""
        self._match(_BLANKS)
        return self._at < len(self._text)

    def _match(self, kind: re.Pattern[str]) -> re.Match[str] | None:
        match = kind.match(self._text, self._at)
        if match:
            self._at = match.end()
        return match

    def _take(self, char: str) -> bool:
        found = self._at_char(char)
        self._at += found
        return found

    def _at_char(self, char: str) -> bool:
        return self._text.startswith(char, self._at)

    def _at_blank(self) -> bool:
        return self._at == len(self._text) or self._text[self._at].isspace()

    def _fault(self, reason: str, **values: int) -> FilterSyntax:
        return fault(reason, self._at + 1, **values)
