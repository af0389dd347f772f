"""Security keys of people: registered, asked for, used.

A challenge is used once, whatever comes of it, and only for what it was drawn for. What a key
signs is refused in the same words whatever is wrong with it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from headrace.auth.ceremonies import PATIENCE, Party, credential_of
from headrace.errors import BadKey, Conflict, NotFound
from headrace.log import security_keys
from headrace.log.security_keys import NewKey, SecurityKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace.auth.ceremonies import Assertion, Attestation, Attested
    from headrace.auth.means import Means
    from headrace.log.database import Connection
    from headrace.model.people import Person

_CHALLENGE_BYTES = 32
_MOST_KEYS = 20


class SecurityKeys:
    """Every method raises Unavailable while the log is away."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self.party = Party.of(means.settings)

    def here(self, keys: Iterable[SecurityKey]) -> list[SecurityKey]:
        """Those that answer for the address at which we are."""
        return [key for key in keys if key.rp_id == self.party.id]

    async def begin(self, person: Person) -> dict[str, Any]:
        """What the browser needs to register a key. Raises Conflict for one too many."""
        async with self._means.database.transaction() as connection:
            known = await security_keys.of_person(connection, UUID(person.id))
            if len(known) >= _MOST_KEYS:
                raise Conflict(f"there are {_MOST_KEYS} security keys already: remove one first")
            challenge = await self._draw(connection, _registering(person))
        return self.party.creation(person, challenge, self.here(known))

    async def attested(self, person: Person, shown: Attestation) -> Attested:
        """The key that a browser has registered, which is not kept yet. Raises BadKey."""
        challenge = await self._take(_registering(person))
        return self.party.attested(challenge, shown)

    async def add_in(
        self, connection: Connection, person: Person, name: str, attested: Attested
    ) -> SecurityKey:
        """Keep a key, in a transaction of the caller's. Raises BadKey where somebody has it."""
        new = NewKey(
            credential=attested.credential,
            rp_id=self.party.id,
            name=name,
            public_key=attested.public_key,
            counter=attested.counter,
            transports=attested.transports,
            created=self._means.clock(),
        )
        key = await security_keys.add(connection, UUID(person.id), new)
        if key is None:
            raise BadKey
        await self._means.record(
            connection, person, "second_factor.key_add", person.email, key=name
        )
        return key

    async def ask(self, holder: bytes, person: UUID) -> dict[str, Any]:
        """What the browser needs to have a key sign, for whoever holds that. Raises NotFound for
        somebody who has none here."""
        async with self._means.database.transaction() as connection:
            known = self.here(await security_keys.of_person(connection, person))
            if not known:
                raise NotFound
            challenge = await self._draw(connection, holder)
        return self.party.request(challenge, known)

    async def show(self, holder: bytes, person: Person, shown: Assertion) -> None:
        """A key of a person's has signed the challenge of that holder.

        Raises BadKey. A counter that did not go up is noted in the audit log: there is a copy of
        that key, or something pretends to be it (W3C Web Authentication, section 6.1.1).
        """
        challenge = await self._take(holder)
        async with self._means.database.connection() as connection:
            known = self.here(await security_keys.of_person(connection, UUID(person.id)))
        credential = credential_of(shown)
        key = next((key for key in known if key.credential == credential), None)
        if key is None:
            raise BadKey
        counter = self.party.asserted(UUID(person.id), challenge, key, shown)
        async with self._means.database.transaction() as connection:
            is_used = await security_keys.use(connection, key.id, counter, self._means.clock())
            if not is_used:
                await self._means.record(
                    connection,
                    person,
                    "second_factor.key_copied",
                    person.email,
                    key=key.name,
                    counter=counter,
                    expected_above=key.counter,
                )
        if not is_used:
            raise BadKey

    async def rename(self, person: Person, key: UUID, name: str) -> None:
        """Call a key of one's own something else. Raises NotFound."""
        async with self._means.database.connection() as connection:
            if not await security_keys.rename(connection, UUID(person.id), key, name):
                raise NotFound

    async def remove_in(self, connection: Connection, person: Person, key: UUID) -> None:
        """Forget a key of one's own, in a transaction of the caller's. Raises NotFound."""
        name = await security_keys.remove(connection, UUID(person.id), key)
        if name is None:
            raise NotFound
        await self._means.record(
            connection, person, "second_factor.key_remove", person.email, key=name
        )

    async def _draw(self, connection: Connection, holder: bytes) -> bytes:
        challenge = self._means.token_bytes(_CHALLENGE_BYTES)
        expires = self._means.clock() + timedelta(seconds=PATIENCE)
        await security_keys.challenge(connection, holder, challenge, expires)
        return challenge

    async def _take(self, holder: bytes) -> bytes:
        """The challenge, which is used up even if nothing comes of it. Raises BadKey."""
        async with self._means.database.connection() as connection:
            challenge = await security_keys.take(connection, holder, self._means.clock())
        if challenge is None:
            raise BadKey
        return challenge


def proving(person: Person) -> bytes:
    """What a challenge is bound to by which somebody who is signed in says that it is them."""
    return _holder("prove", person)


def _registering(person: Person) -> bytes:
    return _holder("register", person)


def _holder(purpose: str, person: Person) -> bytes:
    return hashlib.sha256(f"{purpose} {person.id}".encode()).digest()
