"""Signing in with a provider: OpenID Connect Core 1.0, the authorization code flow with PKCE.

    wire.py       HTTP to the provider: bounded in time and size, no redirects
    metadata.py   what the provider says of itself (OpenID Connect Discovery 1.0)
    keys.py       the keys it signs with, asked for anew as they rotate
    tokens.py     ID and logout tokens: believed, or refused with the reason
    attempts.py   what ties an answer to the browser that asked
    provider.py   the provider as the rest of the program uses it

It knows neither people nor sessions: it answers whom the provider vouches for. What the provider
says is never trusted before it is checked; each doubt is a ProviderUntrusted with its reason.
"""

from headrace.auth.oidc.attempts import Attempt
from headrace.auth.oidc.provider import Logout, Provider, Vouched

__all__ = ["Attempt", "Logout", "Provider", "Vouched"]
