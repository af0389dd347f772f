"""Rounds of a benchmark in which the machine had other things to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from loadtests.bench import bare
from loadtests.bench.fanout import Load
from loadtests.bench.scenarios.hot_stream import measure

LOAD = Load(1, 1.0)


class Busy:
    """A site whose machine is busy in some of the rounds."""

    elsewhere = object()

    def __init__(self, *doubts: list[str]) -> None:
        self.doubts = iter(doubts)

    async def cost(self, _: Load, __: object, through: object = None) -> SimpleNamespace:
        return SimpleNamespace(frame_bytes=1, doubts=[] if through else next(self.doubts))


@pytest.mark.parametrize(
    ("doubts", "kept"),
    [
        ([[], []], [[], []]),
        ([["busy"], [], []], [[], []]),
        ([["busy"], ["busy"], []], [["busy"], []]),
    ],
)
async def test_a_round_in_doubt_is_measured_once_more(
    monkeypatch: pytest.MonkeyPatch, doubts: list[list[str]], kept: list[list[str]]
) -> None:
    async def sent(_: bare.Load) -> bare.Sent:
        return bare.Sent(1, 1, 1, 0)

    monkeypatch.setattr(bare, "send", sent)
    made = Busy(*doubts)
    rounds = await measure(cast("Any", made), LOAD, cast("Any", SimpleNamespace(number=1)), 2)
    assert [one.here.doubts for one in rounds] == kept
    assert next(made.doubts, None) is None
