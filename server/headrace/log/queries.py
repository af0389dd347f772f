"""SQL in named blocks of .sql files.

A block begins with ``-- name: its_name`` and a comment that says what it is for. Where another one
of the same file says ``{its_name}``, it stands there without the comment.
"""

from __future__ import annotations

import re
from functools import partial
from importlib import resources

_BLOCK = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_PURPOSE = re.compile(r"\A(?:--.*\n)+")
_NAMED = re.compile(r"\{(\w+)\}")


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
    names, bodies = parts[::2], [body.strip() for body in parts[1::2]]
    if len(set(names)) < len(names):
        raise ValueError(f"{filename} names a block twice")
    blocks = dict(zip(names, bodies, strict=True))
    return Queries({name: _NAMED.sub(partial(_piece, blocks), blocks[name]) for name in names})


def _piece(blocks: dict[str, str], named: re.Match[str]) -> str:
    """The block that is named, to stand in another one; what is no block's name stays."""
    block = blocks.get(named[1])
    return named[0] if block is None else _PURPOSE.sub("", block)
