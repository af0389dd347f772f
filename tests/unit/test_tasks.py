from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from headrace.tasks import end_when_broken, watched

if TYPE_CHECKING:
    import pytest


async def fail(error: Exception) -> None:
    raise error


async def run(error: Exception) -> tuple[list[dict[str, Any]], bool]:
    """What the loop is told of a task that fails so, and whether the process would end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    told: list[dict[str, Any]] = []
    loop.default_exception_handler = told.append  # type: ignore[assignment]  # this loop's alone
    end_when_broken(loop, ended.set)
    task = watched(fail(error), "the mill")
    await asyncio.wait([task])
    fence = asyncio.Event()
    loop.call_soon(fence.set)
    await fence.wait()
    return told, ended.is_set()


async def test_a_failure_is_never_silent() -> None:
    told, ended = await run(ValueError("no water"))
    assert [context["message"] for context in told] == ["the mill failed"]
    assert not ended


async def test_a_broken_belief_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        _, ended = await run(AssertionError("water flows uphill"))
    assert ended
    assert "belief" in caplog.text


async def test_a_cancelled_task_is_no_failure() -> None:
    loop, told = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: told.append(context))
    task = watched(asyncio.sleep(3600), "sleep")
    task.cancel()
    await asyncio.wait([task])
    assert told == []
