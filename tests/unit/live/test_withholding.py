"""What an inbox shows of streams that its reader has lost, and of those gained again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headrace.live.frames import Broadcast
from headrace.live.messages import ActivityMessage
from headrace.live.window import Window
from headrace.model.entries import Authority
from tests.live_support import Peer, Ticks, entry, info

if TYPE_CHECKING:
    from headrace.model.activities import Activity

INBOX = "inbox-of-jonas-id"


def shown(peer: Peer) -> list[ActivityMessage]:
    return [message for message in peer.messages if isinstance(message, ActivityMessage)]


def contents(peer: Peer) -> list[str | None]:
    return [message.activity.content for message in shown(peer)]


def deletion_of(gone: str) -> Activity:
    said = entry(1).activity
    return msgspec.structs.replace(said, id="deletion", type="Delete", object=gone, content=None)


def authority(*streams: str, inbox_head: int) -> Authority:
    return Authority(
        person="jonas-id",
        handle="jonas",
        active=True,
        inbox=info(INBOX, inbox_head, group=None),
        streams=tuple(info(name) for name in streams),
    )


@pytest.mark.parametrize("which", [1, 2, 3])
def test_every_entry_of_a_window_can_lose_its_content(which: int) -> None:
    window = Window(0, 100_000)
    for seq in (1, 2, 3):
        window.append(Broadcast(entry(seq)))
    window.replace(lambda item: item.entry.seq == which)
    gone = [i.entry.seq for i in window.after(0, 100_000) if i.entry.activity.content is None]
    assert gone == [which]


def test_a_stream_gained_again_shows_what_comes_through_it() -> None:
    hub = Ticks().hub()
    hub.open(info())
    peer = Peer(hub)
    peer.subscribe(hub.open(info(INBOX, group=None)), inbox=True)
    hub.ingest(entry(1, revoked=("jonas-id",)))
    hub.ingest(entry(2, granted=("jonas-id",)))
    hub.ingest(entry(1, INBOX, via="s"))
    hub.flush()
    assert contents(peer) == ["number 1"]


def test_a_deletion_is_kept_from_those_who_come_back_to_their_inbox_in_a_moment() -> None:
    """The inbox is followed still, while nobody is connected."""
    hub = Ticks().hub()
    inbox = hub.open(info(INBOX, group=None))  # and not the stream that it came from
    hub.ingest(entry(1, INBOX, via="s"))
    hub.ingest(entry(2, INBOX, via="s", activity=deletion_of("activity-1")))
    hub.flush()
    peer = Peer(hub)
    peer.subscribe(inbox, inbox=True, positions={INBOX: 0})
    peer.session.catch_up(100_000)
    assert [(m.activity.type, m.activity.content) for m in shown(peer)] == [
        ("Tombstone", None),
        ("Delete", None),
    ]


def test_the_log_tells_of_losses_that_this_node_did_not_see() -> None:
    hub = Ticks().hub()
    inbox = hub.open(info(INBOX, group=None))
    for seq, via in [(1, "s"), (2, "t")]:
        hub.ingest(entry(seq, INBOX, via=via))
    hub.flush()
    peer = Peer(hub)
    hub.learn(peer.session.reader, authority("t", inbox_head=2))
    peer.subscribe(inbox, inbox=True, positions={INBOX: 0})
    peer.session.catch_up(10_000)
    assert contents(peer) == [None, "number 2"]


def test_an_older_answer_of_the_log_does_not_undo_a_newer_one() -> None:
    hub = Ticks().hub()
    hub.open(info(INBOX, group=None))
    reader = Peer(hub).session.reader
    hub.learn(reader, authority("t", inbox_head=2))
    hub.learn(reader, authority("s", "t", inbox_head=1))
    assert reader.withholds(entry(1, INBOX, via="s"))
    assert not reader.withholds(entry(1, INBOX, via="t"))


def test_what_came_after_the_answer_is_shown() -> None:
    """Whoever wrote it has asked the log, under its lock, who reads the stream."""
    hub = Ticks().hub()
    hub.open(info(INBOX, group=None))
    reader = Peer(hub).session.reader
    hub.learn(reader, authority(inbox_head=2))
    assert not reader.withholds(entry(3, INBOX, via="s"))


def test_a_page_read_before_a_loss_says_nothing_after_it() -> None:
    hub = Ticks().hub(window_bytes=1)
    stream = hub.open(info())
    inbox = hub.open(info(INBOX, 9, group=None))
    peer = Peer(hub)
    peer.subscribe(stream)
    peer.subscribe(inbox, ref="2", inbox=True, positions={INBOX: 7})
    page = peer.session.catch_up(10_000)
    assert page is not None
    hub.ingest(entry(1, revoked=("jonas-id",)))
    items = [Broadcast(entry(seq, INBOX, via="s")) for seq in (8, 9)]
    peer.session.deliver(page.cohort, items)
    assert contents(peer) == [None, None]
