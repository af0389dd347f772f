"""Each benchmark, with few connections for a moment: that it runs, and that nothing was lost."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loadtests.bench.engines import Addresses, Lab
from loadtests.bench.report import Goal, Row, save, show, words
from loadtests.bench.running import Survey
from loadtests.bench.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.embedded import Engines

SMALL: dict[str, dict[str, object]] = {
    "hot-stream": {"connections": 20, "rate": 20, "seconds": 1, "runs": 1},
    "hot-stream-10k": {"connections": 20, "rate": 20, "seconds": 1, "runs": 1},
    "burst": {"connections": 20, "rate": 10, "calm_rate": 5, "seconds": 1, "runs": 1},
    "burst-64": {"connections": 20, "rate": 5, "seconds": 1, "runs": 1},
    "compressed": {"connections": 20, "rate": 10, "seconds": 1, "runs": 1},
    "filters": {"connections": 20, "filters": (1, 10), "compared": 10, "seconds": 1, "runs": 1},
    "interests": {"connections": 20, "rate": 20, "seconds": 1, "runs": 1},
    "idle": {"connections": 20, "seconds": 1},
    "stopped-readers": {
        "connections": 20,
        "stopped": 2,
        "size": 20_000,
        "rate": 60,
        "seconds": 4,
        "runs": 1,
    },
    "small-groups": {"people": 20, "groups": 8, "size": 5, "rate": 40, "seconds": 1, "runs": 1},
    "publishing": {"clients": 8, "lines": 50, "seconds": 1, "runs": 1},
    "reconnect-storm": {
        "dying": 30,
        "staying": 10,
        "groups": 5,
        "flooded": 1,
        "seconds": 1,
    },
    "authority": {"seated": 8, "followed": 3, "posts": 2, "asked": 3, "milliseconds": 1_000},
    "reading": {
        "activities": 20_000,
        "groups": 6,
        "followed": 3,
        "asked": 3,
        "milliseconds": 2_000,
    },
    "revocation": {"people": 4, "connections": 5, "rate": 10, "pause": 0.01},
    "import": {"chat": Path("nowhere"), "messages": 100, "runs": 1},
    "import-org": {"teams": Path("nowhere"), "runs": 1, "seconds": 60},
    "up": {"runs": 1},
}


@pytest.fixture(scope="session")
def lab(engines: Engines) -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield Lab(Addresses(engines.database_url, engines.redis_url), directory)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_scenario_measures_something_and_loses_nothing(name: str, lab: Lab) -> None:
    rows = await SCENARIOS[name](lab, **SMALL[name])
    assert rows
    assert [row.faults for row in rows if row.faults] == []
    wanted = [row for row in rows if row.goal]
    assert wanted
    shrinks = "memory that grew meanwhile"  # which is less than nothing where some is given back
    assert [row for row in wanted if row.value <= 0 and row.what != shrinks] == []


def test_a_report_says_in_plain_words_what_was_reached(tmp_path: Path) -> None:
    goal = Goal("at most", 10)
    rows = [
        Row(scenario="a", what="good", unit="ms", runs=(9, 10, 11), goal=goal),
        Row(scenario="a", what="bad", unit="ms", runs=(10.1,), goal=goal),
        Row(scenario="a", what="void", unit="ms", runs=(1,), goal=goal, faults=("1 lost",)),
        Row(scenario="a", what="more", unit="", runs=(10,), goal=Goal("at least", 10)),
        Row(scenario="a", what="vague", unit="", runs=(1,), goal=goal, doubts=("busy",)),
    ]
    show(rows, {"late": "it hung"})
    assert [row.verdict for row in rows] == [
        "yes",
        "no",
        "invalid: 1 lost",
        "yes",
        "cannot tell: busy",
    ]
    assert '"reached": "invalid: 1 lost"' in save(rows, {}, tmp_path).read_text()
    assert words(rows, {"late": "it hung"}) == [
        "2 of 5 goals were reached.",
        "  a: bad is 10.1 ms, 1 % too much (at most 10 was to be reached).",
        "  a: void does not count (invalid: 1 lost).",
        "  a: vague does not count (cannot tell: busy).",
        "  late could not be measured: it hung",
    ]


async def test_a_scenario_that_breaks_does_not_cost_the_others_their_results(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Lab) -> list[Row]:
        raise OSError("no more files")

    async def whole(_: Lab) -> list[Row]:
        return [Row(scenario="a", what="good", unit="ms", runs=(9,))]

    monkeypatch.setitem(SCENARIOS, "burst", broken)
    monkeypatch.setitem(SCENARIOS, "idle", whole)
    survey = Survey()
    await survey.take(lab, ["burst", "idle"])
    assert survey.broken == {"burst": "OSError: no more files"}
    assert [row.what for row in survey.rows] == ["good"]
