"""Who is slow keeps their place."""

from __future__ import annotations

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
