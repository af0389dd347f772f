"""Everything that /metrics tells of a node's live side: one table to read top to bottom.

Nothing is counted here. The parts of the node count as they go, in plain integers; what there is
at the moment is asked of them when somebody looks, so that no gauge can drift. No label names a
stream, a group or a person.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from headrace.live.frames import Deflated, Format
from headrace.live.tally import Buckets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from headrace.auth.accounts import Accounts
    from headrace.live.cohort import Cohort
    from headrace.live.frames import Wire
    from headrace.live.session import Session
    from headrace.node import Connection, Node
    from headrace.publishing import Publisher

PREFIX = "headrace_"
_FORMS: dict[Wire, str] = {
    Format.JSON: "json",
    Deflated(Format.JSON): "json+deflate",
    Format.MSGPACK: "msgpack",
    Deflated(Format.MSGPACK): "msgpack+deflate",
}


class Kind(Enum):
    """What Prometheus calls the type of a metric."""

    COUNTER = CounterMetricFamily
    GAUGE = GaugeMetricFamily
    HISTOGRAM = HistogramMetricFamily


class Sources(NamedTuple):
    """The parts of a process that are asked."""

    node: Node
    publisher: Publisher
    accounts: Accounts


class Look:
    """One look at the sources; what takes a walk through all connections is done once."""

    def __init__(self, sources: Sources) -> None:
        self.node, self.publisher, self.accounts = sources
        self.hub = self.node.hub
        self.tally = self.node.tally
        self.timings = self.node.timings

    @cached_property
    def connections(self) -> dict[str, int]:
        """Connections by state."""
        counts = dict.fromkeys(("live", "catching_up", "lagging", "closing"), 0)
        for connection, session in self.node.connections.items():
            counts[_state(connection, session)] += 1
        return counts

    @cached_property
    def forms(self) -> dict[str, int]:
        """Connections by what their messages are written in."""
        counts = dict.fromkeys(_FORMS.values(), 0)
        for session in self.node.connections.values():
            counts[_FORMS[session.form]] += 1
        return counts

    @cached_property
    def unsent(self) -> list[int]:
        """Bytes that wait in each transport, the fewest first."""
        return sorted(session.edge.unsent() for session in self.node.connections.values())

    @cached_property
    def cohorts(self) -> list[Cohort]:
        """All cohorts of all streams."""
        return [cohort for stream in self.hub.streams.values() for cohort in stream.cohorts]


_Value = float | Mapping[str, float] | Buckets | Mapping[str, Buckets]


class Row(NamedTuple):
    """A metric. ``read`` answers one value, or one for each value of ``label``."""

    kind: Kind
    name: str
    help: str
    read: Callable[[Look], _Value]
    label: str | None = None

    def family(self, look: Look) -> Metric:
        """The metric with its values of now."""
        labels = () if self.label is None else (self.label,)
        family: Metric = self.kind.value(PREFIX + self.name, self.help, labels=labels)
        value = self.read(look)
        for name, one in value.items() if isinstance(value, Mapping) else (("", value),):
            _add(family, (name,) if labels else (), one)
        return family


class LiveCollector(Collector):
    """The table below as a collector."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """All metrics with their values of now."""
        look = Look(self._sources)
        for row in TABLE:
            yield row.family(look)


def _add(family: Metric, labels: tuple[str, ...], value: float | Buckets) -> None:
    if isinstance(family, HistogramMetricFamily) and isinstance(value, Buckets):
        buckets = [(_bound(bound), float(count)) for bound, count in value.cumulative()]
        family.add_metric(labels, buckets, value.total)
    elif isinstance(family, CounterMetricFamily | GaugeMetricFamily) and not isinstance(
        value, Buckets
    ):
        family.add_metric(labels, value)
    else:
        raise AssertionError(f"{family.name} is a {family.type}, but was read as something else")


def _p99(values: Sequence[int]) -> int:
    """Of values in order, the least that at most one in a hundred exceeds."""
    return values[-(-len(values) * 99 // 100) - 1] if values else 0


def _bound(bound: float) -> str:
    return "+Inf" if math.isinf(bound) else str(bound)


def _state(connection: Connection, session: Session) -> str:
    if not connection.is_open:
        return "closing"
    if session.paused:
        return "lagging"
    return "catching_up" if session.behind else "live"


TABLE: tuple[Row, ...] = (
    # What there is.
    Row(
        Kind.GAUGE,
        "connections",
        "Live connections: live ones, those that catch up, lagging ones whose transport is full, "
        "and those that close.",
        lambda look: look.connections,
        "state",
    ),
    Row(
        Kind.GAUGE,
        "connections_by_form",
        "The same by what their messages are written in, compressed (permessage-deflate) or not.",
        lambda look: look.forms,
        "form",
    ),
    Row(
        Kind.GAUGE,
        "subscriptions",
        "Subscriptions of all connections.",
        lambda look: sum(len(s.subscriptions) for s in look.node.connections.values()),
    ),
    Row(
        Kind.GAUGE,
        "readers",
        "People with at least one connection to this node.",
        lambda look: len(look.hub.readers),
    ),
    Row(
        Kind.GAUGE,
        "presence_watchers",
        "Places, one for each connection and group, from which somebody sees who is there.",
        lambda look: sum(len(one.watchers) for one in look.node.presences.rosters.values()),
    ),
    Row(
        Kind.GAUGE,
        "streams",
        "Streams that this node follows.",
        lambda look: len(look.hub.streams),
    ),
    Row(
        Kind.GAUGE,
        "cohorts",
        "Groups of connections that get the same bytes.",
        lambda look: len(look.cohorts),
    ),
    Row(
        Kind.GAUGE,
        "filters",
        "Different filters in use, the empty one included.",
        lambda look: len({cohort.filter.canonical for cohort in look.cohorts}),
    ),
    Row(
        Kind.GAUGE,
        "window_bytes",
        "Bytes of recent entries kept for all streams.",
        lambda look: sum(stream.window.size for stream in look.hub.streams.values()),
    ),
    Row(
        Kind.GAUGE,
        "unsent_bytes",
        "Bytes that wait in the transports of all connections.",
        lambda look: sum(look.unsent),
    ),
    Row(
        Kind.GAUGE,
        "unsent_bytes_max",
        "Bytes that wait in the fullest transport.",
        lambda look: max(look.unsent, default=0),
    ),
    Row(
        Kind.GAUGE,
        "unsent_bytes_p99",
        "Bytes that wait in a transport, exceeded in at most one connection of a hundred.",
        lambda look: _p99(look.unsent),
    ),
    # Coming and going.
    Row(
        Kind.COUNTER,
        "connects",
        "Connections that were let in.",
        lambda look: look.tally.opened,
    ),
    Row(
        Kind.COUNTER,
        "closes",
        "Connections that ended, by the code of whoever closed first; 1006 is without one.",
        lambda look: look.tally.closes,
        "code",
    ),
    Row(
        Kind.COUNTER,
        "rejects",
        "Handshakes refused: wrong address, foreign page, node full, node going down, too many "
        "from the address they come from; crowded ones waited too long for their turn.",
        lambda look: look.tally.rejected | {"crowded": look.node.gate.turned_away},
        "reason",
    ),
    Row(
        Kind.GAUGE,
        "admissions",
        "Handshakes and subscriptions that are being let in, and handshakes that wait for that.",
        lambda look: {"inside": look.node.gate.inside, "waiting": look.node.gate.waiting},
        "state",
    ),
    Row(
        Kind.COUNTER,
        "resumes",
        "Positions that clients went on from; others were ahead of the stream, as after a restored "
        "backup, or foreign: of a stream that is not theirs, or no longer.",
        lambda look: {
            "ok": look.tally.resumed,
            "ahead": look.tally.resumes_ahead,
            "foreign": look.tally.resumes_foreign,
        },
        "result",
    ),
    Row(
        Kind.HISTOGRAM,
        "entries_per_catch_up",
        "Entries that somebody was sent in a stream until they had caught up there.",
        lambda look: look.tally.catch_ups,
    ),
    Row(
        Kind.HISTOGRAM,
        "ping_seconds",
        "Seconds until a ping was answered.",
        lambda look: look.timings.ping,
    ),
    Row(
        Kind.GAUGE,
        "draining",
        "1 while this node is going down.",
        lambda look: int(look.node.drain.has_begun),
    ),
    Row(
        Kind.COUNTER,
        "drained",
        "Connections that were sent away because this node is going down.",
        lambda look: look.node.drain.sent_away,
    ),
    # Delivering.
    Row(
        Kind.COUNTER,
        "entries",
        "Entries that came in for the streams followed.",
        lambda look: look.tally.ingested,
    ),
    Row(
        Kind.COUNTER,
        "deliveries",
        "Entries written to connections as they happened.",
        lambda look: look.tally.deliveries,
    ),
    Row(
        Kind.COUNTER,
        "delivery_bytes",
        "Bytes of these deliveries.",
        lambda look: look.tally.bytes,
    ),
    Row(
        Kind.HISTOGRAM,
        "frames_per_write",
        "Entries that one write carried.",
        lambda look: look.tally.frames_per_write,
    ),
    Row(
        Kind.HISTOGRAM,
        "arrival_lag_seconds",
        "Seconds from an activity's publication until this node begins to fan it out, of the "
        "oldest one each time.",
        lambda look: look.timings.arrival_lag,
    ),
    Row(
        Kind.HISTOGRAM,
        "publish_lag_seconds",
        "Seconds from an activity's publication until it was written to all sockets with room, of "
        "the oldest one each time.",
        lambda look: look.timings.publish_lag,
    ),
    Row(
        Kind.HISTOGRAM,
        "fan_out_seconds",
        "Seconds that a tick's fan-out took, by how many deliveries it made at most.",
        lambda look: look.timings.fan_out,
        "audience",
    ),
    Row(
        Kind.COUNTER,
        "filter_evaluations",
        "Entries held against the filter of a cohort.",
        lambda look: look.tally.evaluations,
    ),
    Row(
        Kind.COUNTER,
        "filter_passes",
        "Entries that passed the filter of a cohort.",
        lambda look: look.tally.passed,
    ),
    # Slow readers and catching up.
    Row(
        Kind.COUNTER,
        "lag_transitions",
        "Connections whose transport became full, and those that then, or after a resume, caught "
        "up.",
        lambda look: {"lagging": look.tally.lagged, "caught_up": look.tally.caught_up},
        "to",
    ),
    Row(
        Kind.COUNTER,
        "replayed",
        "Entries written to connections that were behind.",
        lambda look: look.tally.replayed,
    ),
    Row(
        Kind.COUNTER,
        "pages",
        "Pages of the log for those behind a window: read, or shared with who asked for it before.",
        lambda look: {"read": look.node.pages.reads, "joined": look.node.pages.joined},
        "how",
    ),
    Row(
        Kind.COUNTER,
        "typing_dropped",
        "Notices that somebody writes, not written where a transport was not empty.",
        lambda look: look.tally.muted,
    ),
    Row(
        Kind.COUNTER,
        "presence_dropped",
        "Notices of who is there, put off where a transport was not empty.",
        lambda look: look.tally.presence_muted,
    ),
    Row(
        Kind.COUNTER,
        "aborts",
        "Connections cut off: revoked while bytes waited, or stalled without taking any.",
        lambda look: {
            "revoked": look.tally.revoked_aborts,
            "stalled": look.tally.stalled_aborts,
        },
        "reason",
    ),
    # Authority.
    Row(
        Kind.HISTOGRAM,
        "revocation_seconds",
        "Seconds from a revocation until it held on this node.",
        lambda look: look.timings.revocation,
    ),
    Row(
        Kind.COUNTER,
        "purged_bytes",
        "Bytes thrown away from transports with a revocation.",
        lambda look: look.tally.purged_bytes,
    ),
    Row(
        Kind.COUNTER,
        "auth_checks",
        "Credentials of requests and handshakes: looked up and good, or denied; remembered ones "
        "are looked at again together with what was asked for.",
        lambda look: look.accounts.checks,
        "result",
    ),
    Row(
        Kind.COUNTER,
        "authority_loads",
        "Times that what a person may read was asked of the log.",
        lambda look: look.node.admission.authority_loads,
    ),
    Row(
        Kind.COUNTER,
        "endings",
        "Sessions, tokens and accounts that ended: told by the bus, found in the log only, or times"
        " that everybody was sent away because nobody could look.",
        lambda look: {
            "told": look.node.endings.heard - look.node.endings.missed,
            "found": look.node.endings.missed,
            "blind": look.node.endings.blind,
        },
        "how",
    ),
    # Publishing.
    Row(
        Kind.COUNTER,
        "publishes",
        "Activities published through this node: committed, repeated, refused, or failed because "
        "the log was away.",
        lambda look: look.publisher.outcomes,
        "result",
    ),
    # Bus and relay.
    Row(
        Kind.GAUGE,
        "bus_up",
        "1 while the bus works.",
        lambda look: int(look.node.bus.is_up),
    ),
    Row(
        Kind.COUNTER,
        "bus_connects",
        "Times that the bus came, or came back.",
        lambda look: look.node.bus.counts.connects,
    ),
    Row(
        Kind.HISTOGRAM,
        "bus_away_seconds",
        "Seconds from when the bus was found to be away until this node listened everywhere again.",
        lambda look: look.timings.bus_away,
    ),
    Row(
        Kind.HISTOGRAM,
        "bus_follow_seconds",
        "Seconds until the bus had answered that it brings more streams; one where it did not.",
        lambda look: look.timings.bus_follow,
    ),
    Row(
        Kind.COUNTER,
        "bus_received",
        "Messages from the bus; unreadable ones are left out.",
        lambda look: {
            "taken": look.node.bus.counts.received - look.node.bus.counts.unreadable,
            "unreadable": look.node.bus.counts.unreadable,
        },
        "result",
    ),
    Row(
        Kind.COUNTER,
        "bus_announced",
        "Messages given to the bus, or dropped because it was away or too slow.",
        lambda look: {
            "sent": look.node.bus.counts.announced,
            "dropped": look.node.bus.counts.dropped,
        },
        "result",
    ),
    Row(
        Kind.GAUGE,
        "bus_waiting",
        "Announcements that wait for the bus.",
        lambda look: look.node.bus.waiting,
    ),
    Row(
        Kind.COUNTER,
        "bus_probes",
        "Probes sent round through the bus.",
        lambda look: look.node.bus.counts.probes,
    ),
    Row(
        Kind.COUNTER,
        "bus_probe_timeouts",
        "Probes that did not come back.",
        lambda look: look.node.bus.counts.probe_timeouts,
    ),
    Row(
        Kind.COUNTER,
        "bus_lies",
        "Times that the bus called itself up, but had not brought what the log had.",
        lambda look: look.node.relay.lies,
    ),
    Row(
        Kind.COUNTER,
        "bus_channels_moved",
        "Channels that a server of the bus no longer carried, in a cluster whose slots moved.",
        lambda look: look.node.bus.counts.moved,
    ),
    Row(
        Kind.COUNTER,
        "late_entries",
        "Entries offered that this node had already; its own come back from the bus, too.",
        lambda look: look.node.relay.late,
    ),
    Row(
        Kind.GAUGE,
        "entries_ahead",
        "Entries from the bus that wait for those before them, which are read from the log.",
        lambda look: look.node.relay.ahead,
    ),
    Row(
        Kind.COUNTER,
        "gaps",
        "Times that a stream was found incomplete, and the log asked.",
        lambda look: look.node.relay.gaps,
    ),
    Row(
        Kind.COUNTER,
        "entries_recovered",
        "Entries read from the log because the bus had not brought them.",
        lambda look: look.node.relay.recovered,
    ),
    Row(
        Kind.COUNTER,
        "head_polls",
        "Times that the heads of all streams were asked of the log.",
        lambda look: look.node.relay.polls,
    ),
    # The process.
    Row(
        Kind.HISTOGRAM,
        "loop_lag_seconds",
        "Seconds that the event loop came too late.",
        lambda look: look.timings.loop_lag,
    ),
)
