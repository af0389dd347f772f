from __future__ import annotations

import pytest

from headrace.live.frames import Broadcast
from headrace.live.window import Window
from tests.live_support import entry


def window_with(count: int, limit: int = 1_000_000, position: int = 0) -> Window:
    window = Window(position, limit)
    for seq in range(position + 1, position + count + 1):
        window.append(Broadcast(entry(seq)))
    return window


def numbers(items: list[Broadcast]) -> list[int]:
    return [item.entry.seq for item in items]


@pytest.mark.parametrize(
    ("after", "expected"), [(10, [11, 12, 13]), (11, [12, 13]), (12, [13]), (13, [])]
)
def test_after_brings_what_follows(after: int, expected: list[int]) -> None:
    assert numbers(window_with(3, position=10).after(after, 100_000)) == expected


def test_below_the_floor_is_not_ours_to_answer() -> None:
    with pytest.raises(AssertionError, match="below the window's floor"):
        window_with(3, position=10).after(9, 100_000)


def test_an_empty_window_stands_where_it_began() -> None:
    window = Window(7, 1_000)
    assert (window.floor, window.top, window.after(7, 1)) == (7, 7, [])


def test_it_stays_within_its_bytes_and_keeps_the_newest() -> None:
    size = Broadcast(entry(1)).size
    window = window_with(500, limit=size * 10)
    assert window.top == 500
    assert 488 <= window.floor <= 492
    assert numbers(window.after(window.floor, 10**9)) == list(range(window.floor + 1, 501))


def test_an_entry_larger_than_the_window_is_kept_all_the_same() -> None:
    window = window_with(3, limit=1)
    assert numbers(window.after(2, 1)) == [3]


def test_at_least_one_entry_is_given_whatever_the_budget() -> None:
    assert numbers(window_with(5).after(1, 1)) == [2]


def test_a_hole_is_never_let_in() -> None:
    window = window_with(2)
    for seq in (2, 4):
        with pytest.raises(AssertionError, match="the relay has let a gap through"):
            window.append(Broadcast(entry(seq)))


def test_what_is_replaced_keeps_its_place() -> None:
    window = window_with(100, limit=Broadcast(entry(1)).size * 20)
    window.replace(lambda item: item.entry.seq == 95)
    kept = {item.entry.seq: item.entry.activity for item in window.after(window.floor, 10**9)}
    assert kept[95].type == "Tombstone"
    assert kept[95].content is None
    assert kept[96].type == "Create"
