"""The provider, as the rest of the program uses it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from headrace.auth.oidc import metadata, tokens, wire
from headrace.auth.oidc.keys import FRESH, Keys
from headrace.errors import ProviderRefused, ProviderUntrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from joserfc import jwt

    from headrace.auth.oidc.attempts import Attempt
    from headrace.auth.oidc.metadata import Metadata
    from headrace.settings import Settings

_MOST_TEXT = 200


class Vouched(NamedTuple):
    """Whom the provider vouches for, and the ID token in which it does.

    ``is_verified`` is None where it says nothing about the address. ``sid`` is its name for the
    session there.
    """

    issuer: str
    subject: str
    email: str | None
    is_verified: bool | None
    name: str | None
    sid: str | None
    id_token: str


class Logout(NamedTuple):
    """Whose sessions the provider says are over: one, or all of a subject."""

    issuer: str
    subject: str | None
    sid: str | None


class Provider:
    """One process's view of the provider in the settings.

    Every method raises ProviderUnavailable where the provider does not answer in time, and
    ProviderUntrusted where what it says does not hold. ``transport`` replaces the network.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer = settings.oidc_issuer
        self._settings = settings
        self._clock = clock
        self._seconds = seconds
        self._client = AsyncOAuth2Client(
            settings.oidc_client_id,
            settings.oidc_client_secret or None,
            scope=settings.oidc_scopes,
            code_challenge_method="S256",
            transport=wire.Bounded(transport or httpx2.AsyncHTTPTransport()),
        )
        self._keys = Keys(self._key_set, seconds)
        self._asking = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._asked = 0.0

    async def close(self) -> None:
        """End the connections to the provider."""
        await self._client.aclose()

    async def address(self, attempt: Attempt, back_to: str) -> str:
        """Where to send the browser, which comes back to ``back_to``."""
        about = await self._about()
        address, _ = self._client.create_authorization_url(
            about.authorization_endpoint,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
            redirect_uri=back_to,
        )
        return str(address)

    async def vouch(
        self, code: str, attempt: Attempt, back_to: str, named: str | None = None
    ) -> Vouched:
        """Whom the provider vouches for. ``named`` is the issuer in its answer (RFC 9207).

        Raises ProviderRefused where it does not take the code.
        """
        about = await self._about()
        if named is None and about.authorization_response_iss_parameter_supported:
            raise ProviderUntrusted("the answer does not name its issuer", reason="issuer")
        if named is not None and named != self.issuer:
            raise ProviderUntrusted("the answer is another issuer's", reason="issuer")
        answer = await self._exchange(about, code, attempt, back_to)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str | None):
            raise ProviderUntrusted("there is no ID token", reason="token")
        claims = tokens.check_id_token(
            await self._signed(id_token, about),
            issuer=self.issuer,
            client=self._settings.oidc_client_id,
            nonce=attempt.nonce,
            access_token=access_token,
            now=self._now(),
        )
        claims = await self._completed(claims, about, access_token)
        return self._vouched(claims, id_token)

    async def ended(self, token: str) -> Logout:
        """Whose sessions a logout token ends."""
        about = await self._about()
        claims = tokens.check_logout_token(
            await self._signed(token, about),
            issuer=self.issuer,
            client=self._settings.oidc_client_id,
            now=self._now(),
        )
        return Logout(self.issuer, claims.get("sub"), claims.get("sid"))

    async def farewell(self, id_token: str | None, back_to: str) -> str | None:
        """Where to send a browser to sign out at the provider too (OpenID Connect RP-Initiated
        Logout 1.0, section 2); None where the provider knows no such thing. Without the ID token,
        which is recommended, the provider asks the person first."""
        endpoint = (await self._about()).end_session_endpoint
        if endpoint is None:
            return None
        hint = {} if id_token is None else {"id_token_hint": id_token}
        asked = hint | {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": back_to,
        }
        return str(httpx2.URL(endpoint).copy_merge_params(asked))

    # What is asked.

    async def _about(self) -> Metadata:
        async with self._asking:
            if self._metadata is None or self._seconds() - self._asked > FRESH:
                found = await self._get(self.issuer.rstrip("/") + metadata.WELL_KNOWN)
                self._metadata = metadata.read(found, self.issuer)
                self._asked = self._seconds()
            return self._metadata

    async def _key_set(self) -> dict[str, Any]:
        return await self._get((await self._about()).jwks_uri)

    async def _exchange(
        self, about: Metadata, code: str, attempt: Attempt, back_to: str
    ) -> Mapping[str, Any]:
        """The code for tokens (OpenID Connect Core 1.0, section 3.1.3)."""
        try:
            async with wire.asking():
                answer: Mapping[str, Any] = await self._client.fetch_token(
                    about.token_endpoint,
                    grant_type="authorization_code",
                    auth=self._client.client_auth(self._method(about)),
                    code=code,
                    code_verifier=attempt.verifier,
                    redirect_uri=back_to,
                )
        except OAuthError as error:
            raise ProviderRefused(f"the provider does not take the code: {error.error}") from error
        except (ValueError, TypeError, RecursionError) as error:
            raise ProviderUntrusted("the token endpoint gives no tokens", reason="json") from error
        return answer

    async def _signed(self, token: str, about: Metadata) -> jwt.Token:
        algorithms = about.id_token_signing_alg_values_supported
        try:
            return tokens.signed(token, await self._keys.current(), algorithms)
        except ProviderUntrusted as doubt:
            if doubt.details["reason"] != tokens.UNKNOWN_KEY:
                raise
            return tokens.signed(token, await self._keys.after_rotation(), algorithms)

    async def _completed(
        self, claims: dict[str, Any], about: Metadata, access_token: str | None
    ) -> dict[str, Any]:
        """The claims with what the UserInfo endpoint adds, where the address is not among them."""
        is_whole = self._settings.oidc_email_claim in claims
        if is_whole or about.userinfo_endpoint is None or access_token is None:
            return claims
        found = await self._get(about.userinfo_endpoint, Authorization=f"Bearer {access_token}")
        if found.get("sub") != claims["sub"]:  # section 5.3.2
            raise ProviderUntrusted("the user info is about somebody else", reason="sub")
        return found | claims

    async def _get(self, address: str, **headers: str) -> dict[str, Any]:
        async with wire.asking():
            return wire.document(
                await self._client.request("GET", address, withhold_token=True, headers=headers)
            )

    # What is made of it.

    def _vouched(self, claims: Mapping[str, Any], id_token: str) -> Vouched:
        said = claims.get("email_verified")
        return Vouched(
            issuer=self.issuer,
            subject=claims["sub"],
            email=_text(claims.get(self._settings.oidc_email_claim)),
            # Some providers write booleans as words.
            is_verified=None if said is None else said is True or said == "true",
            name=_text(claims.get("name")),
            sid=_text(claims.get("sid")),
            id_token=id_token,
        )

    def _method(self, about: Metadata) -> str:
        """How we say who we are: as the provider takes it, in the header if there is a choice."""
        if not self._settings.oidc_client_secret:
            return "none"
        taken = about.token_endpoint_auth_methods_supported
        is_posted = "client_secret_basic" not in taken and "client_secret_post" in taken
        return "client_secret_post" if is_posted else "client_secret_basic"

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _text(value: object) -> str | None:
    """A claim that is to be a line of text; None for all that is not."""
    if not isinstance(value, str) or "\x00" in value:
        return None
    return value.strip()[:_MOST_TEXT] or None
