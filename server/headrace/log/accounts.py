"""Passwords, sessions, tokens and tickets: hashes and times, never a secret as such."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import queries, records
from headrace.model.identity import ALL_SCOPES, Identity, Origin, Scope, SessionInfo, TokenInfo
from headrace.model.people import Person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from headrace.log.database import Connection

SQL = queries.load("accounts.sql")


class Credentials(msgspec.Struct, frozen=True):
    """An active person and the hash of the password; None where none is set."""

    person: Person
    password: str | None


class Ended(msgspec.Struct, frozen=True):
    """A session or token that is over, and whose it was; ``name`` is the token's."""

    person: UUID
    id: UUID
    name: str = ""


async def credentials(connection: Connection, email: str) -> Credentials | None:
    """An active person by their address, in the form in which it is stored."""
    row = await connection.fetchrow(SQL.credentials, email)
    return None if row is None else Credentials(records.person(row), row["password"])


async def set_password(connection: Connection, person: UUID, password: str) -> bool:
    """Set a password's hash; False for an account that is closed or a service's."""
    return await connection.fetchval(SQL.set_password, person, password) is not None


async def rehash(connection: Connection, person: UUID, old: str, new: str) -> None:
    """Replace a password's hash by another one of the same password."""
    await connection.execute(SQL.rehash, person, old, new)


# Whose request is this?


async def identify(
    connection: Connection, secrets: Sequence[bytes], now: datetime
) -> dict[bytes, Identity]:
    """Whose sessions and tokens these are, and what they may do, by their hashes."""
    rows = await connection.fetch(SQL.identify, secrets, now)
    return {row["hash"]: _identity(row) for row in rows}


async def ended(connection: Connection, credentials: Sequence[UUID]) -> set[UUID]:
    """Those of these sessions and tokens that speak for nobody any more."""
    rows = await connection.fetch(SQL.ended, credentials)
    return {row["id"] for row in rows}


async def note_use(connection: Connection, used: Mapping[UUID, datetime]) -> None:
    """When sessions and tokens were used last, by their ids."""
    await connection.execute(SQL.used, list(used), list(used.values()))


# Sessions.


async def open_session(
    connection: Connection,
    session: bytes,
    person: UUID,
    password: str | None,
    now: datetime,
    expires: datetime,
    origin: Origin,
) -> bool:
    """Begin a session; False if the account or the password is not what was checked any more.

    Without a password, something else was checked.
    """
    row = await connection.fetchval(
        SQL.open_session, session, person, password, now, expires, origin.network, origin.agent
    )
    return row is not None


async def sessions_of(connection: Connection, person: UUID, now: datetime) -> list[SessionInfo]:
    """The sessions of a person, the one used last first."""
    return [
        SessionInfo(
            id=str(row["id"]),
            created=row["created"],
            last_used=row["last_used"],
            expires=row["expires"],
            origin=Origin(row["network"], row["agent"]),
        )
        for row in await connection.fetch(SQL.sessions_of, person, now)
    ]


async def end_session(connection: Connection, session: bytes) -> Ended | None:
    """End a session by its secret's hash; None if there is none."""
    return _ended(await connection.fetchrow(SQL.end_session, session))


async def end_session_by_id(
    connection: Connection, session: UUID, person: UUID | None
) -> Ended | None:
    """End a session, of that person where one is named; None if there is none."""
    return _ended(await connection.fetchrow(SQL.end_session_by_id, session, person))


async def end_sessions_of(
    connection: Connection, person: UUID, but: UUID | None = None
) -> list[UUID]:
    """End all sessions of a person, but one; answers the ids of those that were."""
    return [row["id"] for row in await connection.fetch(SQL.end_sessions_of, person, but)]


# Tokens.


async def new_token(
    connection: Connection,
    token: bytes,
    person: UUID,
    name: str,
    now: datetime,
    expires: datetime | None,
    scopes: frozenset[Scope],
    groups: frozenset[str] | None,
) -> UUID | None:
    """Keep a token; answers its id, None if the account is closed."""
    within = None if groups is None else sorted(groups)
    key: UUID | None = await connection.fetchval(
        SQL.new_token, token, person, name, now, expires, sorted(scopes), within
    )
    return key


async def tokens_of(connection: Connection, person: UUID, now: datetime) -> list[TokenInfo]:
    """The tokens of a person, the newest first."""
    return [
        TokenInfo(
            id=str(row["id"]),
            name=row["name"],
            created=row["created"],
            last_used=row["last_used"],
            expires=row["expires"],
            scopes=frozenset(map(Scope, row["scopes"])),
            groups=_names(row["groups"]),
        )
        for row in await connection.fetch(SQL.tokens_of, person, now)
    ]


async def end_token(connection: Connection, token: UUID, person: UUID | None) -> Ended | None:
    """End a token, of that person where one is named; None if there is none."""
    return _ended(await connection.fetchrow(SQL.end_token_by_id, token, person))


async def end_all_of(connection: Connection, person: UUID) -> None:
    """End all sessions and tokens of a person."""
    await connection.execute(SQL.end_all_of, person)


# Tickets.


async def new_ticket(
    connection: Connection, ticket: bytes, person: UUID, credential: UUID, expires: datetime
) -> None:
    """Keep a ticket, which is void once the session or token it was drawn with is over."""
    await connection.execute(SQL.new_ticket, ticket, person, credential, expires)


async def redeem_ticket(connection: Connection, ticket: bytes, now: datetime) -> Identity | None:
    """Use a ticket up: whose session or token it was drawn with."""
    row = await connection.fetchrow(SQL.redeem_ticket, ticket, now)
    return None if row is None else _identity(row)


async def forget_expired(connection: Connection, now: datetime) -> None:
    """Remove what is over."""
    for statement in (SQL.forget_sessions, SQL.forget_tokens, SQL.forget_tickets):
        await connection.execute(statement, now)


def _identity(row: Any) -> Identity:
    scopes = ALL_SCOPES if row["scopes"] is None else _scopes(tuple(row["scopes"]))
    person = records.person(row)
    if Scope.ADMIN not in scopes:
        person = msgspec.structs.replace(person, admin=False)
    return Identity(
        person=person,
        credential=str(row["credential"]),
        is_session=row["is_session"],
        inbox_head=row["inbox_head"],
        scopes=scopes,
        groups=_names(row["groups"]),
        expires=row["expires"],
        last_used=row["last_used"],
    )


@cache
def _scopes(names: tuple[str, ...]) -> frozenset[Scope]:
    return frozenset(map(Scope, names))


def _names(groups: Sequence[str] | None) -> frozenset[str] | None:
    return None if groups is None else frozenset(groups)


def _ended(row: Any) -> Ended | None:
    return None if row is None else Ended(row["person"], row["id"], row.get("name", ""))
