from __future__ import annotations

from datetime import UTC, datetime, timedelta

from headrace.imports.chat import Pace

BEGIN = datetime(2016, 12, 22, 17, tzinfo=UTC)


class Watch:
    """A clock that moves by sleeping alone."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace(speed: float | None, watch: Watch) -> Pace:
    return Pace(speed, clock=watch, sleep=watch.sleep)


async def test_at_full_speed_everything_is_due() -> None:
    watch = Watch()
    at_once = pace(None, watch)
    await at_once.wait(BEGIN)
    await at_once.wait(BEGIN + timedelta(days=9))
    assert at_once.is_due(BEGIN + timedelta(days=400))
    assert not at_once.is_live
    assert watch.slept == []


async def test_a_speed_divides_the_time_between_messages() -> None:
    watch = Watch()
    live = pace(60, watch)
    for minutes in (0, 10, 12):
        await live.wait(BEGIN + timedelta(minutes=minutes))
    assert watch.slept == [10.0, 2.0]
    assert live.is_live


async def test_time_spent_on_publishing_is_not_waited_again() -> None:
    watch = Watch()
    live = pace(60, watch)
    await live.wait(BEGIN)
    watch.now += 4
    await live.wait(BEGIN + timedelta(minutes=10))
    assert watch.slept == [6.0]


async def test_what_is_due_meanwhile_goes_together() -> None:
    watch = Watch()
    live = pace(60, watch)
    await live.wait(BEGIN)
    watch.now += 5
    assert live.is_due(BEGIN + timedelta(minutes=5))
    assert not live.is_due(BEGIN + timedelta(minutes=6))
