"""The bus by itself: who is called off goes, at whatever moment."""

from __future__ import annotations

import asyncio
import random

import pytest

from headrace.bus.places import find


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


async def test_a_server_by_itself_is_not_taken_for_a_cluster(redis_url: str) -> None:
    layout = await find(redis_url)
    assert not layout.is_cluster
    assert layout.is_whole
