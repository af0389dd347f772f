from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.auth import throttle
from headrace.auth.throttle import Throttle
from headrace.errors import TooManyRequests

if TYPE_CHECKING:
    import pytest


def refused(bucket: Throttle[str], key: str, now: float) -> int | None:
    """Seconds to wait; None if the attempt is counted."""
    try:
        bucket.take(key, now)
    except TooManyRequests as error:
        return int(error.details["retry_after"])
    return None


def test_a_burst_is_taken_and_then_one_attempt_an_interval() -> None:
    bucket: Throttle[str] = Throttle(burst=3, interval=10)
    assert [refused(bucket, "a", 0) for _ in range(4)] == [None, None, None, 11]
    assert refused(bucket, "a", 9.5) == 1
    assert refused(bucket, "a", 10) is None
    assert refused(bucket, "a", 10) == 11


def test_refused_attempts_do_not_lengthen_the_wait() -> None:
    bucket: Throttle[str] = Throttle(burst=1, interval=10)
    bucket.take("a", 0)
    assert [refused(bucket, "a", 5) for _ in range(50)] == [6] * 50
    assert refused(bucket, "a", 10) is None


def test_a_bucket_fills_up_to_its_burst_and_no_further() -> None:
    bucket: Throttle[str] = Throttle(burst=2, interval=10)
    bucket.take("a", 0)
    assert [refused(bucket, "a", 1_000_000) for _ in range(3)] == [None, None, 11]


def test_keys_do_not_share_a_bucket() -> None:
    bucket: Throttle[str] = Throttle(burst=1, interval=10)
    bucket.take("a", 0)
    assert refused(bucket, "b", 0) is None
    bucket.forget("a")
    assert refused(bucket, "a", 0) is None


def test_of_too_many_keys_the_longest_silent_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttle, "_MOST_KEYS", 2)
    bucket: Throttle[str] = Throttle(burst=1, interval=10)
    for key in ("a", "b", "c"):
        bucket.take(key, 0)
    assert refused(bucket, "c", 0) == 11
    assert refused(bucket, "b", 0) == 11
    assert refused(bucket, "a", 0) is None
