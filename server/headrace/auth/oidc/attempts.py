"""What ties the provider's answer to the browser that asked for it.

Two secrets: ``state`` goes to the provider and comes back, ``browser`` stays in a cookie. Nonce
and verifier are made of both, so whoever sees the address, the provider's log or our database
holds at most one half, and an answer that somebody else fetched is worth nothing in this browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import NamedTuple

from authlib.oauth2.rfc7636 import create_s256_code_challenge


class Attempt(NamedTuple):
    """One attempt to sign in."""

    state: str
    browser: str

    @property
    def nonce(self) -> str:
        """What the ID token has to repeat (OpenID Connect Core 1.0, section 15.5.2)."""
        return self._derived(b"nonce")

    @property
    def verifier(self) -> str:
        """What proves to the provider that it is us who asked (RFC 7636, section 4.1)."""
        return self._derived(b"verifier")

    @property
    def challenge(self) -> str:
        """The verifier as the provider may see it beforehand (section 4.2)."""
        return str(create_s256_code_challenge(self.verifier))

    def _derived(self, what: bytes) -> str:
        key = hashlib.sha256(self.browser.encode()).digest()
        made = hmac.digest(key, what + b"\x00" + self.state.encode(), "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
