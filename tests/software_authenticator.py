"""A security key in software, and the browser around it: what W3C Web Authentication, Level 3 has
them answer (sections 6.1, 6.5.4 and 5.8.1), and lies about any of it."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(data: bytes) -> str:
    """In base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """A key for one account. ``flags`` are what it says of whoever holds it, ``counter`` how often
    it has signed, or None if it does not count; ``origin`` is the page that the browser is on."""

    def __init__(self, origin: str, *, flags: int = PRESENT | VERIFIED) -> None:
        self.origin = origin
        self.flags = flags
        self.counter: int | None = 0
        self.id = secrets.token_bytes(32)
        self.private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        """The answer to ``navigator.credentials.create``, with attestation "none"."""
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._public_key()
        data = self._data(options["rp"]["id"], self.flags | ATTESTED, lies) + credential
        document = {"fmt": "none", "attStmt": {}, "authData": data}
        return {
            "id": encoded(self.id),
            "clientDataJSON": self._client_data("webauthn.create", options, lies),
            "attestationObject": encoded(encode_cbor(document)),
            "transports": ["usb", "smoke-signals"],
        }

    def get(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        """The answer to ``navigator.credentials.get``."""
        client_data = self._client_data("webauthn.get", options, lies)
        data = self._data(options["rpId"], self.flags, lies)
        signed = data + hashlib.sha256(decoded(client_data)).digest()
        return {
            "id": encoded(lies.get("id", self.id)),
            "clientDataJSON": client_data,
            "authenticatorData": encoded(data),
            "signature": encoded(self.private.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }

    def _data(self, rp_id: str, flags: int, lies: Mapping[str, Any]) -> bytes:
        if self.counter is not None:
            self.counter += 1
        host = hashlib.sha256(lies.get("rp_id", rp_id).encode()).digest()
        counter = lies.get("counter", self.counter) or 0
        return host + struct.pack(">BI", lies.get("flags", flags), counter)

    def _client_data(self, kind: str, options: Mapping[str, Any], lies: Mapping[str, Any]) -> str:
        collected = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": lies.get("cross_origin", False),
        }
        return encoded(json.dumps(collected).encode())

    def _public_key(self) -> bytes:
        """As a COSE_Key (RFC 9053, section 7.1.1): ES256 on P-256."""
        point = self.private.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
