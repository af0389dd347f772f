"""Sessions: opened, listed, ended. What ends is told to every node with the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from headrace.auth.credentials import Prefix, digest
from headrace.errors import AccountClosed, BadCredentials, NotFound
from headrace.log import accounts, directory, endings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headrace.auth.means import Means
    from headrace.log.database import Connection
    from headrace.model.entries import Ending
    from headrace.model.identity import Origin, SessionInfo
    from headrace.model.people import Person


class Sessions:
    """Every method raises Unavailable while the log is away."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._time = timedelta(days=means.settings.session_days)

    async def open(self, person: Person, origin: Origin, known: str) -> str:
        """A session's secret. ``known`` is the hash of the password that was checked. Raises
        BadCredentials if that or the account is over meanwhile."""
        async with self._means.database.connection() as connection:
            session = await self._open(connection, person, origin, known)
        if session is None:
            raise BadCredentials
        return session

    async def open_in(self, connection: Connection, person: Person, origin: Origin) -> str:
        """A session's secret, in a transaction of the caller's, where somebody else says who it
        is. Raises AccountClosed."""
        session = await self._open(connection, person, origin, None)
        if session is None:
            raise AccountClosed
        return session

    async def _open(
        self, connection: Connection, person: Person, origin: Origin, known: str | None
    ) -> str | None:
        session, now = self._means.secret(Prefix.SESSION), self._means.clock()
        is_open = await accounts.open_session(
            connection, digest(session), UUID(person.id), known, now, now + self._time, origin
        )
        return session if is_open else None

    async def of(self, person: Person) -> list[SessionInfo]:
        """A person's sessions, the one used last first."""
        async with self._means.database.connection() as connection:
            return await accounts.sessions_of(connection, UUID(person.id), self._means.clock())

    async def sign_out(self, session: str) -> None:
        """End a session by its secret, if there is such a one."""
        async with self._means.database.transaction() as connection:
            ended = await accounts.end_session(connection, digest(session))
            told = await self._told(connection, ended.person, [ended.id]) if ended else []
        self._means.announce(told)

    async def end_secrets(self, connection: Connection, secrets: Sequence[bytes]) -> list[Ending]:
        """End sessions by their secrets' hashes, in a transaction of the caller's, who passes what
        this answers to ``announce`` when it is committed."""
        told: list[Ending] = []
        for secret in secrets:
            ended = await accounts.end_session(connection, secret)
            if ended is not None:
                told += await self._told(connection, ended.person, [ended.id])
        return told

    def announce(self, told: Sequence[Ending]) -> None:
        """Tell every node what has ended."""
        self._means.announce(told)

    async def end(self, by: Person, session: UUID) -> None:
        """End a session of one's own, or as an administrator anybody's. Raises NotFound."""
        whose = None if by.admin else UUID(by.id)
        async with self._means.database.transaction() as connection:
            ended = await accounts.end_session_by_id(connection, session, whose)
            if ended is None:
                raise NotFound
            told = await self._told(connection, ended.person, [ended.id])
            person = await directory.person_by_id(connection, ended.person)
            if person is not None:
                await self._means.record(connection, by, "session.end", person.email, sessions=1)
        self._means.announce(told)

    async def end_all(self, by: Person | None, person: Person, but: str | None = None) -> None:
        """End all sessions of a person, but the one with that id."""
        async with self._means.database.transaction() as connection:
            told, number = await self.end_in(connection, person, but)
            await self._means.record(connection, by, "session.end", person.email, sessions=number)
        self._means.announce(told)

    async def end_in(
        self, connection: Connection, person: Person, but: str | None = None
    ) -> tuple[list[Ending], int]:
        """The same in a transaction of the caller's, who announces what this answers when it is
        committed; and how many there were."""
        kept = None if but is None else UUID(but)
        gone = await accounts.end_sessions_of(connection, UUID(person.id), kept)
        return await self._told(connection, UUID(person.id), gone), len(gone)

    async def _told(
        self, connection: Connection, person: UUID, gone: Collection[UUID]
    ) -> list[Ending]:
        if not gone:
            return []
        return [await endings.append(connection, person, gone, self._means.clock())]
