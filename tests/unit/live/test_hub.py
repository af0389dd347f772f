from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headrace.live.codes import ACCOUNT_CLOSED
from headrace.live.frames import Broadcast, Format
from headrace.live.messages import (
    ActivityMessage,
    CaughtUp,
    Checkpoint,
    Granted,
    Revoked,
    Subscribed,
    Typed,
)
from headrace.live.session import Subscription
from headrace.live.spread import Spread
from headrace.model.filters import parse
from tests.live_support import Peer, Ticks, entry, info

if TYPE_CHECKING:
    from collections.abc import Collection

    from headrace.live.hub import Hub
    from headrace.live.session import Session


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def test_a_burst_within_a_tick_is_one_write_per_connection(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream)
    writes = peer.writes
    for seq in range(1, 9):
        hub.ingest(entry(seq))
    assert peer.writes == writes, "nothing goes out before the tick"
    assert ticks.dirty == 1, "one tick is asked for, not eight"
    hub.flush()
    assert peer.writes == writes + 1
    assert peer.numbers == list(range(1, 9))


def test_an_entry_that_is_not_the_next_stops_the_node_loudly(ticks: Ticks) -> None:
    hub = ticks.hub()
    hub.open(info(head=4))
    with pytest.raises(AssertionError, match="number 6 follows 4"):
        hub.ingest(entry(6))


