"""The second factor: shown, switched on and off by its owner, taken away by an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.api.ceremonies import KeyCreation, KeyRequest
from headrace.api.people import administered
from headrace.api.qr_codes import qr_code
from headrace.api.shapes.factors import Enrolment, KeyAdded, KeyAnswer, RecoveryCodes, SecondFactor
from headrace.auth.ceremonies import Assertion, Attestation
from headrace.errors import Invalid
from headrace.model.names import plain_name

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes.factors import Code, FactorProof, KeyChange, NewKey, PasswordProof
    from headrace.api.shapes.sessions import SecondStep
    from headrace.auth.factors import Factors, Shown
    from headrace.log.security_keys import SecurityKey


async def mine(call: Call[None, Query]) -> SecondFactor:
    factors = call.services.accounts.factors
    found = await factors.standing(call.person)
    return SecondFactor(
        on=found.is_on,
        recovery_left=found.recovery_left,
        app=found.has_app,
        app_usable=found.app_usable,
        app_offered=factors.takes_apps,
        keys=tuple(_key(factors, key) for key in found.keys),
    )


# Codes by time


async def enrol(call: Call[PasswordProof, Query]) -> Enrolment:
    """It counts once a code of it is shown."""
    accounts = call.services.accounts
    await accounts.prove(call.person, call.body.password, call.client)
    made = await accounts.factors.enrol(call.person)
    return Enrolment(secret=made.secret, uri=made.uri, qr=qr_code(made.uri))


async def confirm(call: Call[Code, Query]) -> RecoveryCodes:
    """Codes to recover with come with the first factor, and are shown this once."""
    codes = await call.services.accounts.factors.confirm(call.person, call.body.code)
    return RecoveryCodes(codes=tuple(codes))


async def remove(call: Call[FactorProof, Query]) -> None:
    """Keys stay."""
    shown = await _proof(call)
    await call.services.accounts.factors.remove(call.person, shown)


# Security keys


async def begin_key(call: Call[PasswordProof, Query]) -> KeyCreation:
    """For navigator.credentials.create. It counts once the key is shown."""
    accounts = call.services.accounts
    await accounts.prove(call.person, call.body.password, call.client)
    options = await accounts.factors.keys.begin(call.person)
    return msgspec.convert(options, KeyCreation)


async def add_key(call: Call[NewKey, Query]) -> KeyAdded:
    """Codes to recover with come with the first factor, and are shown this once."""
    factors, new = call.services.accounts.factors, call.body.key
    shown = Attestation(new.id, new.client_data, new.attestation_object, new.transports)
    key, codes = await factors.add_key(call.person, plain_name(call.body.name), shown)
    return KeyAdded(key=_key(factors, key), codes=tuple(codes))


async def change_key(call: Call[KeyChange, Query]) -> None:
    keys = call.services.accounts.factors.keys
    await keys.rename(call.person, call.path_id("id"), plain_name(call.body.name))


async def remove_key(call: Call[FactorProof, Query]) -> None:
    """The codes to recover with go with the last factor."""
    shown = await _proof(call)
    await call.services.accounts.factors.remove_key(call.person, call.path_id("id"), shown)


async def ask(call: Call[None, Query]) -> KeyRequest:
    """For navigator.credentials.get. What a key signs for this is a proof, once."""
    return msgspec.convert(await call.services.accounts.factors.ask(call.person), KeyRequest)


# All of it


async def renew_recovery(call: Call[FactorProof, Query]) -> RecoveryCodes:
    """The codes from before are void."""
    shown = await _proof(call)
    codes = await call.services.accounts.factors.renew_recovery(call.person, shown)
    return RecoveryCodes(codes=tuple(codes))


async def take_away(call: Call[None, Query]) -> None:
    """For somebody who has lost all there is. Their sessions end."""
    person = await administered(call)
    await call.services.accounts.factors.take_away(person, call.person)


def shown_in(body: SecondStep | FactorProof) -> Shown:
    """What somebody shows as their second factor. Raises Invalid for nothing, or too much."""
    if body.code is not None and body.key is None:
        return body.code
    if body.key is not None and body.code is None:
        key = body.key
        return Assertion(
            key.id, key.client_data, key.authenticator_data, key.signature, key.user_handle
        )
    raise Invalid("either a code, or what a security key has signed", field="code")


async def _proof(call: Call[FactorProof, Query]) -> Shown:
    """The second factor of somebody whose password is right."""
    shown = shown_in(call.body)
    await call.services.accounts.prove(call.person, call.body.password, call.client)
    return shown


def _key(factors: Factors, key: SecurityKey) -> KeyAnswer:
    return KeyAnswer(
        id=str(key.id),
        name=key.name,
        created=key.created,
        last_used=key.last_used,
        usable=key in factors.keys.here([key]),
    )
