"""Times as they come in. What is beyond either end has no name in UTC, or is kept as infinity."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec

_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def is_moment(time: datetime) -> bool:
    """Whether a time with an offset can be reckoned with."""
    return _FIRST <= time <= _LAST


def check_moments(given: msgspec.Struct) -> None:
    """Raises ValueError for a field that is a time beyond either end."""
    for name in given.__struct_fields__:
        value = getattr(given, name)
        if isinstance(value, datetime) and not is_moment(value):
            raise ValueError(f"`{name}` lies beyond the years 1 to 9999 in UTC")
