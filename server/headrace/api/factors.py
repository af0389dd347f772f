"""The second factor: shown, switched on and off by its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api.shapes import Enrolment, RecoveryCodes, SecondFactor

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes import Code, PasswordProof, RemoveFactor


async def mine(call: Call[None, Query]) -> SecondFactor:
    found = await call.services.accounts.factors.standing(call.person)
    return SecondFactor(on=found.is_on, recovery_left=found.recovery_left)


async def enrol(call: Call[PasswordProof, Query]) -> Enrolment:
    """It counts once a code of it is shown."""
    accounts = call.services.accounts
    await accounts.prove(call.person, call.body.password, call.client)
    made = await accounts.factors.enrol(call.person)
    return Enrolment(secret=made.secret, uri=made.uri)


async def confirm(call: Call[Code, Query]) -> RecoveryCodes:
    """Codes to recover with are shown this once."""
    codes = await call.services.accounts.factors.confirm(call.person, call.body.code)
    return RecoveryCodes(codes=tuple(codes))


async def remove(call: Call[RemoveFactor, Query]) -> None:
    accounts = call.services.accounts
    await accounts.prove(call.person, call.body.password, call.client)
    await accounts.factors.remove(call.person, call.body.code)
