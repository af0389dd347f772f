from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headrace.timings import Timings

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def timings() -> Timings:
    return Timings(lambda: NOW)


def test_the_lag_runs_from_publication_to_fan_out(timings: Timings) -> None:
    timings.fanned_out(0.002, 40, [NOW - timedelta(seconds=3), NOW - timedelta(seconds=1)])
    assert timings.publish_lag.total == 4
    assert sum(timings.publish_lag.counts) == 2


def test_imports_with_old_times_are_no_lag_and_clocks_that_are_ahead_no_negative_one(
    timings: Timings,
) -> None:
    timings.fanned_out(0.002, 40, [NOW - timedelta(days=900), NOW + timedelta(seconds=2)])
    assert timings.publish_lag.total == 0
    assert sum(timings.publish_lag.counts) == 1


@pytest.mark.parametrize(
    ("deliveries", "audience"),
    [(0, "1"), (1, "1"), (2, "10"), (1_000, "1000"), (100_001, "+Inf")],
)
def test_a_fan_out_belongs_to_the_audience_it_reached(
    timings: Timings, deliveries: int, audience: str
) -> None:
    timings.fanned_out(0.5, deliveries, [])
    assert {name for name, buckets in timings.fan_out.items() if buckets.total} == {audience}


def test_arrival_is_noted_before_the_fan_out(timings: Timings) -> None:
    timings.arrived([NOW - timedelta(seconds=3), NOW - timedelta(days=900)])
    assert (timings.arrival_lag.total, timings.publish_lag.total) == (3, 0)


def test_the_bus_is_away_from_when_it_went_until_it_is_back(timings: Timings) -> None:
    timings.bus_changed(True, 1.0)
    assert sum(timings.bus_away.counts) == 0, "at the start it was not away but not there yet"
    timings.bus_changed(False, 10.0)
    timings.bus_changed(True, 13.5)
    timings.followed(0.25)
    assert (timings.bus_away.total, timings.bus_follow.total) == (3.5, 0.25)


def test_a_revocation_takes_as_long_as_it_takes(timings: Timings) -> None:
    timings.revoked(NOW - timedelta(seconds=0.25))
    timings.revoked(NOW + timedelta(seconds=9))
    assert timings.revocation.total == 0.25
    assert sum(timings.revocation.counts) == 2


@pytest.mark.parametrize("nonsense", [-1.0, float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_made_up_pong_is_no_measurement(timings: Timings, nonsense: float) -> None:
    timings.answered(nonsense)
    assert sum(timings.ping.counts) == 0


def test_a_pong_and_a_late_loop_are_noted(timings: Timings) -> None:
    timings.answered(0.03)
    timings.looped(0.01)
    timings.looped(-0.01)
    assert (timings.ping.total, timings.loop_lag.total) == (0.03, 0.01)
    assert sum(timings.loop_lag.counts) == 2
