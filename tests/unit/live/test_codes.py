from __future__ import annotations

from headrace.live.codes import CLOSE_CODES, Reaction


def test_codes_are_unique_and_within_their_ranges() -> None:
    numbers = [code.code for code in CLOSE_CODES]
    assert len(set(numbers)) == len(numbers)
    assert all(4000 <= number < 4300 for number in numbers)


def test_each_class_of_codes_asks_for_its_reaction() -> None:
    for code in CLOSE_CODES:
        expected = [Reaction.STAY_AWAY, Reaction.PAUSE, Reaction.RESUME][(code.code - 4000) // 100]
        assert code.reaction is expected


def test_going_down_never_keeps_clients_away() -> None:
    by_name = {code.name: code for code in CLOSE_CODES}
    for name in ("draining", "unavailable", "crowded", "stalled", "no_pong"):
        assert by_name[name].reaction is not Reaction.STAY_AWAY
