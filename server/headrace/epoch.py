"""The epoch that a node serves: the same one for as long as it lives.

What it holds in memory belongs to one history of the log. Should the database turn out to have
another, restored under it or taken over by a standby, the node ends, and the next one starts from
what there is.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from headrace.errors import Unavailable
from headrace.log import epoch

if TYPE_CHECKING:
    from headrace.log.database import Database


class Epoch:
    """``interval`` are the seconds between two looks at the log."""

    def __init__(self, database: Database, *, interval: float) -> None:
        self._database = database
        self._interval = interval
        self._name: str | None = None

    async def name(self) -> str:
        """16 hexadecimal digits. Raises Unavailable."""
        return self._name or await self.look()

    async def look(self) -> str:
        """Ask the log. Raises Unavailable, and AssertionError where it has another history."""
        found = await epoch.name(self._database)
        if self._name not in (None, found):
            raise AssertionError(f"the log's epoch was {self._name} and is {found}")
        self._name = found
        return found

    async def keep(self) -> None:
        """Look now and then, for as long as this runs. Raises AssertionError."""
        while True:
            with suppress(Unavailable):
                await self.look()
            await asyncio.sleep(self._interval)
