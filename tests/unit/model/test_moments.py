"""moments.py: what can be reckoned with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
import pytest

from headrace.model.moments import check_moments, is_moment


class Asked(msgspec.Struct):
    name: str = "x"
    since: datetime | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    told: Annotated[datetime | None, msgspec.Meta(description="when")] = None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01T00:00:00+00:00", True),
        ("0001-01-01T00:00:00-14:00", True),
        ("0001-01-01T00:00:00+00:01", False),
        ("2026-11-22T10:00:00+01:00", True),
        ("9999-12-31T23:59:59+00:00", True),
        ("9999-12-31T23:59:59+14:00", True),
        ("9999-12-31T23:59:59-00:01", False),
        ("9999-12-31T23:59:59.999999+00:00", False),  # PostgreSQL's drivers take it for infinity
    ],
)
def test_a_moment_lies_within_the_calendar_in_utc(text: str, *, expected: bool) -> None:
    assert is_moment(datetime.fromisoformat(text)) is expected


def test_a_field_beyond_is_named_and_all_others_are_left_alone() -> None:
    check_moments(Asked())
    check_moments(Asked(since=datetime.fromisoformat("2026-11-22T10:00:00+01:00")))
    beyond = datetime.fromisoformat("9999-12-31T23:59:59-12:00")
    with pytest.raises(ValueError, match="`since`"):
        check_moments(Asked(since=beyond))
    with pytest.raises(ValueError, match="`until`"):
        check_moments(Asked(until=beyond))
    with pytest.raises(ValueError, match="`told`"):
        check_moments(Asked(told=beyond))
