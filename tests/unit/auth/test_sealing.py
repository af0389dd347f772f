"""sealing.py: what is sealed opens for its owner, with its key, untouched, and in no other way."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from headrace.auth.sealing import (
    NONCE_BYTES,
    Key,
    Purpose,
    Ring,
    key_of,
    open_with,
    seal_with,
)
from headrace.errors import NoSecretKey, SecretUnreadable
from headrace.settings import Settings

JONAS, MIA = UUID(int=1), UUID(int=2)
NONCE = bytes(NONCE_BYTES)
SECRET = "JBSWY3DPEHPK3PXP"


def text(first: int) -> str:
    return base64.b64encode(bytes(range(first, first + 32))).decode()


KEY, OTHER = Key(text(0)), Key(text(1))
RING = Ring([KEY])
SEALED = RING.seal(KEY.id, Purpose.TOTP, JONAS, SECRET, NONCE)


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    assert RING.open(Purpose.TOTP, JONAS, SEALED) == SECRET
    assert SECRET.encode() not in SEALED


def test_what_was_sealed_by_an_earlier_version_opens() -> None:
    kept = (
        "018ca87e6b28997786000000000000000000000000e264cf96a98bca910a1c75d4aafe1a99"
        "3e9421d438766bb74834c59d185a4590"
    )
    assert RING.open(Purpose.TOTP, JONAS, bytes.fromhex(kept)) == SECRET


def test_two_seals_of_the_same_secret_differ() -> None:
    again = RING.seal(KEY.id, Purpose.TOTP, JONAS, SECRET, b"\x01" * NONCE_BYTES)
    assert again != SEALED
    assert RING.open(Purpose.TOTP, JONAS, again) == SECRET


@pytest.mark.parametrize("place", range(len(SEALED)))
def test_a_byte_that_was_changed_is_noticed_wherever_it_is(place: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= 1
    with pytest.raises(SecretUnreadable):
        RING.open(Purpose.TOTP, JONAS, bytes(changed))


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_what_was_cut_off_is_noticed_wherever_it_ends(length: int) -> None:
    with pytest.raises(SecretUnreadable):
        RING.open(Purpose.TOTP, JONAS, SEALED[:length])


def test_what_was_lengthened_is_noticed() -> None:
    with pytest.raises(SecretUnreadable):
        RING.open(Purpose.TOTP, JONAS, SEALED + b"\x00")


def test_a_secret_of_somebody_else_does_not_open() -> None:
    with pytest.raises(SecretUnreadable):
        RING.open(Purpose.TOTP, MIA, SEALED)


def test_another_key_does_not_open_it_even_under_the_same_id() -> None:
    ring = Ring([OTHER])
    assert not ring.can_open(SEALED)
    with pytest.raises(SecretUnreadable):
        ring.open(Purpose.TOTP, JONAS, SEALED)
    posing = Key(text(1))
    posing.id = KEY.id
    with pytest.raises(SecretUnreadable):
        Ring([posing]).open(Purpose.TOTP, JONAS, SEALED)


def test_a_ring_opens_with_all_its_keys_and_seals_with_the_one_that_is_named() -> None:
    ring = Ring([OTHER, KEY])
    assert ring.newest is OTHER
    assert ring.open(Purpose.TOTP, JONAS, SEALED) == SECRET
    for key in (KEY, OTHER):
        sealed = ring.seal(key.id, Purpose.TOTP, JONAS, SECRET, NONCE)
        assert key_of(sealed) == key.id
        assert Ring([key]).open(Purpose.TOTP, JONAS, sealed) == SECRET


@pytest.mark.parametrize(("ring", "key"), [(Ring(), None), (RING, None), (RING, OTHER.id)])
def test_without_the_key_nothing_is_sealed(ring: Ring, key: bytes | None) -> None:
    with pytest.raises(NoSecretKey):
        ring.seal(key, Purpose.TOTP, JONAS, SECRET, NONCE)


def test_the_keys_are_those_of_the_settings() -> None:
    assert Ring.of(Settings()).newest is None
    ring = Ring.of(Settings(secret_key=text(1), former_secret_key=text(0)))
    assert ring.newest is not None
    assert ring.newest.id == OTHER.id
    assert KEY.id in ring


def test_the_id_of_a_key_is_nothing_of_the_key() -> None:
    assert KEY.id == Key(text(0)).id != OTHER.id
    assert KEY.id not in bytes(range(32))


SESSION = "hs_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
OWN = seal_with(SESSION, "header.claims.signature", NONCE)


def test_what_a_secret_seals_opens_with_it_and_shows_nothing() -> None:
    assert open_with(SESSION, OWN) == "header.claims.signature"
    assert b"claims" not in OWN
    assert SESSION.encode() not in OWN


def test_what_a_secret_sealed_in_an_earlier_version_opens() -> None:
    kept = (
        "00000000000000000000000081309b976092ed23a6d99a2b272ae8c05a32f113b976028828e4"
        "4ba32f229c7c423a35717c208f"
    )
    assert open_with(SESSION, bytes.fromhex(kept)) == "header.claims.signature"


@pytest.mark.parametrize("secret", ["", SESSION[:-1], SESSION[:-1] + "9", SESSION.lower()])
def test_no_other_secret_opens_it(secret: str) -> None:
    with pytest.raises(SecretUnreadable):
        open_with(secret, OWN)


@pytest.mark.parametrize("place", range(len(OWN)))
def test_a_byte_of_it_that_was_changed_or_cut_off_is_noticed(place: int) -> None:
    changed = bytearray(OWN)
    changed[place] ^= 1
    for spoilt in (bytes(changed), OWN[:place]):
        with pytest.raises(SecretUnreadable):
            open_with(SESSION, spoilt)
