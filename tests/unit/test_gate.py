"""gate.py: so many at a time, members first, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import pytest

from headrace.gate import Crowded, Gate

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


async def settle() -> None:
    """Let every task go on until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


class Visitors:
    """Tasks that want through a gate and stay inside until they are told to go."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self._leave: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, way: AbstractAsyncContextManager[None]) -> None:
        self._leave[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name, way))
        await settle()

    async def _visit(self, name: str, way: AbstractAsyncContextManager[None]) -> None:
        async with way:
            self.inside.append(name)
            await self._leave[name].wait()

    async def go(self, name: str) -> None:
        self._leave[name].set()
        await self.tasks[name]
        self.inside.remove(name)
        await settle()


async def test_no_more_than_the_limit_are_inside() -> None:
    gate, visitors = Gate(2, 60), Visitors()
    for name in ("a", "b", "c", "d"):
        await visitors.come(name, gate.newcomer())
    assert (visitors.inside, gate.inside, gate.waiting) == (["a", "b"], 2, 2)
    await visitors.go("a")
    assert visitors.inside == ["b", "c"], "in the order in which they came"
    for name in ("b", "c", "d"):
        await visitors.go(name)
    assert (gate.inside, gate.waiting) == (0, 0)


async def test_members_go_before_newcomers_who_came_earlier() -> None:
    gate, visitors = Gate(1, 60), Visitors()
    await visitors.come("first", gate.newcomer())
    await visitors.come("newcomer", gate.newcomer())
    await visitors.come("member", gate.member())
    await visitors.go("first")
    assert visitors.inside == ["member"]
    await visitors.go("member")
    assert visitors.inside == ["newcomer"]
    await visitors.go("newcomer")


async def test_a_newcomer_who_waited_too_long_is_sent_away_and_leaves_no_trace() -> None:
    gate, visitors = Gate(1, 0), Visitors()
    async with gate.member():
        with pytest.raises(Crowded):
            async with gate.newcomer():
                raise AssertionError("there is no room")
        assert (gate.turned_away, gate.waiting) == (1, 0)
    assert gate.inside == 0
    await visitors.come("next", gate.member())
    assert visitors.inside == ["next"]
    await visitors.go("next")


async def test_without_a_crowd_no_patience_is_needed() -> None:
    gate = Gate(1, 0)
    async with gate.newcomer():
        assert gate.inside == 1
    assert gate.turned_away == 0


async def test_a_place_survives_whoever_gives_up_just_as_it_is_given() -> None:
    gate, visitors = Gate(1, 60), Visitors()
    await visitors.come("first", gate.member())
    await visitors.come("second", gate.newcomer())
    await visitors.come("third", gate.newcomer())
    visitors._leave["first"].set()
    await asyncio.sleep(0)  # it wakes up, and gives its place away
    assert gate.waiting == 1
    visitors.tasks["second"].cancel()  # its turn has come, but it does not know yet
    with suppress(asyncio.CancelledError):
        await visitors.tasks["second"]
    await settle()
    assert visitors.inside == ["first", "third"]
    await visitors.go("third")
    assert gate.inside == 0


async def test_who_gives_up_while_waiting_is_passed_over() -> None:
    gate, visitors = Gate(1, 60), Visitors()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(gate.member())
        await visitors.come("gone", gate.member())
        await visitors.come("patient", gate.member())
        visitors.tasks["gone"].cancel()
    await settle()
    assert visitors.inside == ["patient"]
    await visitors.go("patient")
    assert gate.inside == 0


async def test_who_goes_just_as_their_patience_ends_frees_no_place_of_others() -> None:
    gate, visitors = Gate(1, 0), Visitors()
    await visitors.come("first", gate.member())
    waiting = asyncio.create_task(visitors._visit("late", gate.newcomer()))
    while not gate.waiting:  # noqa: ASYNC110 (a turn of the loop more is too late)
        await asyncio.sleep(0)
    (turn,) = gate._newcomers
    await asyncio.wait([turn])
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (gate.inside, gate.waiting) == (1, 0)
    await visitors.go("first")
    assert gate.inside == 0
