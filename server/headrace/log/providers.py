"""People as a sign-in provider knows them, their sessions there, and attempts to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headrace.log import queries, records

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from headrace.log.database import Connection
    from headrace.model.people import Person

SQL = queries.load("providers.sql")


class Provided(NamedTuple):
    """``hint`` is the ID token with which it began, sealed; None where that was kept open once."""

    hint: bytes | None


async def begin(
    connection: Connection, state: bytes, browser: bytes, following: str, expires: datetime
) -> None:
    """Keep an attempt, by the hashes of its secrets; ``following`` is where it leads to."""
    await connection.execute(SQL.begin, state, browser, following, expires)


async def take(connection: Connection, state: bytes, browser: bytes, now: datetime) -> str | None:
    """Use an attempt up: where it leads to, or None if this browser began no such one."""
    found: str | None = await connection.fetchval(SQL.take, state, browser, now)
    return found


async def forget_attempts(connection: Connection, now: datetime) -> None:
    """Remove those that came to nothing."""
    await connection.execute(SQL.forget_attempts, now)


async def person_of(connection: Connection, issuer: str, subject: str) -> Person | None:
    """The person whom a provider knows by that name, active or not."""
    row = await connection.fetchrow(SQL.person_of, issuer, subject)
    return None if row is None else records.person(row)


async def is_known(connection: Connection, person: UUID, issuer: str) -> bool:
    """Whether a provider knows that person by any name."""
    found: bool = await connection.fetchval(SQL.is_known, person, issuer)
    return found


async def link(
    connection: Connection, issuer: str, subject: str, person: UUID, now: datetime
) -> None:
    """A provider knows that person by that name from now on."""
    await connection.execute(SQL.link, issuer, subject, person, now)


async def keep_session(
    connection: Connection, session: bytes, issuer: str, subject: str, sid: str | None, hint: bytes
) -> None:
    """Which session at the provider a session stands on, by its secret's hash; ``hint`` is the ID
    token, sealed."""
    await connection.execute(SQL.keep_session, session, issuer, subject, sid, hint)


async def provided(connection: Connection, session: bytes) -> Provided | None:
    """A session that began at a provider; None for one that began with a password."""
    row = await connection.fetchrow(SQL.provided, session)
    return None if row is None else Provided(row["hint"])


async def sessions_at(
    connection: Connection, issuer: str, subject: str | None, sid: str | None
) -> list[bytes]:
    """The sessions, by their secrets' hashes, that stand on one at the provider."""
    rows = await connection.fetch(SQL.sessions_at, issuer, subject, sid)
    return [row["session"] for row in rows]
