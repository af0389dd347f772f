"""ID tokens (OpenID Connect Core 1.0, section 3.1.3.7) and logout tokens (Back-Channel Logout 1.0,
section 2.6): what they claim, if it can be believed.

Signatures are asymmetric ones only. So neither a token without a signature passes, nor one that
somebody "signed" with our client secret or with the provider's public key as if it were secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)

from headrace.errors import ProviderUntrusted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from joserfc.jwk import KeySet

#: Seconds by which the provider's clock may differ from ours.
LEEWAY = 120
ALGORITHMS = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "Ed25519"),
    }
)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
UNKNOWN_KEY = "key"
_MOST_SUBJECT = 255


def signed(token: str, keys: KeySet, algorithms: Collection[str]) -> jwt.Token:
    """A token whose signature is the provider's. Raises ProviderUntrusted, with UNKNOWN_KEY as
    its reason where the key is none of these."""
    allowed = sorted(ALGORITHMS & set(algorithms))
    if not allowed:
        raise ProviderUntrusted("it signs with nothing that we take", reason="algorithm")
    registry = jws.JWSRegistry(algorithms=allowed, strict_check_header=False)
    try:
        return jwt.decode(token, keys, registry=registry)
    except InvalidKeyIdError as error:
        raise ProviderUntrusted("a token's key is unknown", reason=UNKNOWN_KEY) from error
    except UnsupportedAlgorithmError as error:
        raise ProviderUntrusted("a token's algorithm is not taken", reason="algorithm") from error
    except BadSignatureError as error:
        raise ProviderUntrusted("a token's signature is wrong", reason="signature") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise ProviderUntrusted("a token cannot be read", reason="token") from error


def check_id_token(
    token: jwt.Token, *, issuer: str, client: str, nonce: str, access_token: str | None, now: int
) -> dict[str, Any]:
    """The claims of an ID token that is meant for us, now, and for this attempt.

    Raises ProviderUntrusted.
    """
    claims = CodeIDToken(
        token.claims,
        token.header,
        _expected(issuer, client),
        {"nonce": nonce, "client_id": client, "access_token": access_token},
    )
    _believe(claims, now)
    return dict(claims)


def check_logout_token(token: jwt.Token, *, issuer: str, client: str, now: int) -> dict[str, Any]:
    """The claims of a logout token. Raises ProviderUntrusted.

    It has no nonce, so an ID token cannot pass for one, and it names a session or a person.
    """
    claims = token.claims
    registry = jwt.JWTClaimsRegistry(now, LEEWAY, **_expected(issuer, client, "iat", "exp", "jti"))
    try:
        registry.validate(claims)
    except JoseError as error:
        raise _doubt(error) from error
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise ProviderUntrusted("a logout token tells of no logout", reason="events")
    if "nonce" in claims:
        raise ProviderUntrusted("a logout token has a nonce", reason="nonce")
    sid = claims.get("sid")
    if not isinstance(sid, str | None) or (sid is None and "sub" not in claims):
        raise ProviderUntrusted("a logout token names nobody", reason="sub")
    return claims


def _expected(issuer: str, client: str, *essential: str) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client},
        **{name: {"essential": True} for name in essential},
    }


def _believe(claims: CodeIDToken, now: int) -> None:
    try:
        claims.validate(now, LEEWAY)
    except (JoseError, TypeError, ValueError, AttributeError) as error:
        raise _doubt(error) from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _MOST_SUBJECT or "\x00" in subject:
        raise ProviderUntrusted("an ID token names nobody", reason="sub")


def _doubt(error: Exception) -> ProviderUntrusted:
    if isinstance(error, ExpiredTokenError):
        return ProviderUntrusted("a token is over", reason="expired")
    if isinstance(error, InvalidClaimError | MissingClaimError):
        return ProviderUntrusted(f"a token's claim is wrong: {error}", reason=_claim(error))
    return ProviderUntrusted(f"a token cannot be believed: {error}", reason="token")


_WORDS: Mapping[str, str] = {"iss": "issuer", "aud": "audience", "exp": "expired"}


def _claim(error: InvalidClaimError | MissingClaimError) -> str:
    return _WORDS.get(error.claim, error.claim)
