"""Passwords, sessions, tokens and tickets: hashes and times, never a secret as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.log import queries, records
from headrace.model.people import Person

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from headrace.log.database import Connection

SQL = queries.load("accounts.sql")


class Credentials(msgspec.Struct, frozen=True):
    """An active person and the hash of the password; None where none is set."""

    person: Person
    password: str | None


async def credentials(connection: Connection, email: str) -> Credentials | None:
    """An active person by their address, in the form in which it is stored."""
    row = await connection.fetchrow(SQL.credentials, email)
    return None if row is None else Credentials(records.person(row), row["password"])


async def set_password(connection: Connection, person: UUID, password: str) -> bool:
    """Set a password's hash, which ends all sessions; False if there is no such account."""
    if await connection.fetchval(SQL.set_password, person, password) is None:
        return False
    await connection.execute(SQL.end_sessions_of, person)
    await connection.execute(SQL.end_tickets_of, person)
    return True


async def rehash(connection: Connection, person: UUID, old: str, new: str) -> None:
    """Replace a password's hash by another one of the same password."""
    await connection.execute(SQL.rehash, person, old, new)


async def open_session(
    connection: Connection,
    session: bytes,
    person: UUID,
    password: str | None,
    now: datetime,
    expires: datetime,
) -> bool:
    """Begin a session; False if the account or the password is not what was checked any more.

    Without a password, something else was checked.
    """
    row = await connection.fetchval(SQL.open_session, session, person, password, now, expires)
    return row is not None


async def end_session(connection: Connection, session: bytes) -> None:
    """End a session, if there is one, and the tickets drawn with it."""
    await connection.execute(SQL.end_session, session)


async def person_of_session(connection: Connection, session: bytes, now: datetime) -> Person | None:
    """The active person whose session this is."""
    row = await connection.fetchrow(SQL.person_of_session, session, now)
    return None if row is None else records.person(row)


async def person_of_token(connection: Connection, token: bytes, now: datetime) -> Person | None:
    """The active person whose token this is."""
    row = await connection.fetchrow(SQL.person_of_token, token, now)
    return None if row is None else records.person(row)


async def new_token(
    connection: Connection,
    token: bytes,
    person: UUID,
    name: str,
    now: datetime,
    expires: datetime | None,
) -> bool:
    """Keep a token; False if the account is closed."""
    row = await connection.fetchval(SQL.new_token, token, person, name, now, expires)
    return row is not None


async def new_ticket(
    connection: Connection, ticket: bytes, person: UUID, session: bytes | None, expires: datetime
) -> None:
    """Keep a ticket, which ends with the session it was drawn with."""
    await connection.execute(SQL.new_ticket, ticket, person, session, expires)


async def redeem_ticket(connection: Connection, ticket: bytes, now: datetime) -> UUID | None:
    """Use a ticket up; the active person whose it was."""
    person: UUID | None = await connection.fetchval(SQL.redeem_ticket, ticket, now)
    return person


async def forget_expired(connection: Connection, now: datetime) -> None:
    """Remove what is over."""
    for statement in (SQL.forget_sessions, SQL.forget_tokens, SQL.forget_tickets):
        await connection.execute(statement, now)
