"""keeper.py: what has died is started again, more and more slowly, until it is no use."""

from __future__ import annotations

import threading
from itertools import pairwise
from math import inf

import pytest

from headrace.embedded.keeper import (
    LOOK,
    MOST_FAILED,
    PAUSES,
    STEADY,
    Engine,
    EngineLost,
    Keeper,
    News,
    keeping,
)
from headrace.errors import ConfigurationError

END = 10_000.0


class Mill:
    """An engine, and a clock that moves by pauses alone.

    It lives for as long as ``lives`` says, one after the other, and fails to start ``fails`` times.
    """

    def __init__(self, *lives: float, fails: int = 0, end: float = END) -> None:
        self._lives = list(lives)
        self._fails = fails
        self._end = end
        self._dies = self._next_life()
        self.error: Exception = ConfigurationError("no water")
        self.now = 0.0
        self.started: list[float] = []
        self.news: list[News] = []

    def keep(self) -> None:
        engine = Engine("Mill", lambda: self.now < self._dies, self.revive)
        Keeper(engine, pause=self.pause, now=lambda: self.now, tell=self.news.append).run()

    def pause(self, seconds: float) -> bool:
        self.now += seconds
        return self.now >= self._end

    def revive(self) -> None:
        self.started.append(self.now)
        if self._fails:
            self._fails -= 1
            raise self.error
        self._dies = self.now + self._next_life()

    def _next_life(self) -> float:
        return self._lives.pop(0) if self._lives else inf

    @property
    def told(self) -> list[str]:
        return [news.what for news in self.news]

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(self.started)]


def test_an_engine_that_runs_is_left_alone() -> None:
    mill = Mill()
    mill.keep()
    assert (mill.started, mill.news) == ([], [])


def test_an_engine_that_has_died_is_started_again_soon() -> None:
    mill = Mill(10.0)
    mill.keep()
    assert len(mill.started) == 1
    assert 10 < mill.started[0] < 12
    assert mill.news == [News("died", "Mill"), News("runs", "Mill")]


def test_failed_starts_follow_each_other_ever_more_slowly() -> None:
    mill = Mill(10.0, fails=MOST_FAILED - 1)
    mill.keep()
    assert mill.gaps == list(PAUSES[1:MOST_FAILED])
    assert mill.gaps == sorted(mill.gaps)
    assert mill.told == ["died", *["away"] * (MOST_FAILED - 1), "runs"]
    assert mill.news[1].reason == "no water"


def test_an_engine_that_does_not_start_is_given_up() -> None:
    mill = Mill(10.0, fails=MOST_FAILED)
    with pytest.raises(EngineLost) as lost:
        mill.keep()
    assert (lost.value.engine, lost.value.reason) == ("Mill", "no water")
    assert lost.value.tries == len(mill.started) == MOST_FAILED


@pytest.mark.parametrize("error", [FileNotFoundError("gone"), PermissionError("not yours")])
def test_what_the_system_refuses_is_a_failed_start(error: Exception) -> None:
    mill = Mill(10.0, fails=1)
    mill.error = error
    mill.keep()
    assert mill.told == ["died", "away", "runs"]


def test_starts_that_failed_are_forgotten_once_one_succeeds() -> None:
    mill = Mill(10.0, fails=MOST_FAILED - 1)
    mill.keep()
    again = Mill(*[0.0] * 3 * MOST_FAILED)
    again.keep()
    assert again.told == ["died", "runs"] * 3 * MOST_FAILED


def test_an_engine_that_dies_again_and_again_is_started_ever_more_slowly_and_for_ever() -> None:
    mill = Mill(*[0.0] * 20)
    mill.keep()
    expected = [min(pause, PAUSES[-1]) + LOOK for pause in PAUSES[1:]]
    assert mill.gaps[: len(expected)] == pytest.approx(expected)
    assert mill.gaps[len(expected) :] == pytest.approx([PAUSES[-1] + LOOK] * (19 - len(expected)))


def test_an_engine_that_ran_for_long_is_started_again_at_once() -> None:
    mill = Mill(*[0.0] * 5, STEADY + 1.5 * LOOK, 0.0)
    mill.keep()
    assert mill.gaps[-2] == pytest.approx(STEADY + 2 * LOOK + PAUSES[0])
    assert mill.gaps[-1] == pytest.approx(PAUSES[1] + LOOK)


def test_an_engine_that_ends_together_with_us_stays_down() -> None:
    mill = Mill(10.0, end=10.0 + PAUSES[0])
    mill.keep()
    assert (mill.started, mill.news) == ([], [])


def test_nothing_is_started_once_it_is_over() -> None:
    mill = Mill(10.0, fails=MOST_FAILED, end=13.0)
    mill.keep()
    assert mill.started
    assert mill.started[-1] < 13.0
    assert "runs" not in mill.told


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headrace.embedded.keeper.LOOK", 0.0)
    monkeypatch.setattr("headrace.embedded.keeper.PAUSES", (0.0,))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("error", "raised"),
    [(ConfigurationError("no water"), EngineLost), (ZeroDivisionError(), ZeroDivisionError)],
)
def test_the_block_is_told_to_end_and_raises(error: Exception, raised: type[Exception]) -> None:
    def revive() -> None:
        raise error

    gave_up = threading.Event()
    dead, sound = Engine("Mill", lambda: False, revive), Engine("Weir", lambda: True, revive)
    with (
        pytest.raises(raised),
        keeping([dead, sound], is_over=lambda: False, give_up=gave_up.set, tell=lambda _: None),
    ):
        assert gave_up.wait(10)


def test_keepers_end_with_the_block() -> None:
    before = threading.active_count()
    engine = Engine("Mill", lambda: True, lambda: None)
    with keeping([engine], is_over=lambda: False, give_up=lambda: None, tell=lambda _: None):
        assert threading.active_count() > before
    assert threading.active_count() == before
