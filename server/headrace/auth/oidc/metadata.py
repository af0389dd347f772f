"""What a provider says of itself (OpenID Connect Discovery 1.0, section 3), as far as we use it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headrace.errors import ProviderUntrusted

WELL_KNOWN = "/.well-known/openid-configuration"
_HERE = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:/|$)")
_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
)


class Metadata(msgspec.Struct, frozen=True):
    """The members that we use; others are ignored (section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    authorization_response_iss_parameter_supported: bool = False


def read(document: dict[str, Any], issuer: str) -> Metadata:
    """The metadata of ``issuer``, checked. Raises ProviderUntrusted.

    The issuer must be the one that was asked, to the letter (section 4.3), or one provider could
    speak for another; endpoints must be secure as the issuer's address is.
    """
    try:
        found = msgspec.convert(document, Metadata)
    except msgspec.ValidationError as error:
        raise ProviderUntrusted(f"discovery: {error}", reason="discovery") from error
    if found.issuer != issuer:
        raise ProviderUntrusted("discovery names another issuer", reason="issuer")
    for name in _ENDPOINTS:
        address = getattr(found, name)
        if address is not None and not is_secure(address, here=is_here(issuer)):
            raise ProviderUntrusted(f"discovery: {name} is not secure", reason="discovery")
    return found


def is_here(address: str) -> bool:
    """Whether this is on the same machine, where nobody listens in."""
    return _HERE.match(address) is not None


def is_secure(address: str, *, here: bool = False) -> bool:
    """Whether an address is of TLS, or, with ``here``, on the same machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_tls = parts.scheme == "https" and bool(parts.netloc)
    return is_tls or (here and is_here(address))
