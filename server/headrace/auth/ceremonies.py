"""What browsers and security keys say to each other, and whether to believe it (W3C Web
Authentication, Level 3): the registration of a key (section 7.1) and its use (section 7.2).

A key is a second factor here: who somebody is has been asked before. Where it comes from is not:
attestation is "none".
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from headrace.errors import BadKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace.log.security_keys import SecurityKey
    from headrace.model.people import Person
    from headrace.settings import Settings

#: How long a challenge is good, in seconds: people look for their keys.
PATIENCE = 300
_NAME = "Headrace"
# What the library raises for bytes that are no key, no signature or no document at all.
_NONSENSE = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, RecursionError)


class Attestation(NamedTuple):
    """What the browser answers when a key is registered; all but ``transports`` in base64url."""

    id: str
    client_data: str
    attestation_object: str
    transports: tuple[str, ...]


class Assertion(NamedTuple):
    """What the browser answers when a key has signed, in base64url."""

    id: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


class Attested(NamedTuple):
    """What is to be kept of a new key."""

    credential: bytes
    public_key: bytes
    counter: int
    transports: tuple[str, ...]


class Party(NamedTuple):
    """Who asks: ``origin`` is that of our pages, ``id`` its host, and ``verification`` whether a
    key asks who holds it."""

    origin: str
    id: str
    verification: UserVerificationRequirement

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say where browsers reach us."""
        host = urlsplit(settings.address).hostname or ""
        verification = UserVerificationRequirement(settings.security_key_verification)
        return cls(settings.address, host, verification)

    @property
    def _is_verified(self) -> bool:
        return self.verification is UserVerificationRequirement.REQUIRED

    def creation(
        self, person: Person, challenge: bytes, known: Iterable[SecurityKey]
    ) -> dict[str, Any]:
        """The options for ``navigator.credentials.create`` (section 5.1.8), without those keys
        that are known. Names are kept on no key: there is no need to."""
        options = webauthn.generate_registration_options(
            rp_id=self.id,
            rp_name=_NAME,
            user_id=UUID(person.id).bytes,
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenge,
            timeout=PATIENCE * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=self.verification,
            ),
            exclude_credentials=[_descriptor(key) for key in known],
        )
        return options_to_json_dict(options)

    def request(self, challenge: bytes, known: Iterable[SecurityKey]) -> dict[str, Any]:
        """The options for ``navigator.credentials.get`` (section 5.1.9), with these keys."""
        options = webauthn.generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=PATIENCE * 1000,
            allow_credentials=[_descriptor(key) for key in known],
            user_verification=self.verification,
        )
        return options_to_json_dict(options)

    def attested(self, challenge: bytes, shown: Attestation) -> Attested:
        """A new key, if the browser was on our page and answers this challenge. Raises BadKey."""
        try:
            client_data = _ours(shown.client_data)
            response = AuthenticatorAttestationResponse(
                client_data_json=client_data,
                attestation_object=_bytes(shown.attestation_object),
            )
            found = webauthn.verify_registration_response(
                credential=RegistrationCredential(
                    id=shown.id, raw_id=_bytes(shown.id), response=response
                ),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                require_user_verification=self._is_verified,
            )
            if found.credential_id != _bytes(shown.id):
                raise BadKey
        except _NONSENSE as error:
            raise BadKey from error
        return Attested(
            found.credential_id,
            found.credential_public_key,
            found.sign_count,
            tuple(name for name in shown.transports if name in _TRANSPORTS),
        )

    def asserted(self, person: UUID, challenge: bytes, key: SecurityKey, shown: Assertion) -> int:
        """The counter of a key that has signed this challenge. Raises BadKey.

        Whether the counter went up is for the caller to see.
        """
        try:
            client_data = _ours(shown.client_data)
            handle = None if shown.user_handle is None else _bytes(shown.user_handle)
            if handle not in (None, person.bytes):
                raise BadKey
            response = AuthenticatorAssertionResponse(
                client_data_json=client_data,
                authenticator_data=_bytes(shown.authenticator_data),
                signature=_bytes(shown.signature),
            )
            found = webauthn.verify_authentication_response(
                credential=AuthenticationCredential(
                    id=shown.id, raw_id=key.credential, response=response
                ),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=key.public_key,
                credential_current_sign_count=0,
                require_user_verification=self._is_verified,
            )
        except _NONSENSE as error:
            raise BadKey from error
        return found.new_sign_count


_TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)


def credential_of(shown: Assertion) -> bytes:
    """Which key it is that has signed. Raises BadKey."""
    try:
        return _bytes(shown.id)
    except ValueError as error:
        raise BadKey from error


def _ours(client_data: str) -> bytes:
    """What the browser has collected. Raises BadKey for a page in a frame on somebody else's."""
    collected = _bytes(client_data)
    if parse_client_data_json(collected).cross_origin:
        raise BadKey
    return collected


def _bytes(text: str) -> bytes:
    """Of base64url without padding (RFC 7515, appendix C). Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _descriptor(key: SecurityKey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in key.transports if name in _TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=key.credential, transports=transports or None)
