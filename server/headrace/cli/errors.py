"""Errors that the command line itself finds: they have a text in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.errors import HeadraceError


class Refusal(Exception):
    """A command cannot do what it was asked: the text of ``key``, with the code of a kind."""

    def __init__(self, kind: type[HeadraceError], key: str, /, **values: object) -> None:
        self.code = kind.code
        self.key = key
        self.values = values
        super().__init__(key)
