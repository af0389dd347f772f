"""The same question for many at a time.

While the log is asked, others who want to know wait, and are asked for together: a busy node asks
seldom and much, an idle one at once. Nobody is answered from before they asked, so what has ended
is over for whoever asks next, on every node.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

K = TypeVar("K")
V = TypeVar("V")


class _Round(Generic[K, V]):
    """Those who are asked for together."""

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}
        self.answer: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()


class Gathering(Generic[K, V]):
    """``answer(keys)`` is asked by one at a time; what it has nothing to say about is missing."""

    def __init__(self, answer: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._answer = answer
        self._next: _Round[K, V] | None = None
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, keys: Iterable[K]) -> Mapping[K, V]:
        """Answers for these keys, and maybe for others who asked at the same time. Raises what
        ``answer`` raises."""
        mine = self._next = self._next or _Round()
        mine.keys.update(dict.fromkeys(keys))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await asyncio.shield(mine.answer)  # somebody else may wait for the same

    async def _work(self) -> None:
        try:
            while (asked := self._next) is not None:
                self._next = None
                await self._settle(asked)
        finally:
            self._worker = None

    async def _settle(self, asked: _Round[K, V]) -> None:
        try:
            asked.answer.set_result(await self._answer(list(asked.keys)))
        except Exception as error:  # noqa: BLE001 (whoever waits must hear of it, whatever it is)
            asked.answer.set_exception(error)
            asked.answer.exception()  # whoever asked may have gone
