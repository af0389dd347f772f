"""Whose request it is, asked of the log for many requests at a time.

Every request is asked about, and only after it came, so what has ended is over with the next
request on every node. Those that come while the log is asked wait, and are asked about together:
a busy node asks seldom and much, an idle one at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from headrace.log import accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from headrace.log.database import Database
    from headrace.model.identity import Identity

_Answer = asyncio.Future["Identity | None"]


class Lookups:
    """Identities by the hashes of sessions and tokens."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._asked: dict[bytes, _Answer] = {}
        self._worker: asyncio.Task[None] | None = None

    async def find(self, secret: bytes) -> Identity | None:
        """Whose session or token this is, by its hash; None if it is nobody's, or over. Raises
        Unavailable while the log is away."""
        answer = self._asked.get(secret)
        if answer is None:
            answer = self._asked[secret] = asyncio.get_running_loop().create_future()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await asyncio.shield(answer)  # somebody else may wait for the same

    async def _work(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                await self._settle(asked)
        finally:
            self._worker = None

    async def _settle(self, asked: dict[bytes, _Answer]) -> None:
        try:
            async with self._database.connection() as connection:
                found = await accounts.identify(connection, list(asked), self._clock())
        except Exception as error:  # noqa: BLE001 (whoever waits must hear of it, whatever it is)
            for answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # whoever asked may have gone
        else:
            for secret, answer in asked.items():
                answer.set_result(found.get(secret))
