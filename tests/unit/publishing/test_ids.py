from __future__ import annotations

import random
from itertools import pairwise
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from headrace.publishing.ids import Ids


def ids() -> Ids:
    return Ids(random.Random(1).getrandbits)


def test_it_is_a_version_7_of_its_millisecond() -> None:
    made = ids().now(1_795_255_200_123)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == 1_795_255_200_123


@given(st.lists(st.integers(0, 3), max_size=50))
def test_ids_follow_each_other_even_when_the_clock_is_set_back(steps: list[int]) -> None:
    source = ids()
    made = [source.now(1_000 - step) for step in steps]
    assert all(first < second for first, second in pairwise(made))


def test_more_ids_than_fit_into_a_millisecond_run_into_the_next() -> None:
    source = ids()
    made = [source.now(1_000) for _ in range(10_000)]
    assert all(first < second for first, second in pairwise(made))


def test_the_past_keeps_its_own_time() -> None:
    source = ids()
    source.now(2_000)
    assert source.at(1_000).int >> 80 == 1_000


def test_an_id_does_not_tell_how_many_others_its_millisecond_had() -> None:
    """Who sees some of a group's activities must not count those in between."""
    source = ids()
    counts = [source.now(number // 2).int >> 64 & 0xFFF for number in range(400)]
    firsts, seconds = counts[::2], counts[1::2]
    assert len(set(firsts)) > 100
    steps = {second - first for first, second in zip(firsts, seconds, strict=True)}
    assert steps == {1, 2, 3, 4}


def test_no_two_ids_have_the_same_chance() -> None:
    """Also where more are made than chance is drawn for at a time."""
    source = ids()
    made = [source.now(1_000).int & (1 << 62) - 1 for _ in range(1_000)]
    assert len(set(made)) == 1_000
