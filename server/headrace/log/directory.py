"""People and groups."""

from __future__ import annotations

import secrets
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.errors import Conflict, NotFound, Unauthenticated
from headrace.log import queries, records
from headrace.log.rows import Member
from headrace.model.levels import LABELS, Level, LevelName
from headrace.model.people import Kind, Person, handle_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.model.groups import GroupKind, Visibility

SQL = queries.load("directory.sql")


class GroupKey(msgspec.Struct, frozen=True):
    """A group as the log knows it; ``id`` and ``parent`` are keys."""

    id: int
    name: str
    title: str
    kind: str
    visibility: str
    parent: int | None
    history_days: int | None = None
    members_invite: bool = False


class SeenStream(msgspec.Struct, frozen=True):
    stream: str
    level: LevelName
    head: int
    read: int
    unread: int


class SeenGroup(msgspec.Struct, frozen=True):
    """A group as one person sees it; without role and streams if they are no member.

    ``thread`` is the first post of a shared thread, ``replies`` whether they may answer there.
    """

    name: str
    title: str
    kind: str
    visibility: str
    parent: str | None
    history_days: int | None
    members_invite: bool
    role: str | None
    streams: tuple[SeenStream, ...]
    thread: UUID | None = None
    replies: bool = False


async def new_stream(connection: Connection, group: int | None, level: Level | None) -> int:
    """A stream with an opaque name, which tells neither its group nor how many there are."""
    key: int = await connection.fetchval(SQL.new_stream, secrets.token_urlsafe(9), group, level)
    return key


async def add_person(
    connection: Connection,
    *,
    email: str,
    name: str,
    kind: Kind,
    admin: bool = False,
    password: str | None = None,
    handle: str | None = None,
) -> UUID:
    """A person with their inbox; the handle comes from the address unless one is given.

    Raises Conflict if the address is in use.
    """
    await _refuse_taken(connection, email)
    free = await _free_handle(connection, handle_from(handle or email))
    inbox = await new_stream(connection, None, None)
    key: UUID = await connection.fetchval(
        SQL.new_person, email, free, name, kind, admin, password, inbox
    )
    return key


async def _refuse_taken(connection: Connection, email: str, but: UUID | None = None) -> None:
    if await connection.fetchval(SQL.address_taken, email, but):
        raise Conflict(f"there is a person with the address {email} already", field="email")


async def _free_handle(connection: Connection, wanted: str) -> str:
    wanted = wanted[:34]  # room for a number
    pattern = wanted.replace(".", r"\.")
    taken = {row["handle"] for row in await connection.fetch(SQL.handles_like, wanted, pattern)}
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


async def find_person(connection: Connection, who: str) -> Person | None:
    """A person by address or handle."""
    row = await connection.fetchrow(SQL.person_by_email, who.strip().lower().removeprefix("@"))
    return None if row is None else records.person(row)


async def person_by_id(connection: Connection, person: UUID) -> Person | None:
    """A person by id."""
    row = await connection.fetchrow(SQL.person_by_id, person)
    return None if row is None else records.person(row)


async def acting(connection: Connection, by: Person) -> Person:
    """Who acts, as they are by now. Raises Unauthenticated for an account that is closed."""
    person = await person_by_id(connection, UUID(by.id))
    if person is None or not person.active:
        raise Unauthenticated
    return person


async def people(
    connection: Connection,
    *,
    after: str = "",
    text: str | None = None,
    kind: Kind | None = None,
    active: bool | None = None,
    limit: int,
) -> list[Person]:
    """People by address, those after an address; what is None does not restrict them. ``text`` is
    in the address, the handle or the name, whatever its case."""
    folded = None if text is None else text.lower()
    rows = await connection.fetch(SQL.people, after, folded, kind, active, limit)
    return [records.person(row) for row in rows]


async def admins(connection: Connection) -> list[Person]:
    """The active administrators, the longest-serving first."""
    return [records.person(row) for row in await connection.fetch(SQL.admins)]


async def count(connection: Connection) -> int:
    """How many people there are."""
    number: int = await connection.fetchval(SQL.count)
    return number


async def members_called(connection: Connection, names: Sequence[str]) -> dict[str, Member]:
    """Active people by handle and by address."""
    if not names:
        return {}
    found = [Member(**row) for row in await connection.fetch(SQL.people_called, list(names))]
    return {name: member for member in found for name in (member.handle, member.email)}


async def members_by_id(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Member]:
    """People by id."""
    found = [Member(**row) for row in await connection.fetch(SQL.people_by_id, list(ids))]
    return {member.id: member for member in found}


