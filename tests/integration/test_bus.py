"""The bus by itself: who is called off goes, at whatever moment."""

from __future__ import annotations

import asyncio
import gc
import random
from contextlib import suppress

import pytest

from headrace.bus.counts import Counts
from headrace.bus.line import Line
from headrace.bus.places import Server, find


# redis-py leaves a writer behind where it is called off in the midst of connecting.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_whoever_asks_where_the_bus_is_can_be_called_off_at_any_moment(
    redis_url: str,
) -> None:
    moments = random.Random(11)
    ignored = 0
    for _ in range(300):
        task = asyncio.create_task(find(redis_url))
        for _ in range(moments.randrange(60)):
            await asyncio.sleep(0)
        is_too_late = task.done()
        task.cancel()
        await asyncio.wait([task])
        ignored += not (is_too_late or task.cancelled())
    assert ignored == 0
    gc.collect()  # a writer left behind goes here, not in the midst of a later test


async def test_a_server_by_itself_is_not_taken_for_a_cluster(redis_url: str) -> None:
    layout = await find(redis_url)
    assert not layout.is_cluster
    assert layout.is_whole


@pytest.mark.parametrize(
    "option",
    ["protocol=3", "decode_responses=true", "socket_timeout=0.1"],
)
async def test_what_a_url_asks_of_the_library_does_not_disturb_who_listens(
    redis_url: str, option: str
) -> None:
    counts, changes = Counts(), asyncio.Event()
    line = Line(
        Server("it", f"{redis_url}{'&' if '?' in redis_url else '?'}{option}"),
        f"probe of {option}".encode(),
        sharded=False,
        interval=0.3,
        counts=counts,
        on_message=lambda *_: None,
        on_change=changes.set,
        on_moved=lambda: None,
    )
    try:
        async with asyncio.timeout(10):
            while not line.is_up:
                changes.clear()
                await changes.wait()
        changes.clear()
        with suppress(TimeoutError):  # longer than it would wait for the next message
            await asyncio.wait_for(changes.wait(), 0.5)
        assert not changes.is_set()
        assert counts.probe_timeouts == 0
    finally:
        await line.close()
