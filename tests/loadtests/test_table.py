"""The picture of the whole table: every goal in it, and every peer below."""

from __future__ import annotations

from xml.etree import ElementTree

from loadtests.bench.report import Goal, Row
from loadtests.bench.scenarios import SCENARIOS
from loadtests.peers import report
from loadtests.peers.catalogue import PEERS
from loadtests.peers.scenario import Result, Scale
from loadtests.table.__main__ import COMPARED
from loadtests.table.__main__ import SCENARIOS as NAMES
from loadtests.table.picture import picture, share

ROWS = [
    Row(scenario="idle", what="memory <each>", unit="KiB", runs=(4,), goal=Goal("at most", 8)),
    Row(scenario="burst", what="deliveries", unit="", runs=(1e6,), goal=Goal("at least", 2e6)),
    Row(scenario="burst", what="without a goal", unit="", runs=(1,)),
]


def test_the_picture_has_each_goal_and_each_peer() -> None:
    results = [
        Result("ws", "ws", "8", 50, [5.0], [1.0], [2.0]),
        Result("headrace", "Headrace", "1", 50, [4.0], [1.0], [2.0]),
    ]
    drawn = picture(ROWS, [report.bars(results, Scale()), report.bars(results, Scale().burst(8))])
    root = ElementTree.fromstring(drawn)  # noqa: S314 (we have made it ourselves)
    said = [text.text for text in root.iter() if text.text]
    assert "idle: memory <each>" in said
    assert "burst: deliveries" in said
    assert "burst: without a goal" not in said
    assert said.count("5.00 µs") == 2
    assert any("Bursts of 8" in text for text in said)


def test_a_goal_that_is_missed_by_half_takes_up_twice_what_is_allowed() -> None:
    assert [share(row) for row in ROWS[:2]] == [0.5, 2.0]


def test_the_table_has_scenarios_and_peers_that_exist() -> None:
    assert set(NAMES) <= set(SCENARIOS)
    for scale, names in COMPARED.items():
        assert set(names) <= set(PEERS)
        assert scale.per_round == 1 or all(PEERS[name].takes_bursts for name in names)
