from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headrace.imports.archive import Message
from headrace.imports.thanks import bots, thanks


def message(user: str, name: str, text: str) -> Message:
    return Message("r", "R", datetime(2020, 1, 1, tzinfo=UTC), user, name, "m", text, "f", 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("> Anna sends brownie points to @Ben :sparkles:", ("anna", ("ben",))),
        ("> a-b sends brownie points to @c.d and @E_f and @g :x:", ("a-b", ("c.d", "e_f", "g"))),
        ("> anna sends brownie points to @ben and @ben and @ :x:", ("anna", ("ben",))),
        ("anna sends brownie points to @ben", None),
        ("> sorry anna, you can't send brownie points to yourself!", None),
        ("> anna sends brownie points to nobody", None),
    ],
)
def test_thanks_are_recognised(text: str, found: tuple[str, tuple[str, ...]] | None) -> None:
    assert thanks(text) == found


def test_only_a_bot_that_passes_thanks_on_is_one() -> None:
    text = "> anna sends brownie points to @ben :sparkles:"
    said = [
        message("1", "camperbot", text),
        message("2", "quoter", text),
        message("3", "talbot", "good morning"),
    ]
    assert bots(said) == {"1"}
