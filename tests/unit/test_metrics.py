"""metrics.py: the table is whole, says what it means, and the dashboard shows all of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from headrace.api.measuring import Measuring
from headrace.auth import Accounts
from headrace.live.frames import Deflated, Format
from headrace.metrics import TABLE, Kind, LiveCollector, Row, Sources
from headrace.node import Node
from headrace.publishing import Publisher
from headrace.settings import Settings
from tests.live_support import Peer, entry, info

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from headrace.live.frames import Wire
    from headrace.live.session import Session
    from headrace.node import Connection

DASHBOARD = Path(__file__).parents[2] / "loadtests/grafana/headrace.json"
LABELS = {"state", "code", "reason", "result", "to", "how", "audience", "form"}
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def node() -> Node:
    """A node that nobody has started: what it holds is all in memory."""
    made = Node(
        Settings(),
        cast("Any", None),
        cast("Any", None),
        name="test",
        random=lambda: 0.5,
        clock=lambda: NOW,
    )
    made.hub._on_dirty = lambda: None  # tests flush by hand
    return made


@pytest.fixture
def registry(node: Node) -> CollectorRegistry:
    """All metrics of a process."""
    none = cast("Any", None)
    publisher = Publisher(none, node.announce, clock=lambda: NOW, random_bits=lambda bits: 0)
    accounts = Accounts(none, lambda: NOW, lambda number: b"", Settings())
    made = CollectorRegistry()
    made.register(LiveCollector(Sources(node, publisher, accounts)))
    ProcessCollector(registry=made)
    Measuring(made)
    return made


class Connected:
    """A connection as the node knows it."""

    is_open = True

    def __init__(self, node: Node, person: str) -> None:
        self.peer = Peer(node.hub, person)
        node.hub.depart(self.peer.session)
        self._node = node
        self._slot = node.attend(cast("Connection", self), self.session)
        node.hub.open(info(self.session.reader.inbox)).pins += 1

    @property
    def session(self) -> Session:
        return self.peer.session

    def leave(self) -> None:
        self._node.depart(cast("Connection", self), self.session, self._slot)


def families(registry: CollectorRegistry) -> Iterable[Metric]:
    """What somebody who scrapes understands of it."""
    return text_string_to_metric_families(generate_latest(registry).decode())


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    found = registry.get_sample_value(f"headrace_{name}", labels)
    assert found is not None, (name, labels)
    return found


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_every_metric_says_what_it_means(row: Row) -> None:
    assert row.help[0].isupper() or row.help[0].isdigit()
    assert row.help.endswith(".")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*(_p99)?", row.name)
    assert not row.name.endswith(("_total", "_count", "_sum", "_bucket"))
    assert (row.kind is Kind.HISTOGRAM) <= row.name.endswith(
        ("_seconds", "_per_write", "_per_catch_up")
    )


def test_no_metric_is_there_twice(registry: CollectorRegistry) -> None:
    names = [family.name for family in families(registry)]
    assert len(names) == len(set(names))
    assert {f"headrace_{row.name}" for row in TABLE} < set(names)


def test_no_label_can_name_a_stream_a_group_or_a_person(registry: CollectorRegistry) -> None:
    assert {row.label for row in TABLE} - {None} == LABELS
    node_labels = {
        label
        for family in families(registry)
        if family.name.removeprefix("headrace_") in {row.name for row in TABLE}
        for sample in family.samples
        for label in sample.labels
    }
    assert node_labels == LABELS | {"le"}


def test_a_histogram_is_one(registry: CollectorRegistry, node: Node) -> None:
    for seconds in (0.0002, 0.03, 99.0):
        node.timings.looped(seconds)
    (lag,) = (f for f in families(registry) if f.name == "headrace_loop_lag_seconds")
    counts = [sample.value for sample in lag.samples if sample.name.endswith("_bucket")]
    assert all(a <= b for a, b in pairwise(counts))
    assert counts[-1] == value(registry, "loop_lag_seconds_count") == 3
    assert value(registry, "loop_lag_seconds_bucket", le="+Inf") == 3
    assert value(registry, "loop_lag_seconds_bucket", le="0.00025") == 1
    assert value(registry, "loop_lag_seconds_sum") == pytest.approx(99.0302)


def test_gauges_tell_what_there_is_and_go_back_to_zero(
    registry: CollectorRegistry, node: Node
) -> None:
    stream = node.hub.open(info())
    live, slow, late = (Connected(node, f"{name}-id") for name in ("mia", "jonas", "lea"))
    live.peer.subscribe(stream)
    slow.peer.subscribe(stream, only="tag:a")
    slow.peer.subscribe(stream, ref="2")
    slow.peer.waiting_bytes = 700
    node.hub.full(slow.session)
    node.hub.ingest(entry(1))
    node.hub.flush()
    late.peer.subscribe(stream, positions={"s": 0})
    assert value(registry, "connections", state="live") == 1
    assert value(registry, "connections", state="lagging") == 1
    assert value(registry, "connections", state="catching_up") == 1
    live.is_open = False
    assert value(registry, "connections", state="closing") == 1
    assert value(registry, "connections_by_form", form="json") == 3
    assert value(registry, "subscriptions") == 4
    assert value(registry, "readers") == 3
    assert value(registry, "cohorts") == value(registry, "filters") == 1
    assert value(registry, "streams") == 4
    assert value(registry, "unsent_bytes") == value(registry, "unsent_bytes_max") == 700
    assert value(registry, "unsent_bytes_p99") == 700
    assert value(registry, "window_bytes") > 0
    for connected in (live, slow, late):
        connected.leave()
    for name in list(node.hub.streams):
        node.hub.close_stream(name)
    assert _gauges(registry) == {}
    assert value(registry, "connects_total") == 3


@pytest.mark.parametrize(
    ("count", "full", "p99"), [(100, 1, 0), (100, 2, 9), (50, 1, 9), (1, 1, 9)]
)
def test_at_most_one_of_a_hundred_has_more_than_the_p99(
    registry: CollectorRegistry, node: Node, count: int, full: int, p99: int
) -> None:
    for number in range(count):
        Connected(node, f"{number}-id").peer.waiting_bytes = 9 if number < full else 0
    assert value(registry, "unsent_bytes_p99") == p99


def test_connections_are_told_apart_by_form(registry: CollectorRegistry, node: Node) -> None:
    forms: dict[str, Wire] = {
        "json": Format.JSON,
        "msgpack": Format.MSGPACK,
        "json+deflate": Deflated(Format.JSON),
        "msgpack+deflate": Deflated(Format.MSGPACK),
    }
    for number, form in enumerate(forms.values()):
        Connected(node, f"{number}-id").session.form = form
    assert {form: value(registry, "connections_by_form", form=form) for form in forms} == (
        dict.fromkeys(forms, 1)
    )


def _gauges(registry: CollectorRegistry) -> dict[str, float]:
    """The node's gauges that are not zero."""
    return {
        f"{sample.name}{sample.labels}": sample.value
        for family in families(registry)
        if family.type == "gauge" and family.name.startswith("headrace_")
        for sample in family.samples
        if sample.value
    }


def _expressions() -> str:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert all(panel["targets"] for panel in panels)
    return "\n".join(target["expr"] for panel in panels for target in panel["targets"])


def test_the_dashboard_uses_metrics_that_exist(registry: CollectorRegistry) -> None:
    used = set(re.findall(r"\b(?:headrace|process)_[a-z0-9_]+", _expressions()))
    samples = {sample.name for family in families(registry) for sample in family.samples}
    # A histogram with labels has no samples before its first observation.
    labelled = {f"headrace_http_request_seconds_{part}" for part in ("bucket", "count", "sum")}
    assert used - samples - labelled - {"headrace_http_requests_total"} == set()


def test_the_dashboard_shows_every_metric_of_a_node() -> None:
    expressions = _expressions()
    for row in TABLE:
        name = rf"\bheadrace_{row.name}(_total|_bucket|_sum|_count)?\{{"
        assert re.search(name, expressions), row.name


def test_the_dashboard_groups_by_labels_that_exist() -> None:
    groups = re.findall(r"by \(([^)]*)\)", _expressions())
    used = {label.strip() for group in groups for label in group.split(",")}
    assert used <= LABELS | {"le", "method", "path", "status"}
