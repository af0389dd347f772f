"""Asking to join a closed group: whoever asks, and the owners and moderators who answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from headrace.access.decisions import Action
from headrace.access.grants import Grant, judge
from headrace.administration.members import Members, Terms, heed
from headrace.administration.office import demand
from headrace.errors import Conflict, NotFound
from headrace.log import directory, pending
from headrace.log.pending import NewPending
from headrace.model.groups import PendingState, Role, Visibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.groups import Pending
    from headrace.model.people import Person

#: How long a request waits for its answer.
WAITS = timedelta(days=90)
MANAGERS = (Role.OWNER, Role.MODERATOR)


class Requests(Members):
    """Requests to join."""

    async def ask(self, by: Person, group: str) -> Pending:
        """Ask to join a closed group. Asking again changes nothing.

        Raises NotFound (also for what the person may not know of), Conflict for who is in it,
        invited or could simply join.
        """

        async def work(connection: Connection, by: Person) -> tuple[Pending, Sequence[Entry]]:
            found, place = await self.known(connection, by, group)
            if place.role is not None:
                raise Conflict("you are in this group already")
            if place.visibility is Visibility.OPEN:
                raise Conflict("this group is open: join it")
            return await self._ask(connection, by, found)

        return await self.change(by, work)

    async def requests(self, by: Person, group: str) -> list[Pending]:
        """Who has asked, for those who answer. Raises NotFound, Forbidden."""

        async def work(connection: Connection) -> tuple[list[Pending], Sequence[Entry]]:
            found = await self.managed(connection, by, group, Action.MANAGE_MEMBERS)
            return await pending.of_group(connection, found.id, [PendingState.ASKED]), ()

        return await self.publisher.administer(work)

    async def accept_request(self, by: Person, group: str, key: UUID) -> None:
        """Let in whoever asked. Raises NotFound, Forbidden, ConsentNeeded."""

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            found, place = await self.known(connection, by, group)
            demand(by, Action.MANAGE_MEMBERS, place)
            asker = await self._asker(connection, found, key)
            heed(judge(by, place, Grant(Terms().role_for(asker.kind))))
            told = await self.seat_person(connection, by, found, asker, Terms(), "Add")
            await self.record(connection, by, "request.accept", f"{group}/{asker.handle}")
            return None, told

        await self.change(by, work)

    async def drop_request(self, by: Person, group: str, key: UUID) -> None:
        """Withdraw one's own request, or decline another's. Raises NotFound, Forbidden."""

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            asked = await pending.by_id(connection, key)
            if asked is not None and _is_own(by, asked) and asked.group == group:
                await pending.drop(connection, key)
                await self.record(connection, by, "request.withdraw", f"{group}/{by.handle}")
                return None, ()
            return None, await self._decline(connection, by, group, key)

        await self.change(by, work)

    async def _ask(
        self, connection: Connection, by: Person, group: GroupKey
    ) -> tuple[Pending, Sequence[Entry]]:
        wanted = NewPending(
            group=group.id, state=PendingState.ASKED, inviter=UUID(by.id), person=UUID(by.id)
        )
        key = await pending.add(connection, wanted, WAITS)
        if key is None:
            return await _standing_request(connection, by, group), ()
        asked = await pending.by_id(connection, key)
        if asked is None:
            raise AssertionError("a request vanished in the transaction that added it")
        managers = await pending.answerers(connection, group.id, MANAGERS)
        told = await self.direct(connection, by, "Offer", group.id, managers, by.actor)
        await self.record(connection, by, "request.ask", f"{group.name}/{by.handle}")
        return asked, told

    async def _decline(
        self, connection: Connection, by: Person, group: str, key: UUID
    ) -> Sequence[Entry]:
        found = await self.managed(connection, by, group, Action.MANAGE_MEMBERS)
        asker = await self._asker(connection, found, key)
        await pending.drop(connection, key)
        await self.record(connection, by, "request.decline", f"{group}/{asker.handle}")
        return await self.direct(connection, by, "Reject", found.id, [UUID(asker.id)], asker.actor)

    async def _asker(self, connection: Connection, group: GroupKey, key: UUID) -> Person:
        asked = await pending.by_id(connection, key)
        if asked is None or asked.group_id != group.id or asked.state is not PendingState.ASKED:
            raise NotFound
        if asked.whom is None:
            raise AssertionError("a request without anybody who asks")
        person = await directory.person_by_id(connection, UUID(asked.whom.id))
        if person is None:
            raise AssertionError("a request of nobody")
        return person


def _is_own(by: Person, asked: Pending) -> bool:
    is_mine = asked.whom is not None and asked.whom.id == by.id
    return is_mine and asked.state is PendingState.ASKED


async def _standing_request(connection: Connection, by: Person, group: GroupKey) -> Pending:
    """The request that is there already. Raises Conflict for who is invited."""
    for asked in await pending.of_person(connection, UUID(by.id)):
        if asked.group_id == group.id and asked.state is PendingState.ASKED:
            return asked
    raise Conflict("you are invited into this group: accept the invitation")
