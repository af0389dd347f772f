"""What can be wrong with a filter: stable reasons, each with an English sentence.

schemas/codes.json lists them, so that clients say the same in their readers' language. The
values of an unknown name are ``value``, ``choices`` and, where one is near to it, ``nearest``.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from headrace.errors import FilterSyntax

if TYPE_CHECKING:
    from collections.abc import Iterable

FAULTS = {
    "too_long": "a filter has at most {limit} characters",
    "too_many_terms": "a filter has at most {limit} terms",
    "too_many_values": "a term has at most {limit} values",
    "forbidden_character": "this character cannot occur in a text",
    "loose_minus": "“-” stands directly before what is left out",
    "missing_value": "a value is missing",
    "open_quote": "this quotation mark is never closed",
    "missing_blank": 'a blank is missing here; inside quotes, write " as \\"',
    "no_asker": "“me” needs somebody who is signed in",
    "no_word": "“{value}” has no letter or digit to look for",
    "no_handle": "“{value}” is not a handle",
    "no_group_name": "“{value}” is not a group's name",
    "no_activity_id": "“{value}” is not an activity's id",
    "unknown_field": (
        "there is no field “{value}” ({hint}); to search for a text with “:”, quote it"
    ),
    "unknown_type": "there is no type “{value}” ({hint})",
    "unknown_level": "there is no level “{value}” ({hint})",
    "unknown_part": "there is no part “{value}” ({hint})",
}


class Unfit(ValueError):
    """A value that cannot be what its field takes; whoever knows the column tells of it."""

    def __init__(self, reason: str, **values: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values

    def at(self, column: int) -> FilterSyntax:
        """The error that points at a column."""
        return fault(self.reason, column, **self.values)


def fault(reason: str, column: int, **values: Any) -> FilterSyntax:
    """The error for one of the reasons."""
    message = FAULTS[reason].format_map({**values, "hint": _hint(**values)})
    return FilterSyntax(message, column, reason=reason, **values)


def unknown(noun: str, value: str, choices: Iterable[str]) -> Unfit:
    """For a name that is none of the choices."""
    spelling = {choice.lower(): choice for choice in choices}
    found = get_close_matches(value.lower(), spelling, n=1)
    nearest = {"nearest": spelling[found[0]]} if found else {}
    return Unfit(f"unknown_{noun}", value=value, choices=list(spelling.values()), **nearest)


def _hint(nearest: str = "", choices: Iterable[str] = (), **_: Any) -> str:
    return f"did you mean “{nearest}”?" if nearest else ", ".join(choices)
