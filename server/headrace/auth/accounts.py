"""Accounts: signing in, passwords, tickets, and whose request this is.

A session, a token or an account that ends is over with the next request on every node: the log is
asked at each. Where that is remembered who somebody is, the log is asked together with what they
do.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from headrace.auth import policy
from headrace.auth.credentials import Prefix, bearer, digest, session_in
from headrace.auth.factors import Factors
from headrace.auth.limits import Limits
from headrace.auth.means import Means
from headrace.auth.passwords import Passwords
from headrace.auth.resets import Resets
from headrace.auth.sessions import Sessions
from headrace.auth.tokens import Tokens
from headrace.auth.uses import Uses
from headrace.errors import BadCredentials, NotFound, Unauthenticated
from headrace.gathering import Gathering
from headrace.log import accounts, attempts, endings, factors, resets, security_keys
from headrace.mailing import Mailer
from headrace.model.identity import Origin
from headrace.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from headrace.auth.factors import Shown
    from headrace.log.database import Database
    from headrace.model.entries import Ending
    from headrace.model.identity import Identity
    from headrace.model.people import Person
    from headrace.settings import Settings

#: Until when a node that has heard nothing of an ending sends everybody away is far shorter.
_ENDINGS_KEPT = timedelta(days=1)
_NOWHERE = Origin()
#: Sessions and tokens that are remembered.
_MOST_RECENT = 10_000


class Accounts:
    """Accounts of one process; see Means for what it is given.

    Every method raises Unavailable while the log is away.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        settings: Settings,
        passwords: Passwords | None = None,
        announce: Callable[[Sequence[Ending]], None] = lambda told: None,
    ) -> None:
        self._means = Means(
            database=database,
            clock=clock,
            token_bytes=token_bytes,
            settings=settings,
            announce=announce,
        )
        self._ticket_time = timedelta(seconds=settings.ticket_seconds)
        self.passwords = passwords or Passwords()
        self.limits = Limits(self._means)
        self.sessions = Sessions(self._means)
        self.factors = Factors(self._means, self.limits, self.sessions)
        self.resets = Resets(
            self._means, self.passwords, self.sessions, self.limits, Mailer(settings)
        )
        self.tokens = Tokens(self._means)
        self.uses = Uses(self._means)
        self._identities = Gathering(self._look_up)
        self._recent: Recent[bytes, Identity] = Recent(_MOST_RECENT)
        #: Whose request, since the beginning, for the metrics.
        self.checks = dict.fromkeys(("ok", "remembered", "denied"), 0)

    def now(self) -> datetime:
        """The time, in UTC, by which sessions and tokens expire."""
        return self._means.clock()

    # Passwords.

    async def sign_in(
        self, email: str, password: str, client: str = "", origin: Origin = _NOWHERE
    ) -> tuple[str, Person]:
        """A session's secret, and whose it is. ``client`` is the address that asks.

        Raises BadCredentials, which does not tell whether there is such an account, and
        TooManyRequests for one client that keeps trying one address, SecondFactorRequired with a
        ticket for ``sign_in_further``.
        """
        address = email.strip().lower()
        delay = await self.limits.sign_in(address, client)
        await asyncio.sleep(delay.total_seconds())
        person, known = await self._checked(address, password)
        await self.factors.demand(person, known)
        session = await self.sessions.open(person, origin, known)
        await self.limits.signed_in(address, client)
        return session, person

    async def sign_in_further(
        self, ticket: str, shown: Shown, client: str = "", origin: Origin = _NOWHERE
    ) -> tuple[str, Person]:
        """The second step of signing in: a session's secret, and whose it is.

        Raises SignInExpired, BadCode, BadKey, BadCredentials (the password was changed
        meanwhile), TooManyRequests.
        """
        person, known = await self.factors.pass_on(ticket, shown)
        session = await self.sessions.open(person, origin, known)
        await self.limits.signed_in(person.email, client)
        return session, person

    async def prove(self, person: Person, password: str, client: str) -> str:
        """Somebody who is signed in says once more that it is them; answers the password's hash.

        Raises BadCredentials, TooManyRequests.
        """
        await self.limits.sign_in(person.email, client)
        _, known = await self._checked(person.email, password)
        return known

    async def set_password(self, person: Person, password: str, by: Person | None = None) -> None:
        """Set a password; all sessions of the person end, and so do links to choose another one.
        Raises NotFound for a closed account and for a service."""
        known = await self.passwords.hash(password)
        async with self._means.database.transaction() as connection:
            if not await accounts.set_password(connection, UUID(person.id), known):
                raise NotFound
            await resets.drop(connection, UUID(person.id))
            told, _ = await self.sessions.end_in(connection, person)
            await self._means.record(connection, by, "password.set", person.email)
        self._means.announce(told)

    async def change_password(self, identity: Identity, old: str, new: str, client: str) -> None:
        """Change one's own password; all sessions end but the one that asks.

        Raises BadCredentials where the old one is wrong, WeakPassword, TooManyRequests.
        """
        person = identity.person
        await self.prove(person, old, client)
        policy.check_for(person, new)
        known = await self.passwords.hash(new)
        async with self._means.database.transaction() as connection:
            if not await accounts.set_password(connection, UUID(person.id), known):
                raise NotFound
            await resets.drop(connection, UUID(person.id))
            kept = identity.credential if identity.is_session else None
            told, _ = await self.sessions.end_in(connection, person, kept)
            await self._means.record(connection, person, "password.change", person.email)
        self._means.announce(told)

    # Tokens and tickets.

    async def create_token(
        self, person: Person, name: str, expires: datetime | None = None, by: Person | None = None
    ) -> str:
        """A token that may do everything its person may. Raises NotFound for a closed account."""
        token, _ = await self.tokens.create(person, name, expires=expires, by=by)
        return token

    async def ticket(self, identity: Identity) -> str:
        """A ticket for one handshake, which is void once that session or token is over."""
        ticket = self._means.secret(Prefix.TICKET)
        async with self._means.database.connection() as connection:
            await accounts.new_ticket(
                connection,
                digest(ticket),
                UUID(identity.person.id),
                UUID(identity.credential),
                self._means.clock() + self._ticket_time,
            )
        return ticket

    async def redeem(self, ticket: str) -> Identity:
        """Use a ticket up: whose session or token it was drawn with. Raises Unauthenticated."""
        async with self._means.database.connection() as connection:
            known = await accounts.redeem_ticket(connection, digest(ticket), self._means.clock())
        return self._counted(known)

    # Whose request is this?

    async def identify(self, authorization: str | None, cookie: str | None) -> Identity:
        """Whose request it is, by its headers ``Authorization`` and ``Cookie``.

        A wrong token is not made good by a cookie. Raises Unauthenticated.
        """
        known = await self._identify(self._given(authorization, cookie))
        if known is not None:
            self.uses.note(known)
        return self._counted(known)

    async def recall(self, authorization: str | None, cookie: str | None) -> Identity:
        """Whose request it is, remembered if they were here before: then the log has to be asked
        whether they still are who they were, together with what they do. Raises Unauthenticated."""
        secret = digest(self._given(authorization, cookie))
        known = self._recent.get(secret)
        if known is None or (known.expires is not None and known.expires <= self._means.clock()):
            known = await self.identify(authorization, cookie)
            self._recent[secret] = msgspec.structs.replace(known, is_remembered=True)
            return known
        self.uses.note(known)
        self.checks["remembered"] += 1
        return known

    async def forget_expired(self) -> None:
        """Remove what is over; nothing depends on when this happens."""
        now = self._means.clock()
        async with self._means.database.connection() as connection:
            await accounts.forget_expired(connection, now)
            await attempts.forget(connection, now)
            await factors.forget(connection, now)
            await security_keys.forget(connection, now)
            await resets.forget(connection, now)
            await endings.forget(connection, now - _ENDINGS_KEPT)

    def _counted(self, known: Identity | None) -> Identity:
        self.checks["denied" if known is None else "ok"] += 1
        if known is None:
            raise Unauthenticated
        return known

    def _given(self, authorization: str | None, cookie: str | None) -> str:
        if authorization is not None:
            return bearer(authorization)
        return session_in(cookie, is_https=self._means.settings.is_https) or ""

    async def _identify(self, given: str) -> Identity | None:
        if not given.startswith((Prefix.TOKEN, Prefix.SESSION)):
            return None
        secret = digest(given)
        known = (await self._identities.ask([secret])).get(secret)
        if known is None:
            self._recent.pop(secret, None)
        return known

    async def _look_up(self, secrets: list[bytes]) -> dict[bytes, Identity]:
        async with self._means.database.connection() as connection:
            return await accounts.identify(connection, secrets, self._means.clock())

    async def _checked(self, address: str, password: str) -> tuple[Person, str]:
        """Whose address and password these are, and the password's hash."""
        async with self._means.database.connection() as connection:
            # PostgreSQL's text has no NUL, so no account has such an address.
            found = await accounts.credentials(connection, address.replace("\x00", " "))
        known = found.password if found is not None else None
        matches = await self.passwords.verify(known, password)
        if found is None or known is None or not matches:
            raise BadCredentials
        if self.passwords.is_outdated(known):
            known = await self._rehash(found.person, known, password)
        return found.person, known

    async def _rehash(self, person: Person, old: str, password: str) -> str:
        new = await self.passwords.hash(password)
        async with self._means.database.connection() as connection:
            await accounts.rehash(connection, UUID(person.id), old, new)
        return new