def test_readers_of_one_view_share_the_bytes(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    first, second = Peer(hub), Peer(hub, "lea-id")
    written: list[bytes] = []
    for peer in (first, second):
        peer.subscribe(stream, only="tag:a")
        peer.session.write = written.append
    hub.ingest(entry(1, tags=("a",)))
    hub.flush()
    assert written[0] is written[1]


def test_what_is_alike_for_several_filters_goes_out_at_once() -> None:
    sent: list[tuple[list[Session], bytes]] = []

    class Kept(Spread):
        def to_sessions(self, sessions: Collection[Session], data: bytes) -> None:
            sent.append((list(sessions), data))

    hub = Ticks().hub(spread=Kept())
    stream = hub.open(info())
    peers = [Peer(hub, f"person-{n}") for n in range(4)]
    for peer, only in zip(peers, ("tag:a", "tag:a,b", "", "tag:c"), strict=True):
        peer.subscribe(stream, only=only)
    first, second, all_of_it, _ = (peer.session for peer in peers)
    hub.ingest(entry(1, tags=("a",)))
    hub.flush()
    assert [set(sessions) for sessions, _ in sent] == [{first, second, all_of_it}]
    hub.ingest(entry(2))
    hub.flush()
    hub.ingest(entry(3, tags=("a",)))
    hub.flush()
    apart = {frozenset(sessions): data for sessions, data in sent[2:]}
    assert set(apart) == {frozenset({first, second}), frozenset({all_of_it})}
    assert len(set(apart.values())) == 2, "they were told of different numbers last"


def test_formats_differ_and_say_the_same(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    texts, packs = Peer(hub), Peer(hub, "lea-id", Format.MSGPACK)
    for peer in (texts, packs):
        peer.subscribe(stream)
    hub.ingest(entry(1))
    hub.flush()
    assert texts.of(ActivityMessage) == packs.of(ActivityMessage)


def test_a_newcomer_starts_after_what_waits_for_the_tick(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    early, late = Peer(hub), Peer(hub, "lea-id")
    early.subscribe(stream)
    hub.ingest(entry(1))
    late.subscribe(stream)
    hub.ingest(entry(2))
    hub.flush()
    assert early.numbers == [1, 2]
    assert late.remembered["s"] == 2
    assert late.numbers == [2]


def test_prev_names_the_number_before_in_a_filtered_view(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info(head=10))
    peer = Peer(hub)
    peer.subscribe(stream, only="tag:a")
    for seq, tags in [(11, ("a",)), (12, ()), (13, ("a",)), (14, ("a",))]:
        hub.ingest(entry(seq, tags=tags))
        hub.flush()
    told = [(m.seq, m.prev) for m in peer.messages if isinstance(m, ActivityMessage)]
    assert told == [(11, None), (13, 11), (14, None)]


def test_a_checkpoint_tells_a_picky_reader_where_the_stream_is(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    picky, other = Peer(hub), Peer(hub, "lea-id")
    picky.subscribe(stream, only="tag:a")
    other.subscribe(stream)
    for seq in (1, 2):
        hub.ingest(entry(seq))
    hub.flush()
    hub.checkpoint()
    hub.checkpoint()
    assert picky.of(Checkpoint) == [Checkpoint(streams={"s": 2})], "once, not at every turn"
    assert other.of(Checkpoint) == [], "who got the entries knows"
    hub.ingest(entry(3, tags=("a",)))
    hub.flush()
    assert picky.numbers == [3]


def test_a_checkpoint_tells_of_every_stream_that_has_moved(ticks: Ticks) -> None:
    hub = ticks.hub()
    moved, other, still = (hub.open(info(name)) for name in ("s", "t", "u"))
    picky = Peer(hub)
    picky.subscribe(moved, other, still, only="tag:a")
    for name in ("s", "t"):
        hub.ingest(entry(1, name))
    hub.flush()
    hub.checkpoint()
    assert picky.of(Checkpoint) == [Checkpoint(streams={name: 1}) for name in ("s", "t")]


def test_who_comes_back_after_the_checkpoints_is_told_on_its_own(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    slow = Peer(hub)
    slow.subscribe(stream, only="tag:a")
    hub.full(slow.session)
    hub.ingest(entry(1))
    hub.flush()
    hub.checkpoint()
    assert slow.of(Checkpoint) == []
    slow.drain()
    slow.session.catch_up(1_000)
    hub.checkpoint()
    assert slow.of(Checkpoint) == [Checkpoint(streams={"s": 1})]


# Revocation


def test_a_revocation_withholds_what_waits_for_the_tick(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    jonas, lea = Peer(hub), Peer(hub, "lea-id")
    jonas.subscribe(stream)
    lea.subscribe(stream)
    hub.ingest(entry(1))
    hub.ingest(entry(2, revoked=("jonas-id",)))
    hub.flush()
    assert jonas.numbers == []
    assert jonas.of(Revoked) == [Revoked(stream="s", group="qm", reason="revoked")]
    assert lea.numbers == [1, 2]


def test_every_tab_of_a_revoked_person_is_cut_off(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    tabs = [Peer(hub) for _ in range(3)]
    for tab in tabs:
        tab.subscribe(stream)
    hub.ingest(entry(1, revoked=("jonas-id",)))
    hub.ingest(entry(2))
    hub.flush()
    assert [tab.numbers for tab in tabs] == [[], [], []]
    assert all(tab.of(Revoked) for tab in tabs)


def test_bytes_that_wait_in_a_transport_are_aborted_with_the_revocation(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream)
    peer.waiting_bytes = 500
    hub.ingest(entry(1, revoked=("jonas-id",)))
    hub.flush()
    assert peer.aborted


def test_a_lagging_reader_who_is_revoked_does_not_catch_up(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream)
    hub.full(peer.session)
    for seq in (1, 2):
        hub.ingest(entry(seq))
    hub.flush()
    hub.ingest(entry(3, revoked=("jonas-id",)))
    hub.flush()
    peer.drain()
    peer.session.catch_up(10_000)
    assert peer.numbers == []
    assert peer.session.behind is None


def test_a_page_read_before_a_revocation_is_dropped_after_it(ticks: Ticks) -> None:
    hub = ticks.hub(window_bytes=1)
    stream = hub.open(info(head=10))
    peer = Peer(hub)
    peer.subscribe(stream, positions={"s": 2})
    page = peer.session.catch_up(10_000)
    assert page is not None
    hub.ingest(entry(11, revoked=("jonas-id",)))
    peer.session.deliver(page.cohort, [Broadcast(entry(3))])
    assert peer.numbers == []


def test_who_leaves_is_told_so(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream)
    leave = msgspec.structs.replace(entry(1).activity, type="Leave")
    hub.ingest(entry(1, activity=leave, revoked=("jonas-id",)))
    assert peer.of(Revoked) == [Revoked(stream="s", group="qm", reason="left")]


def test_what_came_through_a_lost_stream_is_withheld_from_the_inbox(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    inbox = hub.open(info("inbox-of-jonas-id", group=None))
    peer = Peer(hub)
    peer.subscribe(stream, inbox, inbox=True)
    hub.full(peer.session)
    hub.ingest(entry(1, "inbox-of-jonas-id", via="s"))
    hub.ingest(entry(1, revoked=("jonas-id",)))
    hub.ingest(entry(2, "inbox-of-jonas-id", via="s"))
    hub.flush()
    peer.drain()
    peer.session.catch_up(10_000)
    got = [m.activity for m in peer.messages if isinstance(m, ActivityMessage)]
    assert [(one.type, one.content) for one in got] == [("Tombstone", None), ("Tombstone", None)]
    assert ticks.rewritten == ["inbox-of-jonas-id"]


def test_revoked_since_knows_what_came_after_a_snapshot(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info(head=5))
    hub.ingest(entry(6, revoked=("jonas-id", "lea-id")))
    hub.ingest(entry(7, granted=("lea-id",)))
    assert hub.revoked_since("jonas-id", stream, 5) is True
    assert hub.revoked_since("lea-id", stream, 5) is None, "from which number on, the log knows"
    assert hub.revoked_since("lea-id", stream, 6) is False
    assert hub.revoked_since("jonas-id", stream, 6) is False
    assert hub.revoked_since("jonas-id", stream, 4) is None, "below the floor nothing is known"


def test_a_closed_account_loses_its_connections(ticks: Ticks) -> None:
    hub = ticks.hub()
    hub.open(info("inbox-of-jonas-id", group=None))
    jonas, lea = Peer(hub), Peer(hub, "lea-id")
    hub.ingest(entry(1, "inbox-of-jonas-id", granted=("jonas-id",), ended=True))
    assert jonas.closed is ACCOUNT_CLOSED
    assert lea.closed is None


# Grants


def test_a_grant_asks_for_the_persons_authority_to_be_read_again(ticks: Ticks) -> None:
    hub = ticks.hub()
    hub.open(info("inbox-of-jonas-id", group=None))
    Peer(hub)
    hub.ingest(entry(1, "inbox-of-jonas-id", granted=("jonas-id",)))
    assert ticks.stale == ["jonas-id"]


def test_a_granted_stream_joins_the_subscription_that_wants_it(ticks: Ticks) -> None:
    hub = ticks.hub()
    first = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(first)
    later = hub.open(info("t", head=7, group="sales"))
    hub.grant(peer.session, later)
    hub.grant(peer.session, later)
    assert peer.of(Granted) == [Granted(stream="t", group="sales", level="internal", head=7)]
    hub.ingest(entry(8, "t"))
    hub.flush()
    assert peer.seen["t"] == [8]


def test_what_was_lost_and_granted_again_is_shown_again(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream)
    hub.ingest(entry(1, revoked=("jonas-id",)))
    hub.ingest(entry(2, granted=("jonas-id",)))
    hub.grant(peer.session, stream)
    hub.ingest(entry(3))
    hub.flush()
    assert peer.numbers == [3]
    assert peer.session.reader.lost == frozenset()


# Slow readers


def test_a_full_transport_gets_nothing_more_and_costs_no_memory(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    slow, fast = Peer(hub), Peer(hub, "lea-id")
    slow.subscribe(stream)
    fast.subscribe(stream)
    slow.full_after = 1
    for seq in range(1, 20):
        hub.ingest(entry(seq))
        hub.flush()
    assert slow.numbers == [1]
    assert fast.numbers == list(range(1, 20))
    assert len(slow.session.behind or {}) == 1, "one cursor, whatever it misses"
    slow.drain()
    slow.session.catch_up(100_000)
    assert slow.numbers == list(range(1, 20))
    assert slow.of(CaughtUp) == [CaughtUp(id="1")]


def test_a_lagging_picky_reader_is_told_the_right_prev(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream, only="tag:a")
    hub.ingest(entry(1, tags=("a",)))
    hub.ingest(entry(2))
    hub.flush()
    hub.full(peer.session)
    hub.ingest(entry(3, tags=("a",)))
    hub.ingest(entry(4))
    hub.flush()
    peer.drain()
    peer.session.catch_up(100_000)
    assert peer.numbers == [1, 3], "the peer asserts that prev is not above what it knows"
    assert peer.remembered["s"] == 4, "and is told the present position at the end"


def test_catching_up_stops_when_the_transport_fills_again(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    for seq in range(1, 11):
        hub.ingest(entry(seq))
    hub.flush()
    peer = Peer(hub)
    peer.subscribe(stream, positions={"s": 0})
    peer.full_after = 1
    peer.session.catch_up(700)
    assert peer.session.paused
    assert 0 < len(peer.numbers) < 10
    peer.drain()
    while peer.session.can_catch_up:
        peer.session.catch_up(700)
    assert peer.numbers == list(range(1, 11))


def test_what_the_node_has_not_sent_yet_does_not_come_with_a_page(ticks: Ticks) -> None:
    hub = ticks.hub(window_bytes=1)
    stream = hub.open(info(head=3))
    peer = Peer(hub)
    peer.subscribe(stream, positions={"s": 1})
    page = peer.session.catch_up(10_000)
    assert page is not None
    hub.ingest(entry(4))
    peer.session.deliver(page.cohort, [Broadcast(entry(seq)) for seq in (2, 3, 4)])
    hub.flush()
    assert peer.numbers == [2, 3, 4], "and number 4 once, with the tick"


def test_more_than_the_window_within_a_tick_is_read_from_the_log(ticks: Ticks) -> None:
    hub = ticks.hub(window_bytes=600)
    stream = hub.open(info())
    peer = Peer(hub)
    peer.subscribe(stream)
    for seq in range(1, 8):
        hub.ingest(entry(seq))
    hub.flush()
    page = peer.session.catch_up(10_000)
    assert page is not None
    assert page.after == 0
    peer.session.deliver(page.cohort, [Broadcast(entry(seq)) for seq in range(1, 8)])
    assert peer.numbers == list(range(1, 8))


# Positions


@pytest.mark.parametrize(
    ("position", "expected"),
    [(0, [1, 2, 3, 4, 5]), (3, [4, 5]), (4, [5]), (5, [])],
    ids=["from the beginning", "in the middle", "one behind", "at the head"],
)
def test_a_resume_brings_what_follows_the_position(
    ticks: Ticks, position: int, expected: list[int]
) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    for seq in range(1, 6):
        hub.ingest(entry(seq))
    hub.flush()
    peer = Peer(hub)
    peer.subscribe(stream, positions={"s": position})
    peer.session.catch_up(100_000)
    assert peer.numbers == expected
    assert peer.of(CaughtUp) == [CaughtUp(id="1")]


def test_a_second_resume_does_not_replay_the_first(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    for seq in (1, 2):
        hub.ingest(entry(seq))
    hub.flush()
    first = Peer(hub)
    first.subscribe(stream, positions={"s": 0})
    first.session.catch_up(100_000)
    hub.depart(first.session)
    second = Peer(hub)
    second.subscribe(stream, positions=dict(first.remembered))
    second.session.catch_up(100_000)
    assert second.numbers == []


def test_a_position_is_known_before_anything_was_received(ticks: Ticks) -> None:
    hub = ticks.hub()
    peer = Peer(hub)
    peer.subscribe(hub.open(info(head=41)))
    (answer,) = peer.of(Subscribed)
    assert isinstance(answer, Subscribed)
    assert answer.streams["s"].head == 41


def who_looks_closer(hub: Hub) -> Peer:
    """Somebody who follows all of a stream, and then part of it with another subscription."""
    stream, peer = hub.open(info()), Peer(hub)
    peer.subscribe(stream, ref="home")
    peer.subscribe(stream, ref="narrow", only="tag:a")
    return peer


def test_a_later_subscription_takes_a_stream_over(ticks: Ticks) -> None:
    hub = ticks.hub()
    peer = who_looks_closer(hub)
    hub.ingest(entry(1))
    hub.ingest(entry(2, tags=("a",)))
    hub.flush()
    assert peer.numbers == [2]


def test_what_a_subscription_took_over_goes_back_when_it_ends(ticks: Ticks) -> None:
    hub = ticks.hub()
    peer = who_looks_closer(hub)
    hub.ingest(entry(1))
    assert hub.unsubscribe(peer.session, "narrow")
    hub.ingest(entry(2))
    hub.flush()
    assert peer.of(Granted) == [Granted(stream="s", group="qm", level="internal", head=1)]
    assert peer.numbers == [2]
    assert hub.unsubscribe(peer.session, "home")
    assert not hub.unsubscribe(peer.session, "home")
    assert len(peer.of(Granted)) == 1


def test_an_inbox_that_was_taken_over_goes_back_too(ticks: Ticks) -> None:
    hub = ticks.hub()
    inbox = hub.open(info("i", group=None))
    peer = Peer(hub)
    peer.subscribe(inbox, ref="home", inbox=True)
    peer.subscribe(inbox, ref="other", inbox=True)
    assert hub.unsubscribe(peer.session, "other")
    hub.ingest(entry(1, "i"))
    hub.flush()
    assert peer.of(Granted) == [Granted(stream="i", group=None, level=None, head=0)]
    assert peer.seen == {"i": [1]}


def test_a_subscription_that_is_replaced_gives_back_what_it_no_longer_wants(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream, other = hub.open(info()), hub.open(info("t", group="sales"))
    peer = Peer(hub)
    peer.subscribe(stream, other, ref="home")
    for groups, wanted in (("qm", "sales"), [stream, other]), (("qm",), [stream]):
        narrow = Subscription("narrow", groups, parse("tag:a"), inbox=False)
        hub.subscribe(peer.session, narrow, wanted, {})
    hub.ingest(entry(1))
    hub.ingest(entry(1, "t"))
    hub.flush()
    assert [message.stream for message in peer.of(Granted) if isinstance(message, Granted)] == ["t"]
    assert peer.seen == {"t": [1]}


def test_who_resumes_is_told_that_nothing_is_missing_even_if_there_is_no_stream(
    ticks: Ticks,
) -> None:
    peer = Peer(ticks.hub())
    peer.subscribe(positions={})
    assert peer.of(CaughtUp) == [CaughtUp(id="1")]


# What is deleted, who writes, and the end


def test_a_deletion_leaves_nothing_of_the_text_in_the_window(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    hub.ingest(entry(1))
    delete = entry(2)
    gone = type(delete.activity)(
        id="d",
        type="Delete",
        actor=delete.activity.actor,
        level="internal",
        published=delete.activity.published,
        object="activity-1",
    )
    hub.ingest(entry(2, activity=gone))
    hub.flush()
    peer = Peer(hub)
    peer.subscribe(stream, positions={"s": 0})
    peer.session.catch_up(100_000)
    first, second = [m.activity for m in peer.messages if isinstance(m, ActivityMessage)]
    assert (first.type, first.content, second.type) == ("Tombstone", None, "Delete")


def test_writing_is_told_to_others_who_have_room(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    writer, reader, busy = Peer(hub), Peer(hub, "lea-id"), Peer(hub, "max-id")
    for peer in (writer, reader, busy):
        peer.subscribe(stream)
    busy.waiting_bytes = 10
    hub.whisper(stream, "jonas-id", "jonas")
    assert reader.of(Typed) == [Typed(group="qm", handle="jonas")]
    assert writer.of(Typed) == []
    assert busy.of(Typed) == []


def test_after_everybody_has_gone_nothing_is_left(ticks: Ticks) -> None:
    hub = ticks.hub()
    stream = hub.open(info())
    peers = [Peer(hub, f"p{number}") for number in range(5)]
    for number, peer in enumerate(peers):
        peer.subscribe(stream, only=f"tag:t{number}")
        hub.full(peer.session)
    for peer in peers:
        hub.depart(peer.session)
    assert hub.readers == {}
    assert stream.is_idle
    hub.close_stream("s")
    assert hub.streams == {}
