"""What a browser answers is believed or refused; nothing that it sends is an error of ours."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webauthn.helpers import encode_cbor

from headrace.auth.ceremonies import Assertion, Attestation, Party
from headrace.errors import BadKey
from headrace.log.security_keys import SecurityKey
from headrace.settings import Settings
from tests.software_authenticator import Authenticator, decoded, encoded

ORIGIN = "https://stream.example.org"
PARTY = Party.of(Settings(public_url=ORIGIN))
CHALLENGE = bytes(range(32))
PERSON = UUID(int=7)
OPTIONS = {"challenge": encoded(CHALLENGE), "rpId": PARTY.id, "rp": {"id": PARTY.id}}
KEY = Authenticator(ORIGIN)
CREATED, SIGNED = KEY.create(OPTIONS), KEY.get(OPTIONS)


def attestation(**changes: str) -> Attestation:
    made = CREATED | changes
    return Attestation(made["id"], made["clientDataJSON"], made["attestationObject"], ("usb",))


def assertion(**changes: str) -> Assertion:
    made = SIGNED | changes
    return Assertion(
        made["id"], made["clientDataJSON"], made["authenticatorData"], made["signature"]
    )


def kept(public_key: bytes | None = None) -> SecurityKey:
    attested = PARTY.attested(CHALLENGE, attestation())
    return SecurityKey(
        id=UUID(int=1),
        credential=attested.credential,
        rp_id=PARTY.id,
        name="Blue",
        public_key=attested.public_key if public_key is None else public_key,
        counter=attested.counter,
        transports=attested.transports,
        created=datetime(2026, 11, 22, tzinfo=UTC),
        last_used=None,
    )


def test_a_key_is_believed_by_what_it_showed_when_it_was_registered() -> None:
    assert PARTY.asserted(PERSON, CHALLENGE, kept(), assertion()) == 2


@pytest.mark.parametrize(
    ("settings", "origin", "host"),
    [
        ({"public_url": "https://stream.example.org:8443"}, None, "stream.example.org"),
        ({"port": 8123}, "http://localhost:8123", "localhost"),
    ],
)
def test_who_asks_is_where_browsers_reach_us(
    settings: dict[str, Any], origin: str | None, host: str
) -> None:
    party = Party.of(Settings(**settings))
    assert (party.origin, party.id) == (origin or settings["public_url"], host)


def changed(text: str) -> st.SearchStrategy[str]:
    """Base64url that is almost like this, or anything."""
    data = decoded(text)
    places = st.integers(0, len(data) - 1)
    flipped = st.builds(
        lambda at, byte: data[:at] + bytes([byte]) + data[at + 1 :], places, st.integers(0, 255)
    )
    cut = places.map(lambda at: data[:at])
    return st.one_of(flipped, cut, st.binary(max_size=80)).map(encoded) | st.text(max_size=40)


@given(changed(CREATED["clientDataJSON"]), changed(CREATED["attestationObject"]))
def test_no_attestation_is_an_error_of_ours(client_data: str, made: str) -> None:
    for changes in ({"clientDataJSON": client_data}, {"attestationObject": made}):
        with suppress(BadKey):
            PARTY.attested(CHALLENGE, attestation(**changes))


@given(st.data())
def test_no_assertion_is_an_error_of_ours_and_a_changed_one_is_refused(data: st.DataObject) -> None:
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        text = data.draw(changed(SIGNED[part]))
        if base64.urlsafe_b64encode(decoded(SIGNED[part])).decode().rstrip("=") == text:
            continue
        with pytest.raises(BadKey):
            PARTY.asserted(PERSON, CHALLENGE, kept(), assertion(**{part: text}))


CBOR = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary(max_size=40) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.integers(-4, 4) | st.sampled_from(["fmt", "authData"]), inner, max_size=5
        )
    ),
    max_leaves=8,
)


@given(CBOR)
def test_no_document_and_no_key_is_an_error_of_ours(document: Any) -> None:
    with suppress(BadKey):
        PARTY.attested(CHALLENGE, attestation(attestationObject=encoded(encode_cbor(document))))
    with pytest.raises(BadKey):
        PARTY.asserted(PERSON, CHALLENGE, kept(encode_cbor(document)), assertion())
