"""Accounts: signing in and out, tokens, tickets, and whose request this is.

Nothing is remembered between two requests: a session, a token or an account that ends is over
with the next request on every node.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from headrace.auth.credentials import (
    SECRET_BYTES,
    Prefix,
    bearer,
    digest,
    secret,
    session_in,
)
from headrace.auth.passwords import Passwords
from headrace.auth.throttle import Throttle
from headrace.errors import AccountClosed, BadCredentials, NotFound, Unauthenticated
from headrace.log import accounts, audit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from headrace.log.database import Connection, Database
    from headrace.model.people import Person
    from headrace.settings import Settings

T = TypeVar("T")

_BURST = 10
_INTERVAL = 30.0


class Accounts:
    """Accounts of one process. ``clock`` gives the time in UTC, ``token_bytes(n)`` n random bytes.

    Every method raises Unavailable while the log is away.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        settings: Settings,
        passwords: Passwords | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._token_bytes = token_bytes
        self._session_time = timedelta(days=settings.session_days)
        self._ticket_time = timedelta(seconds=settings.ticket_seconds)
        self._attempts: Throttle[tuple[str, str]] = Throttle(_BURST, _INTERVAL)
        self.passwords = passwords or Passwords()
        #: Whose request, since the beginning, for the metrics.
        self.checks = dict.fromkeys(("ok", "denied"), 0)

    # Passwords and sessions.

    async def sign_in(self, email: str, password: str, client: str = "") -> tuple[str, Person]:
        """A session's secret, and whose it is. ``client`` is the address that asks.

        Raises BadCredentials, which does not tell whether there is such an account, and
        TooManyRequests for one client that keeps trying one address.
        """
        address = email.strip().lower()
        self._attempts.take((address, client), self._clock().timestamp())
        person, known = await self._checked(address, password)
        session = await self._open(person, known)
        self._attempts.forget((address, client))
        return session, person

    async def sign_out(self, session: str) -> None:
        """End a session, if there is such a one."""
        async with self._database.connection() as connection:
            await accounts.end_session(connection, digest(session))

    async def open_session(self, connection: Connection, person: Person) -> str:
        """A session's secret, in a transaction of the caller's, where somebody else says who it
        is. Raises AccountClosed."""
        session, now = self._secret(Prefix.SESSION), self._clock()
        is_open = await accounts.open_session(
            connection, digest(session), UUID(person.id), None, now, now + self._session_time
        )
        if not is_open:
            raise AccountClosed
        return session

    async def end_sessions(self, connection: Connection, sessions: Sequence[bytes]) -> None:
        """End sessions by their secrets' hashes, in a transaction of the caller's."""
        for session in sessions:
            await accounts.end_session(connection, session)

    async def set_password(self, person: Person, password: str, by: Person | None = None) -> None:
        """Set a password; all sessions of the person end. Raises NotFound for a closed account."""
        known = await self.passwords.hash(password)
        async with self._database.transaction() as connection:
            if not await accounts.set_password(connection, UUID(person.id), known):
                raise NotFound
            await self._record(connection, by, "password.set", person)

    # Tokens and tickets.

    async def create_token(
        self,
        person: Person,
        name: str,
        expires: datetime | None = None,
        by: Person | None = None,
    ) -> str:
        """A token for programs, valid until it expires. Raises NotFound for a closed account."""
        token = self._secret(Prefix.TOKEN)
        async with self._database.transaction() as connection:
            kept = await accounts.new_token(
                connection, digest(token), UUID(person.id), name, self._clock(), expires
            )
            if not kept:
                raise NotFound
            await self._record(connection, by, "token.create", person, name=name)
        return token

    async def ticket(self, person: Person, cookie: str | None = None) -> str:
        """A ticket for one handshake; with the header ``Cookie``, it ends with that session."""
        ticket, session = self._secret(Prefix.TICKET), session_in(cookie)
        async with self._database.connection() as connection:
            await accounts.new_ticket(
                connection,
                digest(ticket),
                UUID(person.id),
                None if session is None else digest(session),
                self._clock() + self._ticket_time,
            )
        return ticket

    async def redeem(self, ticket: str) -> str:
        """Use a ticket up; answers the person's id. Raises Unauthenticated."""
        async with self._database.connection() as connection:
            person = await accounts.redeem_ticket(connection, digest(ticket), self._clock())
        return str(self._known(person))

    # Whose request is this?

    async def person_for(self, authorization: str | None, cookie: str | None) -> Person:
        """The person of a request, by its headers ``Authorization`` and ``Cookie``.

        A wrong token is not made good by a cookie. Raises Unauthenticated.
        """
        given = session_in(cookie) if authorization is None else bearer(authorization)
        return self._known(await self._person_of(given or ""))

    async def forget_expired(self) -> None:
        """Remove what is over; nothing depends on when this happens."""
        async with self._database.connection() as connection:
            await accounts.forget_expired(connection, self._clock())

    def _known(self, person: T | None) -> T:
        self.checks["denied" if person is None else "ok"] += 1
        if person is None:
            raise Unauthenticated
        return person

    async def _person_of(self, given: str) -> Person | None:
        look_up = _LOOK_UPS.get(given[:3])
        if look_up is None:
            return None
        async with self._database.connection() as connection:
            return await look_up(connection, digest(given), self._clock())

    async def _checked(self, address: str, password: str) -> tuple[Person, str]:
        """Whose address and password these are, and the password's hash."""
        async with self._database.connection() as connection:
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
        async with self._database.connection() as connection:
            await accounts.rehash(connection, UUID(person.id), old, new)
        return new

    async def _open(self, person: Person, known: str) -> str:
        session, now = self._secret(Prefix.SESSION), self._clock()
        expires = now + self._session_time
        async with self._database.connection() as connection:
            is_open = await accounts.open_session(
                connection, digest(session), UUID(person.id), known, now, expires
            )
        if not is_open:
            raise BadCredentials
        return session

    def _secret(self, prefix: Prefix) -> str:
        return secret(prefix, self._token_bytes(SECRET_BYTES))

    async def _record(
        self,
        connection: Connection,
        by: Person | None,
        action: str,
        person: Person,
        **detail: object,
    ) -> None:
        actor = by.email if by is not None else "operator"
        await audit.record(connection, self._clock(), actor, action, person.email, **detail)


_LOOK_UPS = {
    Prefix.TOKEN.value: accounts.person_of_token,
    Prefix.SESSION.value: accounts.person_of_session,
}
