"""Times as they come in. What is beyond either end has no name in UTC, or is kept as infinity."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import msgspec
from msgspec import inspect

_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def is_moment(time: datetime) -> bool:
    """Whether a time with an offset can be reckoned with."""
    return _FIRST <= time <= _LAST


def check_moments(given: msgspec.Struct) -> None:
    """Raises ValueError for a field that is a time beyond either end."""
    for name in _times(type(given)):
        value = getattr(given, name)
        if value is not None and not is_moment(value):
            raise ValueError(f"`{name}` lies beyond the years 1 to 9999 in UTC")


@cache
def _times(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of such a struct that are times."""
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        raise AssertionError(f"{kind} is no struct")
    return tuple(field.name for field in info.fields if _is_time(field.type))


def _is_time(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.Metadata):  # what has a description of its own
        return _is_time(kind.type)
    if isinstance(kind, inspect.UnionType):
        return any(map(_is_time, kind.types))
    return isinstance(kind, inspect.DateTimeType)
