"""Which part of a file was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.api.ranges import Part, matches, wanted
from headrace.errors import RangeNotSatisfiable

TAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=50-500", (50, 100)),
        ("Bytes = 0 - 0", (0, 1)),
        ("bytes=99-" + "9" * 400, (99, 100)),
    ],
)
def test_one_range_is_a_part(header: str, part: tuple[int, int]) -> None:
    assert wanted(header, None, TAG, 100) == Part(*part, 100)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=9-1", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b"],
)
def test_what_is_no_single_range_is_the_whole_file(header: str | None) -> None:
    assert wanted(header, None, TAG, 100) is None


@pytest.mark.parametrize(
    "header", ["bytes=100-", "bytes=200-300", "bytes=-0", "bytes=" + "9" * 400 + "-"]
)
def test_a_range_beyond_the_end_cannot_be_given(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        wanted(header, None, TAG, 100)


def test_a_range_of_another_version_is_the_whole_file() -> None:
    assert wanted("bytes=0-9", TAG, TAG, 100) is not None
    for condition in ('"other"', 'W/"abc"', "Sat, 21 Nov 2026 10:00:00 GMT"):
        assert wanted("bytes=0-9", condition, TAG, 100) is None
        assert wanted("bytes=100-", condition, TAG, 100) is None


@given(st.text(alphabet="0123456789-=bytes, ", max_size=30), st.integers(1, 10**6))
def test_a_part_is_never_outside_the_file_nor_empty(header: str, size: int) -> None:
    try:
        part = wanted(header, None, TAG, size)
    except RangeNotSatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= size


def test_a_content_range_counts_from_zero_and_includes_the_last_byte() -> None:
    assert Part(0, 10, 100).content_range == "bytes 0-9/100"


def test_a_version_is_matched_weakly_and_in_a_list() -> None:
    assert not matches(None, TAG)
    assert not matches('"other"', TAG)
    for header in (TAG, 'W/"abc"', '"other", "abc"', "*"):
        assert matches(header, TAG)
