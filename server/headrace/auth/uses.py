"""When sessions and tokens were last used: noted in memory, written now and then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from headrace.log import accounts

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.auth.means import Means
    from headrace.model.identity import Identity

#: What is listed is as exact as this; a request costs no write.
_GRAIN = timedelta(minutes=1)


class Uses:
    """Of what is not written when a process dies, nothing depends."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._noted: dict[UUID, datetime] = {}

    def note(self, identity: Identity) -> None:
        """It is used now."""
        now = self._means.clock()
        if identity.last_used is None or now - identity.last_used >= _GRAIN:
            self._noted[UUID(identity.credential)] = now

    async def write(self) -> None:
        """Write what was noted. Raises Unavailable, and forgets it then."""
        noted, self._noted = self._noted, {}
        if noted:
            async with self._means.database.connection() as connection:
                await accounts.note_use(connection, noted)
