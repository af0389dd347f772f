"""The epoch that a node serves: the same one for as long as it lives.

What it holds in memory belongs to one history of the log. Should the database turn out to have
another, restored under it or taken over by a standby, the node ends, and the next one starts from
what there is.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from headrace.errors import Unavailable
from headrace.log import epoch
from headrace.tasks import watched

if TYPE_CHECKING:
    from headrace.log.database import Database

log = logging.getLogger(__name__)


class Epoch:
    """``interval`` are the seconds between two looks at the log."""

    def __init__(self, database: Database, *, interval: float) -> None:
        self._database = database
        self._interval = interval
        self._name: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = watched(self._keep_looking(), "looking at the log's epoch")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

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

    async def _keep_looking(self) -> None:
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.debug("cannot ask for the epoch: %s", error)
            await asyncio.sleep(self._interval)
