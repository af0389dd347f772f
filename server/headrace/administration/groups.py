"""Groups: created and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.access.decisions import Action
from headrace.administration.office import Office, demand, team_actor
from headrace.errors import TeamCycle
from headrace.log import authority, directory
from headrace.model.groups import GroupKind, History, Role, Visibility, group_name, history_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
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
    ) -> None:
        """Create a group; whoever creates it owns it. Raises Forbidden, Conflict, NotFound."""

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            demand(by, Action.CREATE_GROUP)
            above = await self._parent(connection, by, parent)
            key = await directory.add_group(
                connection,
                name=group_name(name),
                title=title.strip(),
                kind=kind,
                visibility=visibility,
                parent=above,
            )
            await directory.set_circle(connection, key, history_days(history), members_invite)
            await directory.put_person(connection, key, UUID(by.id), Role.OWNER, None)
            told = await self.reconcile(connection, by, "Join", [key], None, by.actor)
            await self.record(connection, by, "group.add", name, kind=kind, visibility=visibility)
            return None, told

        await self.change(by, work)

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

        History holds for newcomers: who is there keeps what they see.
        Raises NotFound, Forbidden, TeamCycle.
        """

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            group = await self.managed(connection, by, name, Action.CHANGE_GROUP)
            above = group.parent if parent is None else await self._parent(connection, by, parent)
            if above is not None and await authority.contains(connection, group.id, above):
                raise TeamCycle(f"{parent} is part of {name} already")
            await directory.change_group(
                connection,
                group.id,
                title or group.title,
                visibility or group.visibility,
                above,
            )
            await directory.set_circle(
                connection,
                group.id,
                group.history_days if history is None else history_days(history),
                group.members_invite if members_invite is None else members_invite,
            )
            moved = [key for key in (group.id, group.parent) if key is not None]
            told = await self.reconcile(connection, by, "Update", moved, None, team_actor(group))
            await self.record(
                connection,
                by,
                "group.change",
                name,
                title=title,
                visibility=visibility,
                parent=parent,
                history=history,
                members_invite=members_invite,
            )
            return None, told

        await self.change(by, work)

    async def _parent(self, connection: Connection, by: Person, name: str | None) -> int | None:
        if name is None:
            return None
        return (await self.managed(connection, by, name, Action.CHANGE_GROUP)).id
