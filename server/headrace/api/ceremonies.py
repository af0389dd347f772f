"""What browsers are given for ``navigator.credentials``: the JSON forms of W3C Web Authentication,
Level 3, which ``PublicKeyCredential.parseCreationOptionsFromJSON`` and its sibling read.

Bytes are in base64url without padding.
"""

from __future__ import annotations

from typing import Literal

from headrace.api.shapes.base import Answer


class Descriptor(Answer):
    """A key that is known (section 5.8.3)."""

    type: Literal["public-key"]
    id: str
    transports: tuple[str, ...] = ()


class RelyingParty(Answer):
    """Who asks: this server (section 5.4.2)."""

    id: str
    name: str


class KeyUser(Answer):
    """For whom a key is made (section 5.4.3)."""

    id: str
    name: str
    display_name: str


class Algorithm(Answer):
    """What a key may sign with: a COSE algorithm (section 5.3)."""

    type: Literal["public-key"]
    alg: int


class KeySelection(Answer):
    """Which keys are wanted (section 5.4.4)."""

    resident_key: str
    require_resident_key: bool
    user_verification: str


class KeyCreation(Answer):
    """To register a key (section 5.1.8)."""

    rp: RelyingParty
    user: KeyUser
    challenge: str
    pub_key_cred_params: tuple[Algorithm, ...]
    timeout: int
    exclude_credentials: tuple[Descriptor, ...]
    authenticator_selection: KeySelection
    attestation: str


class KeyRequest(Answer):
    """To have a key sign (section 5.1.9)."""

    challenge: str
    timeout: int
    rp_id: str
    allow_credentials: tuple[Descriptor, ...]
    user_verification: str
