"""Groups: created and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.access.decisions import Action
from headrace.administration.office import Office, demand, team_actor
from headrace.errors import Invalid, TeamCycle
from headrace.log import authority, directory, memberships
from headrace.model.groups import (
    SECRET_NAME_BITS,
    GroupKind,
    History,
    Role,
    Visibility,
    group_name,
    history_days,
    secret_group_name,
)
from headrace.model.names import plain_name
from headrace.model.people import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Groups(Office):
    """Changes of groups."""

    async def add_group(
        self,
        by: Person,
        *,
        name: str,
        title: str,
        kind: GroupKind = GroupKind.PROJECT,
        visibility: Visibility = Visibility.OPEN,
        parent: str | None = None,
        history: History = "all",
        members_invite: bool = False,
    ) -> str:
        """Create a group; whoever creates it owns it. Answers its name, which is its address.

        A secret group's name ends in what nobody guesses. Whoever creates a group learns whether a
        name is free; a name that a secret group holds would prove that it is there. Names are the
        addresses of everybody, in links, filters, tokens and imports, so they cannot mean one
        group to some and another one to others; but nobody asks for a name that they cannot
        guess. A group that becomes secret later keeps the name by which everybody knew it.

        Raises Forbidden, Conflict, NotFound, Invalid.
        """
        if kind is GroupKind.THREAD:
            raise Invalid("a thread is shared, not created", field="kind")

        async def work(connection: Connection, by: Person) -> tuple[str, Sequence[Entry]]:
            demand(by, Action.CREATE_GROUP)
            own = self._name(name, visibility)
            above = await self._parent(connection, by, parent)
            key = await directory.add_group(
                connection,
                name=own,
                title=plain_name(title, "title"),
                kind=kind,
                visibility=visibility,
                parent=above,
            )
            await directory.set_circle(connection, key, history_days(history), members_invite)
            await memberships.put_person(connection, key, UUID(by.id), Role.OWNER, None)
            told = await self.reconcile(connection, by, "Join", [key], None, by.actor)
            await self.record(connection, by, "group.add", own, kind=kind, visibility=visibility)
            return own, told

        return await self.change(by, work)

    async def change_group(
        self,
        by: Person,
        name: str,
        *,
        title: str | None,
        visibility: Visibility | None,
        parent: str | None,
        history: History | None = None,
        members_invite: bool | None = None,
    ) -> None:
        """Change a group's title, visibility, parent, history or who invites; what is None stays.

        History holds for newcomers: who is there keeps what they see. Where anything is another
        one now, those in the group are told, so that they see it as it is.
        Raises NotFound, Forbidden, TeamCycle, Invalid.
        """
        called = None if title is None else plain_name(title, "title")

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            group = await self.managed(connection, by, name, Action.CHANGE_GROUP)
            above = await self._above(connection, by, group, parent)
            await directory.change_group(
                connection, group.id, called or group.title, visibility or group.visibility, above
            )
            await _set_circle(connection, group, history, members_invite)
            moved = [key for key in (group.id, group.parent) if key is not None]
            told = await self.reconcile(connection, by, "Update", moved, None, team_actor(group))
            now = await directory.group_key(connection, name)
            if now != group:
                about = Actor(id=name, type="Group", name=now.title, handle=name)
                told = [*told, *await self.tell(connection, by, "Update", group.id, about)]
            await self.record(connection, by, "group.change", name, **wanted)
            return None, told

        wanted = {
            "title": called,
            "visibility": visibility,
            "parent": parent,
            "history": history,
            "members_invite": members_invite,
        }
        await self.change(by, work)

    async def _above(
        self, connection: Connection, by: Person, group: GroupKey, parent: str | None
    ) -> int | None:
        """The group's parent, by name a new one. Raises NotFound, Forbidden, TeamCycle."""
        above = group.parent if parent is None else await self._parent(connection, by, parent)
        if above is not None and await authority.contains(connection, group.id, above):
            raise TeamCycle(f"{parent} is part of {group.name} already")
        return above

    def _name(self, wanted: str, visibility: Visibility) -> str:
        if visibility is not Visibility.SECRET:
            return group_name(wanted)
        return secret_group_name(wanted, self.random_bits(SECRET_NAME_BITS))

    async def _parent(self, connection: Connection, by: Person, name: str | None) -> int | None:
        if name is None:
            return None
        return (await self.managed(connection, by, name, Action.CHANGE_GROUP)).id


async def _set_circle(
    connection: Connection, group: GroupKey, history: History | None, members_invite: bool | None
) -> None:
    """What newcomers see and who invites; what is None stays."""
    await directory.set_circle(
        connection,
        group.id,
        group.history_days if history is None else history_days(history),
        group.members_invite if members_invite is None else members_invite,
    )
