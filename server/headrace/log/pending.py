"""Memberships that are not there yet: asked for, or offered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import queries
from headrace.model.groups import Pending, PendingState, Role
from headrace.model.levels import Level
from headrace.model.people import Actor, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection

SQL = queries.load("pending.sql")


class NewPending(msgspec.Struct, frozen=True, kw_only=True):
    """One to be kept: of a person, a team, or (with a token's hash) an address."""

    group: int
    state: PendingState
    inviter: UUID
    person: UUID | None = None
    team: int | None = None
    email: str | None = None
    token: bytes | None = None
    role: Role | None = None
    clearance: Level | None = None
    until: datetime | None = None


async def add(connection: Connection, new: NewPending, lasts: timedelta) -> UUID | None:
    """Keep one; None if something is pending for the same person, team or address already."""
    is_asked = new.state is PendingState.ASKED
    subject = (new.group, new.person, new.team, new.email)
    await connection.execute(SQL.make_room, *subject, is_asked)
    key: UUID | None = await connection.fetchval(
        SQL.add,
        *subject,
        new.token,
        new.state,
        new.role,
        new.clearance,
        new.until,
        new.inviter,
        lasts,
    )
    return key


async def by_id(connection: Connection, key: UUID) -> Pending | None:
    """One that is not over, held until the transaction ends."""
    return _one(await connection.fetchrow(SQL.by_id, key))


async def by_token(connection: Connection, token: bytes) -> Pending | None:
    """The one that a link is for, held until the transaction ends."""
    return _one(await connection.fetchrow(SQL.by_token, token))


async def is_over(connection: Connection, token: bytes) -> bool:
    """Whether a link was good once, and is too old."""
    over: bool = await connection.fetchval(SQL.is_over, token)
    return over


async def of_group(
    connection: Connection,
    group: int,
    states: Sequence[PendingState],
    inviter: UUID | None = None,
) -> list[Pending]:
    """What is pending for a group, oldest first; all of it, or what one person has proposed."""
    rows = await connection.fetch(SQL.of_group, group, list(states), inviter)
    return [_pending(row) for row in rows]


async def of_person(connection: Connection, person: UUID) -> list[Pending]:
    """What somebody has asked for, or was offered."""
    return [_pending(row) for row in await connection.fetch(SQL.of_person, person)]


async def offer(connection: Connection, key: UUID, voucher: UUID) -> None:
    """An owner has agreed to a proposal."""
    await connection.execute(SQL.offer, key, voucher)


async def drop(connection: Connection, key: UUID) -> None:
    """It was answered, or withdrawn."""
    await connection.execute(SQL.drop, key)


async def settle(connection: Connection, groups: Sequence[int]) -> None:
    """Whoever is in one of these groups now has nothing pending there: neither a request, nor as
    a member an invitation."""
    await connection.execute(SQL.settle, list(groups))


async def drop_of(connection: Connection, person: UUID) -> None:
    """An account was closed: what its person asked for, was offered or vouched for is gone."""
    await connection.execute(SQL.drop_of, person)


async def forget_expired(connection: Connection) -> None:
    """Remove what has been over for long; nothing depends on when."""
    await connection.execute(SQL.forget_expired)


async def answerers(connection: Connection, group: int, roles: Sequence[Role]) -> list[UUID]:
    """The people who have one of these roles in a group."""
    return [row["person"] for row in await connection.fetch(SQL.answerers, group, list(roles))]


def _one(row: Any) -> Pending | None:
    return None if row is None else _pending(row)


def _pending(row: Any) -> Pending:
    role, clearance = row["role"], row["clearance"]
    return Pending(
        id=row["id"],
        group_id=row["group_id"],
        group=row["group"],
        title=row["title"],
        state=PendingState(row["state"]),
        role=None if role is None else Role(role),
        clearance=None if clearance is None else Level(clearance),
        until=row["until"],
        whom=_whom(row),
        kind=None if row["person_kind"] is None else Kind(row["person_kind"]),
        email=row["email"],
        inviter=_somebody(row, "inviter"),
        voucher=row["voucher"],
        created=row["created"],
        expires=row["expires"],
    )


def _whom(row: Any) -> Actor | None:
    if row["team"] is not None:
        return Actor(id=row["team"], type="Group", name=row["team_title"], handle=row["team"])
    if row["person"] is not None:
        return _somebody(row, "person")
    return None


def _somebody(row: Any, who: str) -> Actor:
    return Actor.of(row[who], row[f"{who}_kind"], row[f"{who}_name"], row[f"{who}_handle"])
