"""The second factor: codes by time (TOTP, RFC 6238), and codes to recover with where the device
that makes them is lost.

A code is used once. Signing in with a password alone gives a ticket then, which is of use for a
few minutes and with a code only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import pyotp

from headrace.auth.credentials import Prefix, digest
from headrace.errors import BadCode, Conflict, NotFound, SecondFactorRequired, SignInExpired
from headrace.log import directory, factors

if TYPE_CHECKING:
    from headrace.auth.limits import Limits
    from headrace.auth.means import Means
    from headrace.log.database import Connection
    from headrace.model.people import Person

_ISSUER = "Headrace"
_STEP = 30
#: Clocks of telephones are off by a step, and people type slowly (RFC 6238, section 5.2).
_WINDOW = (0, -1, 1)
_SECRET_BYTES = 20
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_PATIENCE = timedelta(minutes=5)


class Enrolment(NamedTuple):
    """A new secret, in base32 and as the address that apps take in."""

    secret: str
    uri: str


class Standing(NamedTuple):
    """Whether a second factor is asked for, and how many codes to recover with are left."""

    is_on: bool
    recovery_left: int


class Factors:
    """Every method raises Unavailable while the log is away."""

    def __init__(self, means: Means, limits: Limits) -> None:
        self._means = means
        self._limits = limits

    # Signing in.

    async def demand(self, person: Person, password: str) -> None:
        """Raises SecondFactorRequired, with a ticket, for somebody who has one. ``password`` is
        the hash of the one that was checked."""
        async with self._means.database.connection() as connection:
            known = await factors.totp(connection, UUID(person.id))
            if known is None or not known.confirmed:
                return
            ticket = self._means.secret(Prefix.HALF)
            expires = self._means.clock() + _PATIENCE
            await factors.wait(connection, digest(ticket), UUID(person.id), password, expires)
        raise SecondFactorRequired(ticket=ticket)

    async def pass_on(self, ticket: str, code: str) -> tuple[Person, str]:
        """Whose sign-in waits under a ticket, and the hash of the password that was checked.

        Raises SignInExpired, BadCode (the ticket stays good then), TooManyRequests.
        """
        async with self._means.database.connection() as connection:
            waiting = await factors.waiting(connection, digest(ticket), self._means.clock())
        if waiting is None:
            raise SignInExpired
        await self._limits.second_factor(str(waiting.person))
        async with self._means.database.transaction() as connection:
            person = await directory.person_by_id(connection, waiting.person)
            if person is None or not await factors.done_waiting(connection, digest(ticket)):
                raise SignInExpired
            await self._check(connection, person, code)
        return person, waiting.password

    # One's own.

    async def standing(self, person: Person) -> Standing:
        """What somebody has."""
        async with self._means.database.connection() as connection:
            known = await factors.totp(connection, UUID(person.id))
            left = await factors.recovery_left(connection, UUID(person.id))
        return Standing(known is not None and known.confirmed, left)

    async def enrol(self, person: Person) -> Enrolment:
        """A new secret, which counts once a code of it is shown. Raises Conflict."""
        secret = base64.b32encode(self._means.token_bytes(_SECRET_BYTES)).decode()
        async with self._means.database.connection() as connection:
            if not await factors.begin(connection, UUID(person.id), secret):
                raise Conflict("there is a second factor already: remove it first")
        uri = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=_ISSUER)
        return Enrolment(secret, uri)

    async def confirm(self, person: Person, code: str) -> list[str]:
        """Show a code of the new secret; from now on one is asked for. Answers codes to recover
        with, shown this once. Raises NotFound, BadCode, Conflict, TooManyRequests."""
        await self._limits.second_factor(person.id)
        codes = [self._recovery_code() for _ in range(_RECOVERY_CODES)]
        async with self._means.database.transaction() as connection:
            known = await factors.totp(connection, UUID(person.id))
            if known is None:
                raise NotFound
            if known.confirmed:
                raise Conflict("there is a second factor already: remove it first")
            if not await self._use_totp(connection, person, known.secret, code):
                raise BadCode
            await factors.set_recovery(connection, UUID(person.id), [_hash(one) for one in codes])
            await self._means.record(connection, person, "second_factor.on", person.email)
        return codes

    async def remove(self, person: Person, code: str) -> None:
        """Ask for none any more. Raises BadCode, TooManyRequests."""
        await self._limits.second_factor(person.id)
        async with self._means.database.transaction() as connection:
            await self._check(connection, person, code)
            await factors.drop(connection, UUID(person.id))
            await self._means.record(connection, person, "second_factor.off", person.email)

    async def take_away(self, person: Person, by: Person | None) -> None:
        """The same for somebody who has lost the device and the codes. Raises NotFound."""
        async with self._means.database.transaction() as connection:
            if not await factors.drop(connection, UUID(person.id)):
                raise NotFound
            await self._means.record(connection, by, "second_factor.off", person.email)

    async def _check(self, connection: Connection, person: Person, code: str) -> None:
        known = await factors.totp(connection, UUID(person.id))
        if known is not None and await self._use_totp(connection, person, known.secret, code):
            return
        if not await factors.use_recovery(connection, UUID(person.id), _hash(code)):
            raise BadCode

    async def _use_totp(
        self, connection: Connection, person: Person, secret: str, code: str
    ) -> bool:
        step = _step_of(secret, code, self._means.clock().timestamp())
        return step is not None and await factors.use_step(connection, UUID(person.id), step)

    def _recovery_code(self) -> str:
        text = base64.b32encode(self._means.token_bytes(_RECOVERY_BYTES)).decode().lower()
        return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _step_of(secret: str, code: str, now: float) -> int | None:
    """The time step whose code this is, if it is one around now."""
    given = code.replace(" ", "").encode("utf-8", "replace")
    step = int(now) // _STEP
    generator = pyotp.HOTP(secret)
    found = [
        step + offset
        for offset in _WINDOW
        if hmac.compare_digest(generator.at(step + offset).encode(), given)
    ]
    return found[0] if found else None


def _hash(code: str) -> bytes:
    """Of a code to recover with, however it was typed."""
    plain = code.lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
