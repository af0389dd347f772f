"""Failures that comparable servers had, as far as they can be had without sockets and engines.

The numbers are those of the list of delivery cases; tests/test_delivery_cases.py says where each
of them is tested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headrace.live.codes import UNAVAILABLE
from headrace.live.frames import Broadcast, Format
from headrace.live.messages import ActivityMessage, CaughtUp, Checkpoint, ErrorMessage
from tests.live_support import Peer, Ticks, entry, info
from tests.model.world import inbox_of

if TYPE_CHECKING:
    from tests.model.clients import Client, Connection
    from tests.model.test_whole import Whole


def publish_and_bring(whole: Whole, count: int, tags: tuple[str, ...] = (), node: int = 0) -> None:
    for _ in range(count):
        whole.publish("s", [tags], None)
        whole.bring(node, 1)
        whole.tick(node)


def connected(client: Client) -> Connection:
    assert client.connection is not None
    return client.connection


def test_t02_entries_that_come_with_two_pages_are_sent_once() -> None:
    hub = Ticks().hub(window_bytes=1)
    stream = hub.open(info(head=9))
    peer = Peer(hub)
    peer.subscribe(stream, positions={"s": 2})
    page = peer.session.catch_up(10_000)
    assert page is not None
    items = [Broadcast(entry(seq)) for seq in (3, 4, 5)]
    peer.session.deliver(page.cohort, items[:2])
    peer.session.deliver(page.cohort, items)
    assert peer.numbers == [3, 4, 5]


@pytest.mark.parametrize("beside", [-2, -1, 0, 1], ids=["two below", "one below", "at", "above"])
def test_t06_at_the_windows_floor_a_position_resumes_exactly(whole: Whole, beside: int) -> None:
    client = whole.clients[0]
    publish_and_bring(whole, 40)
    whole.cut(0)
    window = whole.nodes[0].hub.streams["s"].window
    assert window.floor > 2
    client.positions["s"] = client.since["s"] = window.floor + beside
    client.seen["s"] = []
    whole.calm_down()
    assert client.seen["s"] == list(range(window.floor + beside + 1, window.top + 1))


@pytest.mark.parametrize("beside", [0, 1], ids=["at the top", "one above the top"])
def test_t06_a_position_at_the_top_is_good_and_one_above_it_is_unknown(
    whole: Whole, beside: int
) -> None:
    client = whole.clients[0]
    publish_and_bring(whole, 5)
    whole.cut(0)
    client.positions["s"] = 5 + beside
    whole.connect(0, 0, Format.JSON)
    whole.loop.step(20)
    errors = connected(client).of(ErrorMessage)
    assert [getattr(error, "stream", None) for error in errors] == ["s"] * beside
    assert connected(client).numbers == []
    client._forget("s")
    whole.cut(0)


def test_t07_after_a_restored_backup_a_position_of_the_lost_time_is_unknown(whole: Whole) -> None:
    client = whole.clients[0]
    publish_and_bring(whole, 9)
    assert client.positions["s"] == 9
    del whole.world.log["s"][4:]
    whole.kill_node(0)
    whole.kill_node(1)
    whole.connect(0, 0, Format.JSON)
    whole.loop.step(20)
    (error,) = connected(client).of(ErrorMessage)
    assert isinstance(error, ErrorMessage)
    assert (error.code, error.stream) == ("position_unknown", "s")
    whole.cut(0)
    for other in whole.clients:
        other._forget("s")  # they are told of the new history by its epoch
    whole.calm_down()
    publish_and_bring(whole, 1)
    whole.calm_down()


@pytest.mark.parametrize("turns", range(10))
def test_t11_who_is_revoked_while_the_log_is_asked_is_not_let_in(whole: Whole, turns: int) -> None:
    """Each turn of the loop is another place at which the revocation may come."""
    client = whole.clients[4]
    whole.change_while_arriving(which=4, node=0, stream="s", turns=turns, loss=0)
    assert not whole.world.reads("cleo", "s")
    whole.bring(0, 99)
    whole.loop.step(20)
    publish_and_bring(whole, 3, ("a",))
    assert "s" not in {cohort.stream.name for cohort in connected(client).session.cohorts()}
    whole.calm_down()


def test_t15_a_revocation_that_the_bus_lost_is_found_by_the_poll(whole: Whole) -> None:
    whole.revoke("s", "ada")
    for node in (0, 1):
        whole.lose(node, 0, 9)
    whole.wait(20.0)
    whole.loop.step(20)
    for number in (0, 1):
        followed = {c.stream.name for c in connected(whole.clients[number]).session.cohorts()}
        assert followed == {"t", inbox_of("ada")}


def test_t16_without_the_log_a_change_of_authority_closes_the_connection(whole: Whole) -> None:
    connection = connected(whole.clients[0])
    whole.hold_the_log(away=True)
    whole.grant("u", "ada")
    whole.bring(0, 9)
    whole.loop.step(20)
    assert connection.closed is UNAVAILABLE
    whole.calm_down()


def test_t23_the_position_of_a_picky_reader_does_not_age(whole: Whole) -> None:
    """Ten windows of what does not pass, and the resume reads nothing again."""
    client = whole.clients[1]
    assert client.only == "tag:a"
    publish_and_bring(whole, 60, ("b",), node=1)
    whole.checkpoint(1)
    node = whole.nodes[1]
    assert client.positions["s"] == node.hub.streams["s"].window.top == 60
    whole.cut(1)
    reads = node.pages.reads
    whole.calm_down()
    assert node.pages.reads == reads


@pytest.mark.parametrize("form", list(Format))
def test_t24_a_resume_of_which_nothing_passes_ends_with_the_position(form: Format) -> None:
    hub = Ticks().hub()
    stream = hub.open(info())
    for seq in range(1, 5):
        hub.ingest(entry(seq, tags=("b",)))
    peer = Peer(hub, form=form)
    peer.subscribe(stream, only="tag:a", positions={"s": 1})
    peer.session.catch_up(10_000)
    assert peer.of(ActivityMessage) == []
    assert peer.of(Checkpoint) == [Checkpoint(streams={"s": 4})]
    assert peer.of(CaughtUp) == [CaughtUp(id="1")]


@pytest.mark.parametrize("turns", range(10))
def test_t26_who_goes_while_being_let_in_leaves_nothing_behind(whole: Whole, turns: int) -> None:
    for number in range(len(whole.clients)):
        whole.cut(number)
    whole.loop.step(5)
    whole.connect(0, 0, Format.JSON)
    whole.loop.step(turns)
    whole.cut(0)
    whole.loop.step(20)
    node = whole.nodes[0]
    assert node.hub.readers == {}
    assert all(stream.is_idle for stream in node.hub.streams.values())
    assert node.admission._gate.inside == 0


def test_t30_a_storm_reads_each_page_of_the_log_once(whole: Whole) -> None:
    publish_and_bring(whole, 40)
    node = whole.nodes[0]
    floor = node.hub.streams["s"].window.floor
    reads = node.pages.reads
    peers = [Peer(node.hub, f"stranger {number}") for number in range(200)]
    for peer in peers:
        peer.subscribe(node.hub.streams["s"], positions={"s": floor - 4})

    async def catch_up(peer: Peer) -> None:
        while peer.session.can_catch_up:
            page = peer.session.catch_up(10_000)
            if page is not None:
                peer.session.deliver(page.cohort, await node.pages.read(page.stream, page.after))

    for task in [whole.loop.create_task(catch_up(peer)) for peer in peers]:
        whole.loop.run_until_complete(task)
    assert {tuple(peer.numbers) for peer in peers} == {tuple(range(floor - 3, 41))}
    assert node.pages.reads - reads <= 2
    for peer in peers:
        node.hub.depart(peer.session)
