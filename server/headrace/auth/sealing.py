"""Secrets that have to be read again, sealed before they are stored.

Sealed is AES-256-GCM (NIST SP 800-38D): a byte of version, the id of the key, a random nonce, the
text and its tag. What it is for and whose it is belong to what the tag is made of, so that nobody
moves a secret to another account. What is never read again is hashed instead; see credentials.py.

What is read only when somebody comes with a secret of their own, of which we keep but the hash, is
sealed with that secret: neither a key of ours nor a copy of the database opens it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from headrace.errors import NoSecretKey, SecretUnreadable
from headrace.settings import KEY_BYTES, key_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from headrace.settings import Settings

NONCE_BYTES = 12
_VERSION = b"\x01"
_ID_BYTES = 8
_HEAD_BYTES = len(_VERSION) + _ID_BYTES


class Purpose(StrEnum):
    """What a sealed secret is for. Stored secrets depend on these words."""

    TOTP = "totp"


class Key:
    """A key. Its ``id`` names it and gives nothing of it away."""

    def __init__(self, text: str) -> None:
        secret = key_bytes(text)
        self.id = _derived(secret, b"headrace key id", _ID_BYTES)
        self.cipher = AESGCM(_derived(secret, b"headrace sealed secrets", KEY_BYTES))


class Ring:
    """The keys of a process, the one to use from now on first; or none."""

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        self._keys = {key.id: key for key in keys}
        self.newest = keys[0] if keys else None

    @classmethod
    def of(cls, settings: Settings) -> Ring:
        """The keys that the settings name."""
        texts = (settings.secret_key, settings.former_secret_key)
        return cls([Key(text) for text in texts if text])

    def __contains__(self, key: object) -> bool:
        """Whether there is a key of that id."""
        return key in self._keys

    def can_open(self, sealed: bytes) -> bool:
        """Whether that was sealed with a key that is here."""
        return sealed[:1] == _VERSION and key_of(sealed) in self._keys

    def seal(
        self, key: bytes | None, purpose: Purpose, person: UUID, secret: str, nonce: bytes
    ) -> bytes:
        """A person's secret, sealed with the key of that id. ``nonce`` are NONCE_BYTES random
        bytes, never used before. Raises NoSecretKey."""
        if key is None or key not in self._keys:
            raise NoSecretKey
        head = _VERSION + key
        about = _about(head, purpose, person)
        return head + nonce + self._keys[key].cipher.encrypt(nonce, secret.encode(), about)

    def open(self, purpose: Purpose, person: UUID, sealed: bytes) -> str:
        """The secret. Raises SecretUnreadable where the key is not here, and where that is no
        secret of this person's for this purpose."""
        if not self.can_open(sealed):
            raise SecretUnreadable
        head, rest = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        cipher = self._keys[key_of(sealed)].cipher
        try:
            about = _about(head, purpose, person)
            opened: bytes = cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], about)
        except (InvalidTag, ValueError) as error:  # ValueError: a nonce that was cut off
            raise SecretUnreadable from error
        return opened.decode()


def seal_with(secret: str, text: str, nonce: bytes) -> bytes:
    """A text, sealed with a secret of credentials.py. ``nonce`` are NONCE_BYTES random bytes, never
    used before."""
    return nonce + _cipher(secret).encrypt(nonce, text.encode(), None)


def open_with(secret: str, sealed: bytes) -> str:
    """The text. Raises SecretUnreadable where it was sealed with another secret."""
    try:
        opened: bytes = _cipher(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:  # ValueError: a nonce that was cut off
        raise SecretUnreadable from error
    return opened.decode()


def key_of(sealed: bytes) -> bytes:
    """The id of the key with which that was sealed."""
    return sealed[len(_VERSION) : _HEAD_BYTES]


def _about(head: bytes, purpose: Purpose, person: UUID) -> bytes:
    return head + person.bytes + purpose.encode()


def _cipher(secret: str) -> AESGCM:
    # The secret is random, but a text: it is extracted first (RFC 5869, section 2.2).
    derived = HKDF(SHA256(), KEY_BYTES, None, b"headrace sealed by its owner")
    return AESGCM(derived.derive(secret.encode()))


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    """Of a key that is random through and through, for one purpose (RFC 5869, section 3.3)."""
    return HKDFExpand(SHA256(), length, purpose).derive(secret)
