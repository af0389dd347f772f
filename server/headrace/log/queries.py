"""SQL in named blocks of .sql files.

A block begins with ``-- name: its_name`` and a comment that says what it is for.
"""

from __future__ import annotations

import re
from importlib import resources

_BLOCK = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Queries:
    """The blocks of one file as attributes. Raises AttributeError for a name that is not there."""

    def __init__(self, blocks: dict[str, str]) -> None:
        self._blocks = blocks

    def __getattr__(self, name: str) -> str:
        try:
            return self._blocks[name]
        except KeyError:
            raise AttributeError(f"there is no SQL block named {name}") from None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._blocks)


def load(filename: str) -> Queries:
    """The blocks of ``log/sql/<filename>``. Raises ValueError for a name used twice."""
    text = resources.files("headrace.log").joinpath("sql", filename).read_text("utf-8")
    _, *parts = _BLOCK.split(text)
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"{filename} names a block twice")
    return Queries(dict(zip(names, (body.strip() for body in bodies), strict=True)))
