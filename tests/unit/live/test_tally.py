from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headrace.live.codes import ACCOUNT_CLOSED, CLOSE_CODES
from headrace.live.tally import Buckets, Tally, Widths
from tests.live_support import Peer, Ticks, entry, info

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_value_on_a_bound_lies_below_it() -> None:
    buckets = Buckets([1, 2])
    for value in (0.5, 1, 1.5, 2, 3):
        buckets.observe(value)
    assert list(buckets.cumulative()) == [(1, 2), (2, 4), (float("inf"), 5)]
    assert buckets.total == 8


@pytest.mark.parametrize(
    ("frames", "bound"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (1_024, 1_024), (1_025, None)]
)
def test_a_width_lies_in_the_bucket_of_the_next_power_of_two(
    frames: int, bound: float | None
) -> None:
    widths = Widths()
    widths.add(frames, 3)
    assert widths.total == 3 * frames
    reached = next(upto for upto, count in widths.cumulative() if count)
    assert reached == (float("inf") if bound is None else bound)


def test_codes_that_clients_make_up_count_as_one() -> None:
    tally = Tally()
    for code in (1000, 4999, 3123, 4200):
        tally.closed(code)
    assert {code: n for code, n in tally.closes.items() if n} == {
        "1000": 1,
        "4200": 1,
        "other": 2,
    }
    assert {str(code.code) for code in CLOSE_CODES} < set(tally.closes)


def test_a_fan_out_is_counted_by_what_was_written() -> None:
    hub = Ticks().hub()
    stream = hub.open(info())
    everything, more, picky = Peer(hub), Peer(hub, "lea-id"), Peer(hub, "ben-id")
    everything.subscribe(stream)
    more.subscribe(stream)
    picky.subscribe(stream, only="tag:a")
    written: list[int] = []
    for peer in (everything, more, picky):
        peer.session.write = _measured(peer, written)
    for seq, tags in [(1, ()), (2, ("a",)), (3, ())]:
        hub.ingest(entry(seq, tags=tags))
    hub.flush()
    tally = hub.tally
    assert tally.ingested == 3
    assert tally.evaluations == 4, "the picky one is only asked about the tag"
    assert tally.passed == 4
    assert tally.deliveries == 7
    assert tally.bytes == sum(written)
    assert tally.frames_per_write.total == 7
    assert list(tally.frames_per_write.cumulative())[:3] == [(1, 1), (2, 1), (4, 3)]


def _measured(peer: Peer, written: list[int]) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        written.append(len(data))
        peer.write(data)

    return write


def test_lagging_and_catching_up_are_counted_once_each() -> None:
    hub = Ticks().hub()
    streams = [hub.open(info("s")), hub.open(info("t"))]
    peer = Peer(hub)
    peer.subscribe(*streams)
    hub.full(peer.session)
    for name in ("s", "t"):
        hub.ingest(entry(1, name))
    hub.flush()
    assert (hub.tally.lagged, hub.tally.caught_up, hub.tally.deliveries) == (1, 0, 0)
    peer.drain()
    assert peer.session.catch_up(10_000) is None
    assert (hub.tally.lagged, hub.tally.caught_up, hub.tally.replayed) == (1, 1, 2)


def test_what_a_revocation_threw_away_is_counted() -> None:
    hub = Ticks().hub()
    stream = hub.open(info())
    full, idle = Peer(hub), Peer(hub)
    for peer in (full, idle):
        peer.subscribe(stream)
    full.waiting_bytes = 500
    hub.ingest(entry(1, revoked=("jonas-id",)))
    assert (hub.tally.revoked_aborts, hub.tally.purged_bytes) == (1, 500)


def test_a_connection_that_loses_several_streams_is_cut_off_once() -> None:
    hub = Ticks().hub()
    streams = [hub.open(info(name)) for name in ("one", "two", "three")]
    peer = Peer(hub)
    for number, stream in enumerate(streams):
        peer.subscribe(stream, ref=str(number))
    peer.waiting_bytes = 500
    for stream in streams:
        hub.ingest(entry(1, stream=stream.name, revoked=("jonas-id",)))
    hub.end(peer.session, ACCOUNT_CLOSED)
    assert (hub.tally.revoked_aborts, hub.tally.purged_bytes) == (1, 500)


@pytest.mark.parametrize("slices", [100_000, 1], ids=["at once", "entry by entry"])
@pytest.mark.parametrize(("position", "sent"), [(4, 1), (3, 1), (2, 2), (0, 3)])
def test_a_catch_up_is_as_long_as_what_was_sent_in_it(
    position: int, sent: int, slices: int
) -> None:
    hub = Ticks().hub()
    stream = hub.open(info())
    for seq in range(1, 6):
        hub.ingest(entry(seq, tags=("a",) if seq % 2 else ("b",)))
    hub.flush()
    peer = Peer(hub)
    peer.subscribe(stream, only="tag:a", positions={"s": position})
    while peer.session.can_catch_up:
        peer.session.catch_up(slices)
    assert hub.tally.replayed == sent
    assert (sum(hub.tally.catch_ups.counts), hub.tally.catch_ups.total) == (1, sent)


def test_a_notice_of_writing_is_the_first_to_go_where_there_is_no_room() -> None:
    hub = Ticks().hub()
    stream = hub.open(info())
    full, idle = Peer(hub), Peer(hub, "lea-id")
    for peer in (full, idle):
        peer.subscribe(stream)
    full.waiting_bytes = 1
    hub.whisper(stream, "mia-id", "mia")
    assert hub.tally.muted == 1
    assert len(idle.messages) == len(full.messages) + 1


def test_what_waits_for_the_tick_is_known_by_its_oldest() -> None:
    hub = Ticks().hub(window_bytes=4_096)
    for name in ("s", "t"):
        hub.open(info(name))
    for seq in (1, 2):
        hub.ingest(entry(seq, "s"))
    assert [(one.stream, one.seq) for one in hub.waiting()] == [("s", 1)]
    for seq in range(1, 100):
        hub.ingest(entry(seq, "t"))
    floor = hub.streams["t"].window.floor
    assert floor > 0, "more came in than the window keeps"
    assert [(one.stream, one.seq) for one in hub.waiting()] == [("s", 1), ("t", floor + 1)]
    while hub._dirty:
        hub.flush()
    assert list(hub.waiting()) == []
