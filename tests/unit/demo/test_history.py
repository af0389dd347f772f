from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from headrace.demo import history
from headrace.demo.history import Thread, waves

ZONE = timezone(timedelta(hours=1))
FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


def thread(at: str, **fields: Any) -> Thread:
    return Thread("alle", at, "mia", "Guten Tag", **fields)


def moments(one: Thread, now: datetime) -> list[datetime]:
    return [said.at for wave in waves([one], now) for said in wave]


def test_working_days_leave_weekends_out() -> None:
    assert moments(thread("-1 08:05"), MONDAY) == [datetime(2026, 11, 20, 8, 5, tzinfo=ZONE)]
    assert moments(thread("-5 08:05"), MONDAY) == [datetime(2026, 11, 16, 8, 5, tzinfo=ZONE)]


def test_minutes_count_back_from_now() -> None:
    assert moments(thread("45"), FRIDAY) == [FRIDAY - timedelta(minutes=45)]


def test_answers_follow_one_another_and_are_never_in_the_future() -> None:
    one = thread("10", replies=[("jonas", 4, "a"), ("mia", 30, "b")])
    assert moments(one, FRIDAY) == [
        FRIDAY - timedelta(minutes=10),
        FRIDAY - timedelta(minutes=6),
        FRIDAY - timedelta(seconds=30),
    ]


def test_nothing_depends_on_its_own_wave() -> None:
    known: set[str] = set()
    for wave in waves(history.load(), FRIDAY):
        assert all(said.about is None or said.about in known for said in wave)
        known |= {said.key for said in wave}


@pytest.mark.parametrize(
    "now", [FRIDAY, MONDAY, MONDAY.replace(hour=0, minute=10), FRIDAY.astimezone(UTC)]
)
def test_the_history_ends_now_with_the_same_text_whenever_it_is_told(now: datetime) -> None:
    said = [one for wave in waves(history.load(), now) for one in wave]
    texts = [one for one in said if one.text is not None]
    last = max(texts, key=lambda one: one.at)
    assert last.key == str(len(history.load()) - 1)
    assert now - timedelta(minutes=15) < last.at <= now
    assert max(one.at for one in said) <= now


def test_there_are_hundreds_of_activities_in_both_languages_with_keys_of_their_own() -> None:
    said = [one for wave in waves(history.load(), FRIDAY) for one in wave]
    assert len(said) >= 300
    assert len({one.key for one in said}) == len(said)
    text = " ".join(one.text or "" for one in said)
    assert " und " in text
    assert " the " in text
