"""The time, as the database has it.

Nodes on machines whose clocks differ agree on it, and setting a machine's clock does nothing to
what a node does: between two looks at the database a monotonic clock counts on.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from headrace.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.log import Database

_LOOK_EVERY = 60.0
_LOOK_AGAIN = 1.0
#: Seconds that asking may take for the answer to be of use.
_MOST_ROUND_TRIP = 0.5


def machine_time() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


class Clock:
    """Called, it gives the time in UTC. Until the database has told it that is the machine's.

    ``ticks()`` gives seconds that no setting of a clock changes.
    """

    def __init__(
        self,
        start: Callable[[], datetime] = machine_time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ticks = ticks
        self._at = start()
        self._since = ticks()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=self._ticks() - self._since)

    async def look(self, database: Database) -> bool:
        """Take the database's time; False where the answer took too long to be of use.

        Raises Unavailable.
        """
        async with database.connection() as connection:
            before = self._ticks()
            there = await connection.fetchval("SELECT clock_timestamp()")
            after = self._ticks()
        if after - before > _MOST_ROUND_TRIP:
            return False
        self._at, self._since = there, (before + after) / 2
        return True

    async def keep(self, database: Database) -> None:
        """Look now and then, for as long as this runs."""
        while True:
            is_right = False
            with suppress(Unavailable):
                is_right = await self.look(database)
            await asyncio.sleep(_LOOK_EVERY if is_right else _LOOK_AGAIN)
