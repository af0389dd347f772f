"""Secrets as they are handed out, found in headers, and stored.

A secret is 256 random bits behind a prefix that says what it is. Being random, it needs no slow
hash: what is stored is its SHA-256, and a copy of the database opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
from enum import StrEnum

COOKIE = "headrace_session"
HOST = "__Host-"
SECRET_BYTES = 32


class Prefix(StrEnum):
    """What a secret is for."""

    TOKEN = "hr_"  # noqa: S105 - the prefix is no secret
    SESSION = "hs_"
    TICKET = "ht_"
    SIGN_IN = "hi_"
    RESET = "hp_"
    HALF = "hf_"
    INVITATION = "hv_"


def secret(prefix: Prefix, random: bytes) -> str:
    """The text that is handed out, once."""
    return prefix + base64.urlsafe_b64encode(random).decode().rstrip("=")


def digest(text: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(text.encode()).digest()


def bearer(authorization: str) -> str:
    """The secret of a header ``Authorization: Bearer SECRET`` (RFC 6750); empty if it is none."""
    scheme, _, value = authorization.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def session_in(header: str | None, *, is_https: bool) -> str | None:
    """The session's secret in a header ``Cookie``, if there is one."""
    return cookie_in(header, COOKIE, is_https=is_https)


def cookie_in(header: str | None, name: str, *, is_https: bool) -> str | None:
    """The value of a cookie in a header ``Cookie`` (RFC 6265, section 4.2), if there is one.

    Where browsers reach us by https, only the name with the prefix counts: such a cookie is from
    us, and from no other host of the same domain (RFC 6265bis, section 4.1.3.2).
    """
    found: dict[str, str] = {}
    for pair in (header or "").split(";"):
        key, _, value = pair.strip().partition("=")
        found.setdefault(key, value)
    plain = "" if is_https else found.get(name, "")
    return found.get(HOST + name) or plain or None
