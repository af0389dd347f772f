"""Memberships that end by themselves.

Who reads past an expiry is refused by the log at once (view ``reader``) and cut off by each node
(``lapses``); what happens here makes it so for everybody else: the row goes, and the streams tell
of it as of any removal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.administration.office import Office, team_actor
from headrace.log import authority, directory, memberships, pending
from headrace.model.activities import EXPIRY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.memberships import Over
    from headrace.model.entries import Entry
    from headrace.model.people import Actor


class Expiry(Office):
    """What the log's clock changes about memberships."""

    async def expire(self) -> float | None:
        """End what is over; answers the seconds until the next is, None if there is none.

        Any number of nodes may do it at the same time: the second finds nothing left. A group
        may lose its last lasting owner only by a change that is refused; so not here.
        """
        return await self.publisher.administer(self._expire)

    async def _expire(self, connection: Connection) -> tuple[float | None, Sequence[Entry]]:
        await pending.forget_expired(connection)
        seconds = await memberships.next_expiry(connection)
        if seconds is None or seconds > 0:
            return seconds, ()
        await authority.lock_structure(connection)
        told: list[Entry] = []
        for over in await memberships.drop_expired(connection):
            told.extend(await self._tell(connection, over))
        return await memberships.next_expiry(connection), told

    async def _tell(self, connection: Connection, over: Over) -> Sequence[Entry]:
        teller = await directory.person_by_id(connection, over.teller)
        if teller is None:
            raise AssertionError("a membership without anybody who could tell of its end")
        group = await directory.group_by_key(connection, over.group_id)
        subject: str = teller.handle
        about: Actor | None = teller.actor
        if over.team is not None:
            team = await directory.group_by_key(connection, over.team)
            subject, about = f"team:{team.name}", team_actor(team)
        await self.record(connection, None, "member.expire", f"{group.name}/{subject}")
        people = None if over.person is None else [over.person]
        return await self.reconcile(
            connection, teller, "Remove", [group.id], people, about, source=EXPIRY
        )
