"""The same question for many at a time.

While the log is asked, others who want to know wait, and are asked for together: a busy node asks
seldom and much, an idle one at once. Nobody is answered from before they asked, so what has ended
is over for whoever asks next, on every node.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

K = TypeVar("K")
V = TypeVar("V")


class Gathering(Generic[K, V]):
    """``answer(keys)`` is asked by one at a time; what it has nothing to say about is missing."""

    def __init__(self, answer: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._answer = answer
        self._is_asking = False
        self._keys: dict[K, None] = {}
        self._waiting: list[asyncio.Future[Mapping[K, V]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, keys: Iterable[K]) -> Mapping[K, V]:
        """Answers for these keys, and maybe for others who asked at the same time. Raises what
        ``answer`` raises."""
        if self._is_asking:
            return await self._join(keys)
        self._is_asking = True
        try:
            return await self._answer(list(keys))
        finally:
            self._go_on()

    def _join(self, keys: Iterable[K]) -> asyncio.Future[Mapping[K, V]]:
        mine: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        self._keys.update(dict.fromkeys(keys))
        self._waiting.append(mine)
        return mine

    def _go_on(self) -> None:
        """Ask for those who have come meanwhile, in nobody's name: each of them may go."""
        if self._waiting:
            self._worker = asyncio.create_task(self._work())
        else:
            self._is_asking = False

    async def _work(self) -> None:
        try:
            while self._waiting:
                keys, self._keys = self._keys, {}
                waiting, self._waiting = self._waiting, []
                await self._settle(list(keys), waiting)
        finally:
            self._is_asking = False

    async def _settle(self, keys: list[K], waiting: list[asyncio.Future[Mapping[K, V]]]) -> None:
        try:
            answers = await self._answer(keys)
        except Exception as error:  # noqa: BLE001 (whoever waits must hear of it, whatever it is)
            for one in _there(waiting):
                one.set_exception(error)
        else:
            for one in _there(waiting):
                one.set_result(answers)


def _there(
    waiting: Iterable[asyncio.Future[Mapping[K, V]]],
) -> Iterator[asyncio.Future[Mapping[K, V]]]:
    """Those who have not gone."""
    return (one for one in waiting if not one.done())