async def deactivate(connection: Connection, person: UUID) -> list[int]:
    """Close an account and end its memberships; answers the keys of the groups."""
    await connection.execute(SQL.deactivate, person)
    return [row["group_id"] for row in await connection.fetch(SQL.drop_memberships_of, person)]


async def reactivate(connection: Connection, person: UUID) -> None:
    """Open a closed account again."""
    await connection.execute(SQL.reactivate, person)


async def change_person(connection: Connection, wanted: Person) -> None:
    """New name, address, kind and right. Raises Conflict if the address is in use."""
    key = UUID(wanted.id)
    await _refuse_taken(connection, wanted.email, but=key)
    await connection.execute(
        SQL.change_person, key, wanted.name, wanted.email, wanted.kind, wanted.admin
    )


async def groups_of(connection: Connection, person: UUID) -> list[GroupKey]:
    """The groups whose member somebody is in person."""
    return [GroupKey(**row) for row in await connection.fetch(SQL.groups_of, person)]


async def owned_by(connection: Connection, person: UUID) -> dict[int, str]:
    """The groups that a person owns, by key."""
    return {row["id"]: row["name"] for row in await connection.fetch(SQL.owned_by, person)}


async def add_group(
    connection: Connection,
    *,
    name: str,
    title: str,
    kind: GroupKind,
    visibility: Visibility,
    parent: int | None,
) -> int:
    """A group with a stream for each level. Raises Conflict if the name is in use."""
    key: int | None = await connection.fetchval(
        SQL.new_group, name, title, kind, visibility, parent
    )
    if key is None:
        raise Conflict(f"there is a group named {name} already", field="name")
    for level in Level:
        await new_stream(connection, key, level)
    return key


async def group_key(connection: Connection, name: str) -> GroupKey:
    """A group by name. Raises NotFound."""
    row = await connection.fetchrow(SQL.group_key, name)
    if row is None:
        raise NotFound
    return GroupKey(**row)


async def is_group(connection: Connection, name: str) -> bool:
    """Whether there is a group of that name."""
    return await connection.fetchval(SQL.group_key, name) is not None


async def group_name(connection: Connection, key: int | None) -> str | None:
    """The name of a group."""
    name: str | None = await connection.fetchval(SQL.group_name, key)
    return name


async def change_group(
    connection: Connection, key: int, title: str, visibility: str, parent: int | None
) -> None:
    """New title, visibility and parent."""
    await connection.execute(SQL.change_group, key, title, visibility, parent)


async def set_circle(
    connection: Connection, key: int, history_days: int | None, members_invite: bool
) -> None:
    """How many days back newcomers see (None for everything), and whether members invite."""
    await connection.execute(SQL.set_circle, key, history_days, members_invite)


async def group_streams(
    connection: Connection, names: Sequence[str]
) -> dict[str, dict[Level, tuple[int, int]]]:
    """By group name and level: the keys of group and stream. Unknown groups are missing."""
    found: dict[str, dict[Level, tuple[int, int]]] = {}
    for row in await connection.fetch(SQL.group_streams, list(names)):
        levels = found.setdefault(row["group"], {})
        levels[Level(row["level"])] = (row["group_id"], row["id"])
    return found


async def groups_seen(
    connection: Connection, person: UUID, *, only: str | None = None, own_only: bool
) -> list[SeenGroup]:
    """The groups that a person may know of, with what they read of them and what is unread."""
    rows = await connection.fetch(SQL.groups_seen, person, only, own_only)
    return [_seen(list(group)) for _, group in groupby(rows, key=lambda row: row["name"])]


def _seen(rows: list[Any]) -> SeenGroup:
    first = rows[0]
    return SeenGroup(
        name=first["name"],
        title=first["title"],
        kind=first["kind"],
        visibility=first["visibility"],
        parent=first["parent"],
        history_days=first["history_days"],
        members_invite=first["members_invite"],
        role=first["role"],
        thread=first["thread"],
        replies=bool(first["replies"]),
        streams=tuple(
            SeenStream(
                stream=row["stream"],
                level=LABELS[Level(row["level"])],
                head=row["head"],
                read=row["read"],
                unread=row["unread"],
            )
            for row in rows
            if row["stream"] is not None
        ),
    )


async def group_by_key(connection: Connection, key: int) -> GroupKey:
    """A group by its key."""
    return GroupKey(**await connection.fetchrow(SQL.group_by_key, key))
