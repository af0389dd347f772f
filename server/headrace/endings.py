"""Endings: connections go when the session, token or account that they were opened with has ended.

The bus tells at once; that it may lose, and a look at the log every half a second finds. Ending
something twice or in another order is the same, so what comes is applied as it comes. A node that
cannot look for a while sends everybody away: they may come back where somebody can.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from headrace.errors import Unavailable
from headrace.live.codes import UNAVAILABLE
from headrace.live.session import Permit
from headrace.log import endings
from headrace.model.identity import Scope
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.live.hub import Hub
    from headrace.log.database import Database
    from headrace.model.entries import Ending
    from headrace.model.identity import Identity

log = logging.getLogger(__name__)

_REMEMBERED = 10_000


class Guarded(NamedTuple):
    """Somebody who was asked who they are; ``heard`` is how many endings were known before."""

    identity: Identity
    heard: int

    @property
    def permit(self) -> Permit:
        """What their connection keeps of it."""
        known = self.identity
        until = math.inf if known.expires is None else known.expires.timestamp()
        return Permit(known.credential, until, known.groups, Scope.PUBLISH in known.scopes)


class Endings:
    """Keeps one node's connections to those whose credentials stand.

    ``interval`` are the seconds between two looks at the log, ``patience`` those without one after
    which nobody may stay. ``time`` counts seconds.
    """

    def __init__(
        self,
        hub: Hub,
        database: Database,
        *,
        interval: float,
        patience: float,
        time: Callable[[], float] = monotonic,
    ) -> None:
        self._hub = hub
        self._database = database
        self._interval = interval
        self._patience = patience
        self._time = time
        #: The last ending before which none is unknown; None until the log has been asked.
        self._position: int | None = None
        self._recent: deque[Ending] = deque(maxlen=_REMEMBERED)
        self._looked = self._time()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # Since the beginning, for the metrics.
        self.heard = 0
        self.missed = 0
        self.blind = 0

    async def start(self) -> None:
        """Begin to look."""
        self._task = watched(self._keep_looking(), "looking for endings")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ready(self) -> None:
        """Before anybody is let in, it must be known from where on to look. Raises Unavailable."""
        if self._position is None:
            await self.look()

    def offer(self, ending: Ending) -> None:
        """An ending from the bus, or of this node's own making."""
        if self._position is not None and ending.no == self._position + 1:
            self._position = ending.no
        elif self._position is None or ending.no > self._position:
            self._wake.set()  # some are missing before it
        else:
            return  # known
        self._apply(ending)

    def have_ended(self, guarded: Guarded) -> bool:
        """Whether what somebody proved who they are with has ended since; yes, if in doubt."""
        since = self.heard - guarded.heard
        if since > len(self._recent):
            return True
        known = guarded.identity
        return any(
            ending.person == known.person.id
            and (ending.credentials is None or known.credential in ending.credentials)
            for ending in islice(reversed(self._recent), since)
        )

    async def look(self) -> None:
        """Ask the log for what the bus has not told. Raises Unavailable."""
        before = self._position
        last = await endings.last(self._database)
        if self._position is None:
            self._position = last
        elif before is not None and last < before:
            # An older log than a moment ago, restored from a copy: nobody is who they were.
            self._position = last
            self._send_away()
        while self._position < last:
            await self._catch_up(self._position, last)
        self._looked = self._time()

    async def _catch_up(self, position: int, last: int) -> None:
        found = await endings.after(self._database, position)
        for ending in found:
            if ending.no > (self._position or 0):
                self.missed += 1
                self._position = ending.no
                self._apply(ending)
        if not found:  # too old to be kept: this node has sent everybody away since
            self._position = last

    def _apply(self, ending: Ending) -> None:
        self.heard += 1
        self._recent.append(ending)
        self._hub.end_credentials(ending.person, ending.credentials)

    async def _keep_looking(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._interval):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                async with asyncio.timeout(self._patience):
                    await self.look()
            except Exception as error:  # noqa: BLE001 (whatever it is, the next look must come)
                log.log(_severity(error), "cannot look for endings: %s", error)
                self.send_away_if_blind()

    def send_away_if_blind(self) -> None:
        """Whoever may have been revoked unheard must not stay."""
        if self._time() - self._looked < self._patience or not self._hub.readers:
            return
        log.warning("what has ended is not known any more: sending everybody away")
        self._send_away()

    def _send_away(self) -> None:
        self.blind += 1
        for reader in list(self._hub.readers.values()):
            self._hub.end_reader(reader, UNAVAILABLE)


def _severity(error: Exception) -> int:
    """How loudly it is said: that the log is away is said elsewhere."""
    return logging.DEBUG if isinstance(error, (Unavailable, TimeoutError)) else logging.ERROR
