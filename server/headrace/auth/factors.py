"""The second factor: codes by time (TOTP, RFC 6238), security keys, and codes to recover with
where the device is lost.

A code is used once. Signing in with a password alone gives a ticket then, which is of use for a
few minutes and with a second factor only. The codes to recover with come with the first factor
and go with the last.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import pyotp

from headrace.auth.ceremonies import Assertion
from headrace.auth.credentials import Prefix, digest
from headrace.auth.sealing import NONCE_BYTES, Purpose, Ring
from headrace.auth.security_keys import SecurityKeys, proving
from headrace.errors import BadCode, Conflict, NotFound, SecondFactorRequired, SignInExpired
from headrace.log import directory, factors, sealing, security_keys

if TYPE_CHECKING:
    from headrace.auth.ceremonies import Attestation
    from headrace.auth.limits import Limits
    from headrace.auth.means import Means
    from headrace.auth.sessions import Sessions
    from headrace.log.database import Connection
    from headrace.log.security_keys import SecurityKey
    from headrace.model.people import Person

#: A code, by time or to recover with, or what a security key has signed.
Shown = str | Assertion

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


class Way(StrEnum):
    """How a sign-in that waits goes on."""

    KEY = "key"
    CODE = "code"
    RECOVERY = "recovery"


class Standing(NamedTuple):
    """What somebody has: an app that makes codes, keys, codes to recover with. The codes of an app
    that is not ``app_usable`` cannot be checked here."""

    has_app: bool
    app_usable: bool
    keys: list[SecurityKey]
    recovery_left: int

    @property
    def is_on(self) -> bool:
        """Whether a second factor is asked for."""
        return self.has_app or bool(self.keys)


class Factors:
    """Every method raises Unavailable while the log is away."""

    def __init__(self, means: Means, limits: Limits, sessions: Sessions) -> None:
        self._means = means
        self._limits = limits
        self._sessions = sessions
        self._ring = Ring.of(means.settings)
        self.keys = SecurityKeys(means)

    @property
    def takes_apps(self) -> bool:
        """Whether people can set up an app that makes codes."""
        return self._ring.newest is not None

    # Signing in.

    async def demand(self, person: Person, password: str) -> None:
        """Raises SecondFactorRequired, with a ticket and the ways to go on, for somebody who has
        one. ``password`` is the hash of the one that was checked."""
        async with self._means.database.connection() as connection:
            found = await self._standing(connection, person)
            if not found.is_on:
                return
            ticket = self._means.secret(Prefix.HALF)
            expires = self._means.clock() + _PATIENCE
            await factors.wait(connection, digest(ticket), UUID(person.id), password, expires)
        raise SecondFactorRequired(ticket=ticket, ways=self._ways(found))

    async def ask_further(self, ticket: str) -> dict[str, Any]:
        """What the browser needs to have a key sign for the sign-in that waits under a ticket.
        Raises SignInExpired, NotFound for somebody without a key."""
        waiting = await self._waiting(ticket)
        return await self.keys.ask(digest(ticket), waiting.person)

    async def pass_on(self, ticket: str, shown: Shown) -> tuple[Person, str]:
        """Whose sign-in waits under a ticket, and the hash of the password that was checked.

        Raises SignInExpired, BadCode, BadKey (the ticket stays good then), TooManyRequests.
        """
        waiting = await self._waiting(ticket)
        await self._limits.second_factor(str(waiting.person))
        async with self._means.database.connection() as connection:
            person = await directory.person_by_id(connection, waiting.person)
        if person is None:
            raise SignInExpired
        await self._touch(digest(ticket), person, shown)
        async with self._means.database.transaction() as connection:
            if not await factors.done_waiting(connection, digest(ticket)):
                raise SignInExpired
            await self._check(connection, person, shown)
        return person, waiting.password

    # One's own.

    async def standing(self, person: Person) -> Standing:
        """What somebody has."""
        async with self._means.database.connection() as connection:
            return await self._standing(connection, person)

    async def enrol(self, person: Person) -> Enrolment:
        """A new secret, which counts once a code of it is shown. Raises Conflict, NoSecretKey."""
        secret = base64.b32encode(self._means.token_bytes(_SECRET_BYTES)).decode()
        async with self._means.database.transaction() as connection:
            sealed = await self._sealed(connection, person, secret)
            if not await factors.begin(connection, UUID(person.id), sealed):
                raise Conflict("there is a second factor already: remove it first")
        uri = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=_ISSUER)
        return Enrolment(secret, uri)

    async def confirm(self, person: Person, code: str) -> list[str]:
        """Show a code of the new secret; from now on one is asked for. Answers codes to recover
        with, shown this once, where there were none. Raises NotFound, BadCode, Conflict,
        SecretUnreadable, TooManyRequests."""
        await self._limits.second_factor(person.id)
        async with self._means.database.transaction() as connection:
            known = await factors.totp(connection, UUID(person.id))
            if known is None:
                raise NotFound
            if known.confirmed:
                raise Conflict("there is a second factor already: remove it first")
            codes = await self._first_recovery(connection, person)
            if not await self._use_totp(connection, person, known, code):
                raise BadCode
            await self._means.record(connection, person, "second_factor.on", person.email)
        return codes

    async def remove(self, person: Person, shown: Shown) -> None:
        """Ask for codes by time no more. Raises NotFound, BadCode, BadKey, TooManyRequests."""
        await self._prove(person, shown)
        async with self._means.database.transaction() as connection:
            await self._check(connection, person, shown)
            if not await factors.drop(connection, UUID(person.id)):
                raise NotFound
            await self._means.record(connection, person, "second_factor.off", person.email)
            await self._tidy(connection, person)

    async def add_key(
        self, person: Person, name: str, shown: Attestation
    ) -> tuple[SecurityKey, list[str]]:
        """Keep the key that a browser has registered; codes to recover with, shown this once,
        where there were none. Raises BadKey."""
        attested = await self.keys.attested(person, shown)
        async with self._means.database.transaction() as connection:
            codes = await self._first_recovery(connection, person)
            key = await self.keys.add_in(connection, person, name, attested)
        return key, codes

    async def remove_key(self, person: Person, key: UUID, shown: Shown) -> None:
        """Forget a key. Raises NotFound, BadCode, BadKey, TooManyRequests."""
        await self._prove(person, shown)
        async with self._means.database.transaction() as connection:
            await self._check(connection, person, shown)
            await self.keys.remove_in(connection, person, key)
            await self._tidy(connection, person)

    async def renew_recovery(self, person: Person, shown: Shown) -> list[str]:
        """New codes to recover with, shown this once, in place of all others. Raises BadCode,
        BadKey, TooManyRequests."""
        await self._prove(person, shown)
        async with self._means.database.transaction() as connection:
            await self._check(connection, person, shown)
            await self._means.record(connection, person, "second_factor.recovery", person.email)
            return await self._new_recovery(connection, person)

    async def ask(self, person: Person) -> dict[str, Any]:
        """What the browser needs to have a key sign that it is them. Raises NotFound for
        somebody without a key."""
        return await self.keys.ask(proving(person), UUID(person.id))

    async def take_away(self, person: Person, by: Person | None) -> None:
        """No second factor for somebody who has lost all there is; their sessions end, as whoever
        has found it may be in one of them. Raises NotFound."""
        async with self._means.database.transaction() as connection:
            key = UUID(person.id)
            dropped = [
                await factors.drop(connection, key),
                await security_keys.drop(connection, key),
            ]
            if not any(dropped):
                raise NotFound
            await self._tidy(connection, person)
            told, number = await self._sessions.end_in(connection, person)
            await self._means.record(
                connection, by, "second_factor.take_away", person.email, sessions=number
            )
        self._means.announce(told)

    # What they have in common.

    def _ways(self, found: Standing) -> list[Way]:
        is_there = {
            Way.KEY: bool(self.keys.here(found.keys)),
            Way.CODE: found.has_app and found.app_usable,
            Way.RECOVERY: bool(found.recovery_left),
        }
        return [way for way, there in is_there.items() if there]

    async def _waiting(self, ticket: str) -> factors.Waiting:
        async with self._means.database.connection() as connection:
            waiting = await factors.waiting(connection, digest(ticket), self._means.clock())
        if waiting is None:
            raise SignInExpired
        return waiting

    async def _prove(self, person: Person, shown: Shown) -> None:
        await self._limits.second_factor(person.id)
        await self._touch(proving(person), person, shown)

    async def _touch(self, holder: bytes, person: Person, shown: Shown) -> None:
        """Check what a key has signed. That counts whatever becomes of the rest: what it has
        signed is of use once, and its counter does not go back."""
        if isinstance(shown, Assertion):
            await self.keys.show(holder, person, shown)

    async def _check(self, connection: Connection, person: Person, shown: Shown) -> None:
        """Use a code up, if it is one."""
        if isinstance(shown, Assertion):
            return
        if await factors.use_recovery(connection, UUID(person.id), _hash(shown)):
            return
        known = await factors.totp(connection, UUID(person.id))
        if known is None or not known.confirmed:
            raise BadCode
        if not await self._use_totp(connection, person, known, shown):
            raise BadCode

    async def _use_totp(
        self, connection: Connection, person: Person, known: factors.Totp, code: str
    ) -> bool:
        secret = self._opened(person, known)
        step = _step_of(secret, code, self._means.clock().timestamp())
        return step is not None and await factors.use_step(connection, UUID(person.id), step)

    async def _sealed(self, connection: Connection, person: Person, secret: str) -> bytes:
        """With the key that all use; the transaction keeps it from being changed meanwhile."""
        key = await sealing.current(connection)
        nonce = self._means.token_bytes(NONCE_BYTES)
        return self._ring.seal(key, Purpose.TOTP, UUID(person.id), secret, nonce)

    def _opened(self, person: Person, known: factors.Totp) -> str:
        """Raises SecretUnreadable."""
        if known.sealed is not None:
            return self._ring.open(Purpose.TOTP, UUID(person.id), known.sealed)
        if known.secret is None:
            raise AssertionError("a secret is either open or sealed")
        return known.secret

    async def _standing(self, connection: Connection, person: Person) -> Standing:
        key = UUID(person.id)
        known = await factors.totp(connection, key)
        return Standing(
            known is not None and known.confirmed,
            known is None or known.sealed is None or self._ring.can_open(known.sealed),
            await security_keys.of_person(connection, key),
            await factors.recovery_left(connection, key),
        )

    async def _tidy(self, connection: Connection, person: Person) -> None:
        """Without a factor there is nothing to recover."""
        if not (await self._standing(connection, person)).is_on:
            await factors.set_recovery(connection, UUID(person.id), [])

    async def _first_recovery(self, connection: Connection, person: Person) -> list[str]:
        """Codes to recover with for somebody whose first factor this is."""
        is_first = not (await self._standing(connection, person)).is_on
        return await self._new_recovery(connection, person) if is_first else []

    async def _new_recovery(self, connection: Connection, person: Person) -> list[str]:
        codes = [self._recovery_code() for _ in range(_RECOVERY_CODES)]
        await factors.set_recovery(connection, UUID(person.id), [_hash(one) for one in codes])
        return codes

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
