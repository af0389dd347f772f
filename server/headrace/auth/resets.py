"""A new password for somebody who has forgotten the old one: by mail, or by an administrator.

Whoever asks gets the same answer in the same time, whether there is such an account or not: what
depends on that happens after it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from headrace.auth import letters, policy
from headrace.auth.credentials import Prefix, digest
from headrace.errors import NotFound, ResetExpired, Unavailable
from headrace.log import accounts, directory, resets
from headrace.tasks import watched

if TYPE_CHECKING:
    from headrace.auth.limits import Limits
    from headrace.auth.means import Means
    from headrace.auth.passwords import Passwords
    from headrace.auth.sessions import Sessions
    from headrace.mailing import Mailer
    from headrace.model.people import Person

log = logging.getLogger(__name__)

_MOST_AT_WORK = 100


class Resets:
    """Every method raises Unavailable while the log is away."""

    def __init__(
        self,
        means: Means,
        passwords: Passwords,
        sessions: Sessions,
        limits: Limits,
        mailer: Mailer,
    ) -> None:
        self._means = means
        self._passwords = passwords
        self._sessions = sessions
        self._mailer = mailer
        self._time = timedelta(minutes=means.settings.reset_minutes)
        self._limits = limits
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def by_mail(self) -> bool:
        """Whether people can be written to."""
        return self._mailer.is_there

    async def ask(self, email: str, client: str, language: str) -> None:
        """Write to that address, if it is somebody's. Answers before it is looked up whose.

        Raises TooManyRequests, for an address as for a client, also where there is no account.
        """
        address = email.strip().lower().replace("\x00", " ")
        await self._limits.reset(address, client)
        if not self.by_mail or len(self._at_work) >= _MOST_AT_WORK:
            log.warning("a password reset was asked for, and nobody can be written to just now")
            return
        task = watched(self._write(address, language), "a password reset")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def settled(self) -> None:
        """Wait for all letters that are on their way."""
        await asyncio.gather(*self._at_work)

    async def link(self, person: Person, by: Person | None) -> str:
        """Where somebody chooses a new password, below where browsers reach us; for whoever hands
        it to them. Raises NotFound for a closed account and for a service."""
        secret = await self._permit(person, by)
        return f"/#/reset/{secret}"

    async def reset(self, secret: str, password: str) -> None:
        """Set a new password, once; all sessions of the person end.

        Raises ResetExpired, WeakPassword (the permission stays then), TooManyRequests.
        """
        now = self._means.clock()
        async with self._means.database.connection() as connection:
            key = await resets.peek(connection, digest(secret), now)
            person = None if key is None else await directory.person_by_id(connection, key)
        if person is None:
            raise ResetExpired
        policy.check_for(person, password)
        known = await self._passwords.hash(password)
        async with self._means.database.transaction() as connection:
            if await resets.take(connection, digest(secret), now) is None:
                raise ResetExpired
            if not await accounts.set_password(connection, UUID(person.id), known):
                raise ResetExpired
            told, _ = await self._sessions.end_in(connection, person)
            await self._means.record(connection, person, "password.reset", person.email)
        self._sessions.announce(told)

    async def _write(self, address: str, language: str) -> None:
        async with self._means.database.connection() as connection:
            found = await accounts.credentials(connection, address)
        if found is None:
            return
        try:
            where = self._means.settings.public_url + await self.link(found.person, found.person)
        except NotFound:
            return
        letter = letters.reset(
            language,
            name=found.person.name,
            email=found.person.email,
            minutes=self._means.settings.reset_minutes,
            address=where,
        )
        try:
            await self._mailer.send(found.person.email, letter.subject, letter.text)
        except Unavailable as error:
            log.error("a password reset could not be sent: %s", error.__cause__)

    async def _permit(self, person: Person, by: Person | None) -> str:
        secret = self._means.secret(Prefix.RESET)
        expires = self._means.clock() + self._time
        async with self._means.database.transaction() as connection:
            if not await resets.new(connection, digest(secret), UUID(person.id), expires):
                raise NotFound
            await self._means.record(connection, by, "password.reset_link", person.email)
        return secret
