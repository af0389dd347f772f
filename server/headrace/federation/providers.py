"""Signing in with a provider, from the browser's first step to the end of the session."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headrace.auth import agents
from headrace.auth.credentials import SECRET_BYTES, Prefix, digest, secret
from headrace.auth.oidc import Attempt
from headrace.auth.sealing import NONCE_BYTES, open_with, seal_with
from headrace.auth.throttle import Throttle
from headrace.errors import (
    Invalid,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUntrusted,
    SecretUnreadable,
    SignInExpired,
)
from headrace.federation import linking
from headrace.log import providers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from headrace.auth import Accounts
    from headrace.auth.oidc import Provider, Vouched
    from headrace.log import Database
    from headrace.model.identity import Origin
    from headrace.model.people import Person
    from headrace.settings import Settings

log = logging.getLogger(__name__)

#: How long somebody may take at the provider: passwords, second factors, lunch excepted.
PATIENCE = timedelta(minutes=15)
# A whole company behind one address begins its day.
_BURST = 200
_INTERVAL = 0.5
_PLACE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,1999}")


class Begun(NamedTuple):
    """Where to send the browser, and the secret that it keeps."""

    address: str
    browser: str


class Finished(NamedTuple):
    """Who signed in, the session's secret, and where on this site to go on."""

    person: Person
    session: str
    next: str


class SignIns:
    """Signing in with the provider in the settings.

    Every method raises ProviderUnavailable and ProviderUntrusted for what the provider does, and
    Unavailable while the log is away. ``back_to`` is where the provider sends browsers back to.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        provider: Provider,
        *,
        clock: Callable[[], datetime],
        token_bytes: Callable[[int], bytes],
        back_to: str,
    ) -> None:
        self._settings = settings
        self._database = database
        self._accounts = accounts
        self._provider = provider
        self._clock = clock
        self._token_bytes = token_bytes
        self._back_to = back_to
        self._attempts: Throttle[str] = Throttle(_BURST, _INTERVAL)

    async def close(self) -> None:
        """End the connections to the provider."""
        await self._provider.close()

    async def begin(self, following: str, browser: str | None, client: str) -> Begun:
        """Begin: ``following`` is where to go on afterwards, ``browser`` the secret that the
        browser has from another attempt, ``client`` the address that asks.

        Raises Invalid for a place that is not on this site, and TooManyRequests.
        """
        if not _PLACE.fullmatch(following):
            raise Invalid("next is a path on this site", field="next")
        now = self._clock()
        self._attempts.take(agents.site(client), now.timestamp())
        attempt = Attempt(self._secret(), browser or self._secret())
        address = await self._provider.address(attempt, self._back_to)
        async with self._database.connection() as connection:
            await providers.begin(
                connection,
                digest(attempt.state),
                digest(attempt.browser),
                following,
                now + PATIENCE,
            )
        return Begun(address, attempt.browser)

    async def finish(
        self,
        *,
        state: str | None,
        browser: str | None,
        code: str | None,
        named: str | None,
        error: str | None,
        origin: Origin,
    ) -> Finished:
        """Finish what the provider answered: its parameters, and the browser's secret. ``origin``
        is from where the browser asks.

        Raises SignInExpired, ProviderRefused, and what ``linking.person_for`` raises.
        """
        attempt = Attempt(state or "", browser or "")
        following = await self._take(attempt)
        if error is not None or not code:
            log.warning("the sign-in provider answers with the error %.200r", error)
            raise ProviderRefused
        try:
            vouched = await self._provider.vouch(code, attempt, self._back_to, named)
        except (ProviderUntrusted, ProviderRefused) as refusal:
            log.warning("the sign-in provider's answer is refused: %s", refusal.message)
            raise
        person, session = await self._settle(vouched, origin)
        return Finished(person, session, following)

    async def logged_out(self, logout_token: str) -> None:
        """The provider says that sessions are over: those here end with them."""
        ended = await self._provider.ended(logout_token)
        async with self._database.transaction() as connection:
            sessions = await providers.sessions_at(
                connection, ended.issuer, ended.subject, ended.sid
            )
            told = await self._accounts.sessions.end_secrets(connection, sessions)
        self._accounts.sessions.announce(told)

    async def farewell(self, session: str, back_to: str) -> str | None:
        """End a session by its secret; where to send the browser to sign out at the provider
        too, None if the session did not begin there or the provider is away."""
        async with self._database.connection() as connection:
            provided = await providers.provided(connection, digest(session))
        await self._accounts.sessions.sign_out(session)
        if provided is None:
            return None
        try:
            id_token = None if provided.hint is None else open_with(session, provided.hint)
            return await self._provider.farewell(id_token, back_to)
        except (ProviderUntrusted, ProviderUnavailable, SecretUnreadable):
            return None

    async def forget_expired(self) -> None:
        """Remove what came to nothing; nothing depends on when this happens."""
        async with self._database.connection() as connection:
            await providers.forget_attempts(connection, self._clock())

    async def _take(self, attempt: Attempt) -> str:
        async with self._database.connection() as connection:
            following = await providers.take(
                connection, digest(attempt.state), digest(attempt.browser), self._clock()
            )
        if following is None:
            raise SignInExpired
        return following

    async def _settle(self, vouched: Vouched, origin: Origin) -> tuple[Person, str]:
        """The person, linked if need be, and a session of theirs: all of it or nothing."""
        async with self._database.transaction() as connection:
            person = await linking.person_for(connection, vouched, self._settings, self._clock())
            session = await self._accounts.sessions.open_in(connection, person, origin)
            await providers.keep_session(
                connection,
                digest(session),
                vouched.issuer,
                vouched.subject,
                vouched.sid,
                seal_with(session, vouched.id_token, self._token_bytes(NONCE_BYTES)),
            )
        return person, session

    def _secret(self) -> str:
        return secret(Prefix.SIGN_IN, self._token_bytes(SECRET_BYTES))
