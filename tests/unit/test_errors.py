from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headrace import errors
from headrace.errors import HeadraceError, every_error

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Classes of one status, which is that of their base where none is said.
_ALIKE = re.compile(r"([A-Z]\w+(?:, [A-Z]\w+)*)(?: (\d{3}))?")


def drawn() -> Iterator[tuple[str, str, int]]:
    """The classes in the tree, each with its base and its status."""
    assert errors.__doc__ is not None
    _, _, tree = errors.__doc__.partition("    HeadraceError\n")
    path = [("HeadraceError", HeadraceError.status)]
    for line in tree.splitlines():
        depth = next(place for place, letter in enumerate(line) if letter.isalpha()) // 4 - 1
        base, its_status = path[depth - 1]
        for names, status in _ALIKE.findall(line):
            for name in names.split(", "):
                path[depth:] = [(name, int(status or its_status))]
                yield (name, base, path[depth][1])


def test_the_tree_shows_every_error_below_its_base_and_with_its_status() -> None:
    there = [(each.__name__, each.__mro__[1].__name__, each.status) for each in every_error()]
    assert sorted(drawn()) == sorted(there[1:])
