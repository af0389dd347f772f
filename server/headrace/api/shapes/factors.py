"""Second factors: codes from an app, security keys, codes to recover."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from headrace.api.shapes.base import Answer, KeyName, Request

CredentialId = Annotated[str, Meta(min_length=1, max_length=1_400)]
Transport = Annotated[str, Meta(max_length=32)]


class KeyAssertion(Request):
    """What a security key has signed, in base64url (W3C Web Authentication, section 5.2.2)."""

    id: CredentialId
    client_data: Annotated[str, Meta(max_length=4_096)] = msgspec.field(name="clientDataJSON")
    authenticator_data: Annotated[str, Meta(max_length=4_096)]
    signature: Annotated[str, Meta(max_length=8_192)]
    user_handle: Annotated[str, Meta(max_length=100)] | None = None


class KeyAttestation(Request):
    """A new security key, in base64url (W3C Web Authentication, section 5.2.1); ``transports``
    are how the browser reaches it."""

    id: CredentialId
    client_data: Annotated[str, Meta(max_length=4_096)] = msgspec.field(name="clientDataJSON")
    attestation_object: Annotated[str, Meta(max_length=32_768)]
    transports: Annotated[tuple[Transport, ...], Meta(max_length=10)] = ()


class PasswordProof(Request):
    password: Annotated[str, Meta(max_length=1024)]


class Code(Request):
    code: Annotated[str, Meta(max_length=64)]


class FactorProof(Request):
    """The password, and a code of the second factor or one to recover with, or what a security
    key has signed."""

    password: Annotated[str, Meta(max_length=1024)]
    code: Annotated[str, Meta(max_length=64)] | None = None
    key: KeyAssertion | None = None


class NewKey(Request):
    name: KeyName
    key: KeyAttestation


class KeyChange(Request):
    name: KeyName


class KeyAnswer(Answer):
    """A security key. One that is not ``usable`` was made for another address of this server."""

    id: str
    name: str
    created: datetime
    last_used: datetime | None = None
    usable: bool = True


class SecondFactor(Answer):
    """Whether one is asked for; whether there is an app that makes codes, which keys there are,
    and how many codes to recover with are left. The codes of an app that is not ``app_usable``
    cannot be checked here any more; without ``app_offered`` none can be set up here."""

    on: bool
    recovery_left: int
    app: bool = False
    app_usable: bool = True
    app_offered: bool = True
    keys: tuple[KeyAnswer, ...] = ()


class QrCode(Answer):
    """A QR code: its dark parts as the path of an SVG image, ``size`` wide and high."""

    size: int
    path: str


class Enrolment(Answer):
    """A secret in base32, and as the address that apps take in, for cameras too."""

    secret: str
    uri: str
    qr: QrCode


class KeyAdded(Answer):
    """``codes`` to recover with come with the first factor; the only time that they are shown."""

    key: KeyAnswer
    codes: tuple[str, ...] = ()


class RecoveryCodes(Answer):
    """The only time that they are shown."""

    codes: tuple[str, ...]
