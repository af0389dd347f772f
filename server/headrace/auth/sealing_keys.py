"""Which key the secrets of an installation are sealed with: taken up by nodes, changed, lost.

The id of that key is in the database, so a node that has another key learns it before it serves.
What is sealed with a key that nobody has any more stays as it is, a second factor that cannot be
used: without it, its owner's account would be open to whoever knows the password.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from headrace.auth.sealing import NONCE_BYTES, Key, Purpose, Ring, key_of
from headrace.errors import SecretKeyMismatch, SecretKeyMissing, SecretUnreadable
from headrace.log import audit, sealing
from headrace.settings import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from headrace.auth.key_file import KeyFile
    from headrace.log.database import Connection, Database

log = logging.getLogger(__name__)


class Changed(NamedTuple):
    """How many secrets were sealed anew, and how many stay sealed with a key that is not here."""

    sealed: int
    unreadable: int


class SealingKeys:
    """Every method raises Unavailable while the log is away. ``token_bytes(n)`` gives n random
    bytes."""

    def __init__(self, database: Database, token_bytes: Callable[[int], bytes]) -> None:
        self._database = database
        self._token_bytes = token_bytes

    async def take_up(self, ring: Ring) -> int:
        """What a node does before it serves: see that it has the right key, and seal what lies
        open. Answers how much that was. Raises SecretKeyMissing, SecretKeyMismatch."""
        if ring.newest is None:
            await self._demand_unsealed()
            return 0
        async with self._database.transaction() as connection:
            key = await _adopted(connection, ring.newest, ring)
            opened = await sealing.unsealed(connection)
            await self._seal(connection, ring, key, opened)
        return len(opened)

    async def change(self, ring: Ring, to: Key, now: datetime, *, lost: bool = False) -> Changed:
        """Seal everything with the key ``to``, which is in the ring. ``lost`` says that nobody
        has the key any more that was used so far. Raises SecretKeyMismatch."""
        async with self._database.transaction() as connection:
            if lost:
                await sealing.adopt(connection, to.id)
            else:
                await _adopted(connection, to, ring)
            await sealing.replace(connection, to.id)
            opened, unreadable = await _opened(connection, ring, to)
            await self._seal(connection, ring, to.id, opened)
            changed = Changed(len(opened), unreadable)
            await audit.record(
                connection,
                now,
                "operator",
                "secret_key.change",
                to.id.hex(),
                lost=lost,
                **changed._asdict(),
            )
        return changed

    async def in_directory(self, file: KeyFile) -> str:
        """The key that a data directory keeps, made where there is none and none is missed.
        Raises SecretKeyMissing, SecretKeyFile."""
        return await self._kept(file) or file.make(self._token_bytes(KEY_BYTES))

    async def change_in_directory(
        self, file: KeyFile, now: datetime, *, lost: bool = False
    ) -> Changed:
        """Make a new key and seal everything with it; see ``change``. Raises SecretKeyMissing,
        SecretKeyMismatch, SecretKeyFile."""
        try:
            former = await self._kept(file)
        except SecretKeyMissing:
            if not lost:
                raise
            former = ""
        to = Key(file.begin(self._token_bytes(KEY_BYTES)))
        ring = Ring([to, Key(former)] if former else [to])
        changed = await self.change(ring, to, now, lost=lost)
        file.finish()
        return changed

    async def _kept(self, file: KeyFile) -> str:
        """The key that is in the directory; empty where none is and nothing is sealed."""
        async with self._database.transaction() as connection:
            found = file.settled(await sealing.known(connection))
            if found:
                return found
            await sealing.forget_unused(connection)
            if await sealing.known(connection) is None:
                return ""
        raise SecretKeyMissing(
            f"{file.path} is missing, with which secrets in the database are sealed: put it back "
            "from your backup, or, if it is lost, say `headrace key change --lost`"
        )

    async def _demand_unsealed(self) -> None:
        async with self._database.connection() as connection:
            known = await sealing.known(connection)
        if known is not None:
            raise SecretKeyMissing(
                "secret_key (HEADRACE_SECRET_KEY) is missing: secrets in the database are sealed "
                f"with the key {known.hex()}, and every node needs it"
            )
        log.warning("without HEADRACE_SECRET_KEY nobody sets up an app that makes codes")

    async def _seal(
        self, connection: Connection, ring: Ring, key: bytes, secrets: Mapping[UUID, str]
    ) -> None:
        sealed = {
            person: ring.seal(key, Purpose.TOTP, person, secret, self._token_bytes(NONCE_BYTES))
            for person, secret in secrets.items()
        }
        await sealing.put(connection, sealed)


async def _adopted(connection: Connection, key: Key, ring: Ring) -> bytes:
    """The id of the key in use, which is in the ring, and is ``key`` where there was none."""
    current = await sealing.adopt(connection, key.id)
    if current not in ring:
        raise SecretKeyMismatch(
            f"secrets in the database are sealed with the key {current.hex()}, and the one given "
            f"here is {key.id.hex()}: give every node that one (HEADRACE_SECRET_KEY, or secret.key "
            "of the data directory), and to change it, give it as HEADRACE_FORMER_SECRET_KEY"
        )
    return current


async def _opened(connection: Connection, ring: Ring, to: Key) -> tuple[dict[UUID, str], int]:
    """All secrets that are not sealed with that key, and how many more cannot be opened."""
    opened, unreadable = await sealing.unsealed(connection), 0
    for person, sealed in (await sealing.sealed(connection)).items():
        if key_of(sealed) == to.id:
            continue
        try:
            opened[person] = ring.open(Purpose.TOTP, person, sealed)
        except SecretUnreadable:
            unreadable += 1
    return opened, unreadable
