"""Range requests: which part of a file was asked for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import NamedTuple

from headrace.errors import RangeNotSatisfiable

_ONE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 19


class Part(NamedTuple):
    """Bytes from ``start`` up to and without ``end``, of ``size``."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> str:
        """The header Content-Range."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def wanted(header: str | None, condition: str | None, tag: str, size: int) -> Part | None:
    """The part that Range asks for; None for the whole file.

    That is also for what is no range, for several at once, which a server may ignore (section
    14.2), and where If-Range names another version (section 13.1.5; ``tag`` is a strong one).
    Raises RangeNotSatisfiable.
    """
    match = _ONE.fullmatch(header) if header else None
    if match is None or (condition is not None and condition.strip() != tag):
        return None
    first, last = match[1][:_MOST_DIGITS], match[2][:_MOST_DIGITS]
    if not first and not last:
        return None
    start, end = (int(first), int(last or size) + 1) if first else (size - int(last), size)
    if first and last and int(last) < start:
        return None
    start, end = max(start, 0), min(end, size)
    if start >= end:
        raise RangeNotSatisfiable(size=size)
    return Part(start, end, size)


def matches(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names this version (section 13.1.2, weak comparison)."""
    if header is None:
        return False
    given = {part.strip().removeprefix("W/") for part in header.split(",")}
    return tag in given or "*" in given
