from __future__ import annotations

from headrace.live.wheel import Wheel


def test_a_round_touches_each_item_once() -> None:
    wheel: Wheel[str] = Wheel(4)
    for name in "abcdefghij":
        wheel.add(name)
    turns = [wheel.turn() for _ in range(4)]
    assert sorted(name for turn in turns for name in turn) == list("abcdefghij")
    assert max(map(len, turns)) == 3, "spread evenly: no turn touches many"


def test_what_was_taken_off_does_not_come_round() -> None:
    wheel: Wheel[str] = Wheel(2)
    slot = wheel.add("a")
    wheel.discard("a", slot)
    wheel.discard("a", slot)
    assert [wheel.turn(), wheel.turn()] == [[], []]
    assert len(wheel) == 0
