"""The report of the fault suite says which claim fell short, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.__main__ import PARTS, ROOT, Report, sentence

FILE = next(iter(PARTS))


def outcome(name: str, failed: str | None = None) -> list[pytest.TestReport]:
    """Call and teardown of a test."""
    made = []
    for when in ("call", "teardown"):
        is_broken = failed == when
        made.append(
            pytest.TestReport(
                f"{FILE}::{name}",
                (FILE, 1, name),
                {},
                "failed" if is_broken else "passed",
                "one activity is missing\nand more" if is_broken else None,
                when,
            )
        )
    return made


@pytest.mark.parametrize("phase", ["call", "teardown"])
def test_a_claim_that_does_not_hold_is_named_with_the_reason(
    capsys: pytest.CaptureFixture[str], phase: str
) -> None:
    report = Report([])
    for each in (*outcome("test_a_bus_may_die"), *outcome("test_nothing_is_lost[x]", phase)):
        report.pytest_runtest_logreport(each)
    assert report.held == 1
    assert report.short == [("nothing is lost (x)", "one activity is missing")]
    said = capsys.readouterr().out
    assert "held        a bus may die" in said
    assert "FELL SHORT  nothing is lost (x)" in said


def test_a_test_of_another_suite_may_be_part_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    (single,) = [part for part in PARTS if part.endswith("_vanish")]
    for each in outcome("x"):
        each.nodeid = single
        Report([]).pytest_runtest_logreport(each)
    assert f"\n{PARTS[single]}\n" in capsys.readouterr().out


def test_a_test_is_a_sentence() -> None:
    assert sentence("test_a_slow_reader_costs_nothing") == "a slow reader costs nothing"


def test_every_part_of_the_suite_is_there() -> None:
    for part in PARTS:
        file, _, name = part.partition("::")
        assert f"def {name}" in (Path(ROOT) / file).read_text(), part
