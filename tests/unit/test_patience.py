"""How long a request may be on its way."""

from __future__ import annotations

import asyncio

import pytest

from headrace.patience import Arrival, Patience
from headrace.settings import Settings

SETTINGS = Settings(head_timeout=10.0, stall_timeout=5.0, body_rate=100)


async def test_a_head_has_its_time_however_often_something_comes() -> None:
    patience, head = Patience(SETTINGS), Arrival()
    for _ in range(10):
        head.came(1)
        head.waited(1)
        assert not patience.has_run_out_for_head(head)
    head.waited(1)  # a part of the first second was over when it began
    assert patience.has_run_out_for_head(head)


@pytest.mark.parametrize(("a_second", "lasts"), [(0, 5), (1, 5), (50, 10), (99, 500)])
async def test_a_body_that_comes_too_slowly_has_what_it_earns(a_second: int, lasts: int) -> None:
    patience, body = Patience(SETTINGS), Arrival()
    seconds = 0
    while not patience.has_run_out_for_body(body):
        seconds += 1
        body.waited(1)
        if a_second:
            body.came(a_second)
    assert lasts <= seconds <= lasts * 1.2 + 2


async def test_a_body_that_comes_at_the_rate_has_all_the_time() -> None:
    patience, body = Patience(SETTINGS), Arrival()
    for _ in range(100_000):
        body.came(100)
        body.waited(1)
        assert not patience.has_run_out_for_body(body)


async def test_a_body_that_came_quickly_may_not_stop_for_long() -> None:
    patience, body = Patience(SETTINGS), Arrival()
    body.came(1_000_000)
    for _ in range(5):
        body.waited(1)
        assert not patience.has_run_out_for_body(body)
    body.waited(1)
    assert patience.has_run_out_for_body(body)


class Somebody:
    """Waits twice."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.heard: list[float] = []
        self.is_done = asyncio.Event()

    def waited(self, seconds: float) -> None:
        self.heard.append(seconds)
        if len(self.heard) == 2:
            self._patience.forget(self)
            self.is_done.set()


async def test_all_are_looked_at_together_as_long_as_there_is_anybody() -> None:
    patience = Patience(Settings(head_timeout=0.1))
    for _ in range(2):  # also once more after there was nobody
        waiting = [Somebody(patience) for _ in range(3)]
        for who in waiting:
            patience.expect(who)
        async with asyncio.timeout(5):
            await asyncio.gather(*(who.is_done.wait() for who in waiting))
        assert [who.heard for who in waiting] == [[0.1, 0.1]] * 3
        assert len(patience) == 0
