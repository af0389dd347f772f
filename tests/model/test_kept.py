"""Sequences that went wrong once, kept as they were found: by the model, or by reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from tests.model.test_whole import Whole


def test_an_inbox_says_nothing_of_a_stream_that_was_lost_while_its_reader_was_away(
    whole: Whole,
) -> None:
    """The window still had what came through the stream: nobody was there to withdraw it from."""
    whole.change_while_away(which=0, node=0, stream="s", is_back=False)
    whole.calm_down()
    connection = whole.clients[0].connection
    assert connection is not None
    assert "number 1" not in repr(connection.messages)


def test_a_grant_while_a_subscription_asks_the_log_is_not_forgotten(whole: Whole) -> None:
    """It came after the snapshot, and found no subscription that wanted it."""
    for turns in range(9):
        whole.change_while_arriving(which=4, node=1, stream="u", turns=turns, loss=0)
        whole.revoke("u", "cleo")
        whole.calm_down()
        whole.change_while_arriving(which=4, node=1, stream="u", turns=turns, loss=0)
        whole.calm_down()
        whole.revoke("u", "cleo")
        whole.calm_down()


def test_who_is_behind_by_more_than_the_window_before_the_tick_waits_for_the_tick(
    whole: Whole,
) -> None:
    """The log was asked for a page of what had not been sent out, and had none."""
    client = whole.clients[0]
    whole.fill_transport_soon(which=0, writes=1, unsent=0)
    whole.publish("s", [()], None)
    whole.bring(0, 1)
    whole.tick(0)
    whole.publish("s", [("a",)] * 9, None)
    whole.bring(0, 9)
    stream = whole.nodes[0].hub.streams["s"]
    assert stream.flushed < stream.window.floor
    client.drain()
    whole.loop.step(4)
    whole.nothing_went_wrong_unheard()
    whole.tick(0)
    whole.calm_down()


def test_following_waits_for_the_head_that_was_asked_for(whole: Whole) -> None:
    """A reading of less was going on already, and its end was taken for the end."""
    node = whole.nodes[0]
    whole.publish("s", [()] * 3, None)
    whole.world.hold()
    whole.lose(0, 0, 2)
    whole.bring(0, 1)
    whole.loop.step(2)
    whole.publish("s", [()] * 9, None)
    whole.lose(0, 0, 9)
    info = whole.world.info("s")

    async def top() -> int:
        async with node.relay.following([info]) as (stream,):
            return stream.window.top

    following: asyncio.Task[int] = whole.loop.create_task(top())
    whole.loop.step(2)
    whole.release_the_log()
    assert whole.loop.run_until_complete(following) == info.head


def test_what_comes_right_after_a_recovery_is_not_thrown_away(whole: Whole) -> None:
    """It came when the reading had ended, but its end was not noted yet."""
    node = whole.nodes[0]
    whole.publish("s", [()] * 4, None)
    *_, third, fourth = whole.world.log["s"]
    stream = node.hub.streams["s"]
    whole.loop.inside(lambda: node.relay.offer(third))
    (reading,) = node.relay._recovering.values()
    while not reading.done():
        whole.loop.step(1)
    assert node.relay._recovering, "its end is noted in the next turn"
    node.relay.offer(fourth)
    whole.loop.step(10)
    assert stream.window.top == 4
