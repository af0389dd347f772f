"""Who is slow keeps their place."""

from __future__ import annotations

from headrace.live.frames import Broadcast
from tests.live_support import Peer, Ticks, entry, info


def test_a_cohort_waits_for_its_slow_member_after_the_last_quick_one_has_gone() -> None:
    hub = Ticks().hub()
    stream = hub.open(info())
    slow, quick = Peer(hub), Peer(hub, "lea-id")
    for peer in (slow, quick):
        peer.subscribe(stream, only="-tag:a")
    hub.full(slow.session)
    hub.depart(quick.session)
    hub.ingest(entry(1))
    hub.flush()
    slow.drain()
    slow.session.catch_up(10_000)
    hub.ingest(entry(2))
    hub.flush()
    assert slow.numbers == [1, 2]


def test_who_goes_back_while_a_page_is_read_misses_nothing_before_it() -> None:
    hub = Ticks().hub()
    stream = hub.open(info(head=4))
    peer, other = Peer(hub), Peer(hub, "lea-id")
    other.subscribe(stream)  # keeps the cohort there
    peer.subscribe(stream, positions={"s": 2})
    late = peer.session.catch_up(10_000)
    peer.remembered.clear()
    peer.subscribe(stream, positions={"s": 0})
    again = peer.session.catch_up(10_000)
    assert late is not None
    assert again is not None
    assert (late.after, again.after) == (2, 0)
    for page in (late, again):
        entries = [Broadcast(entry(seq)) for seq in range(page.after + 1, 5)]
        peer.session.deliver(page.cohort, entries)
    assert peer.numbers == [1, 2, 3, 4]
