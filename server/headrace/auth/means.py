"""What all parts of auth work with, and what they do alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.auth.credentials import SECRET_BYTES, Prefix, secret
from headrace.log import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from headrace.log.database import Connection, Database
    from headrace.model.entries import Ending
    from headrace.model.people import Person
    from headrace.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Means:
    """``clock`` gives the time in UTC, ``token_bytes(n)`` n random bytes.

    ``announce`` is told what has ended once that is committed; it must not block nor raise.
    """

    database: Database
    clock: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]
    settings: Settings
    announce: Callable[[Sequence[Ending]], None]

    def secret(self, prefix: Prefix) -> str:
        """A new secret of that kind."""
        return secret(prefix, self.token_bytes(SECRET_BYTES))

    async def record(
        self,
        connection: Connection,
        by: Person | None,
        action: str,
        person: str,
        **detail: object,
    ) -> None:
        """Put it into the audit log; ``by`` is None for the operator at the command line."""
        actor = by.email if by is not None else "operator"
        await audit.record(connection, self.clock(), actor, action, person, **detail)
