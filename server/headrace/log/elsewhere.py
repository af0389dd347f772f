"""What came from other systems: accounts and the people they are here, groups, memberships."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import queries
from headrace.log.directory import GroupKey
from headrace.model.names import cleaned
from headrace.model.people import Actor, Kind, handle_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headrace.log.database import Connection

SQL = queries.load("elsewhere.sql")

#: Of the 40 characters of a handle, how many there may be before a number.
_STEM = 36


class Account(msgspec.Struct, frozen=True):
    """An account of another system: its key there, and the names it was seen with.

    The first name makes the handle, should a person be made of it.
    """

    key: str
    names: tuple[str, ...]
    kind: Kind = Kind.EMPLOYEE


class Known(msgspec.Struct, frozen=True):
    """An account and the person it is here; ``names`` in lower case."""

    person: UUID
    actor: Actor
    active: bool
    names: tuple[str, ...]


class SourceGroup(msgspec.Struct, frozen=True):
    """A group with where it came from; ``above`` is the parent's name."""

    key: GroupKey
    above: str | None
    source: str | None


class Seat(msgspec.Struct, frozen=True):
    """Somebody's membership; ``account`` is None for people without account of that origin."""

    group: str
    account: str | None
    handle: str
    role: str
    source: str


async def accounts(connection: Connection, origin: str) -> dict[str, Known]:
    """The accounts of an origin by their keys."""
    rows = await connection.fetch(SQL.accounts, origin)
    return {row["account"]: _known(row) for row in rows}


def _known(row: Any) -> Known:
    actor = Actor.of(row["person"], row["kind"], row["name"], row["handle"])
    return Known(row["person"], actor, row["active"], tuple(row["names"]))


async def add_people(
    connection: Connection, origin: str, domain: str, new: Sequence[Account]
) -> None:
    """Make people of accounts. They have no password; their addresses are ``HANDLE@domain``.

    The structure must be locked, or two imports could take the same handle.
    """
    wanted = [handle_from(account.names[0]) for account in new]
    stems = [handle[:_STEM] for handle in wanted]
    rows = await connection.fetch(SQL.names_in_use, [*wanted, *stems], domain)
    handles = _free(wanted, {row["name"] for row in rows})
    await connection.execute(
        SQL.add_people,
        origin,
        [account.key for account in new],
        [f"{handle}@{domain}" for handle in handles],
        handles,
        [cleaned(account.names[0]) or handle for account, handle in zip(new, handles, strict=True)],
        [account.kind for account in new],
        [secrets.token_urlsafe(9) for _ in new],
    )


def _free(wanted: Sequence[str], taken: set[str]) -> list[str]:
    """The wanted handles, with a number where they are taken."""
    handles = []
    for name in wanted:
        handle, number = name, 2
        while handle in taken:
            handle, number = f"{name[:_STEM]}-{number}", number + 1
        taken.add(handle)
        handles.append(handle)
    return handles


async def note_names(connection: Connection, origin: str, names: Iterable[tuple[str, str]]) -> None:
    """Remember names, lower case, by the keys of accounts: all that each was ever seen with."""
    pairs = list(names)
    await connection.execute(
        SQL.note_names, origin, [key for key, _ in pairs], [name for _, name in pairs]
    )


async def groups(
    connection: Connection, source: str, names: Sequence[str]
) -> dict[str, SourceGroup]:
    """By name: the groups of a source, and those that have one of these names."""
    rows = await connection.fetch(SQL.groups, source, list(names))
    return {row["name"]: _source_group(row) for row in rows}


def _source_group(row: Any) -> SourceGroup:
    key = GroupKey(**{name: row[name] for name in GroupKey.__struct_fields__})
    return SourceGroup(key, row["above"], row["source"])


async def set_source(connection: Connection, groups: Sequence[int], source: str | None) -> None:
    """Say where groups come from; None: they are ours from now on."""
    await connection.execute(SQL.set_source, list(groups), source)


async def seats(connection: Connection, origin: str, groups: Sequence[int]) -> list[Seat]:
    """The memberships of people in groups, whatever their source."""
    return [Seat(**row) for row in await connection.fetch(SQL.seats, origin, list(groups))]


async def put_seats(
    connection: Connection, source: str, new: Sequence[tuple[int, UUID, str]]
) -> None:
    """Memberships (group, person, role), new or changed; those of other sources stay."""
    columns = [list(column) for column in zip(*new, strict=True)] or [[], [], []]
    await connection.execute(SQL.put_seats, *columns, source)


async def drop_seats(connection: Connection, source: str, old: Sequence[tuple[int, UUID]]) -> None:
    """End memberships (group, person); those of other sources stay."""
    columns = [list(column) for column in zip(*old, strict=True)] or [[], []]
    await connection.execute(SQL.drop_seats, *columns, source)
