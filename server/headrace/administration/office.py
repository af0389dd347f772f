"""What every change has in common: it is decided, recorded, and told in the streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID

from headrace.access.decisions import Action, Place, decide
from headrace.errors import Forbidden, LastOwner, NotFound
from headrace.log import audit, authority, directory, memberships, pending, records
from headrace.log.rows import ActivityRow
from headrace.model.groups import Visibility, is_thread
from headrace.model.levels import Level
from headrace.model.people import Actor, Kind
from headrace.publishing.ids import Ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.log.rows import Numbered, StreamRow
    from headrace.model.entries import Ending, Entry
    from headrace.model.people import Person
    from headrace.publishing import Publisher

T = TypeVar("T")
#: Who acts: a person, or with None the operator at the command line.
By = TypeVar("By", bound="Person | None")


class Office:
    """The tools of whoever changes people, groups or memberships."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        clock: Callable[[], datetime],
        random_bits: Callable[[int], int],
    ) -> None:
        self.publisher = publisher
        self.clock = clock
        self.ids = Ids(random_bits)
        self.random_bits = random_bits

    async def change(
        self,
        by: By,
        work: Callable[[Connection, By], Awaitable[tuple[T, Sequence[Entry | Ending]]]],
    ) -> T:
        """Run a change of people, groups or memberships, by somebody as they are by then: nobody
        else changes any meanwhile. Raises Unauthenticated for an account that is closed by now.
        """

        async def run(connection: Connection) -> tuple[T, Sequence[Entry | Ending]]:
            await authority.lock_structure(connection)
            acting = None if by is None else await directory.acting(connection, by)
            return await work(connection, cast("By", acting))

        return await self.publisher.administer(run)

    async def reconcile(
        self,
        connection: Connection,
        by: Person,
        verb: str,
        groups: Sequence[int],
        people: Sequence[UUID] | None,
        about: Actor | None,
        *,
        ended: bool = False,
        source: str | None = None,
        thread: UUID | None = None,
        beside: Sequence[int] = (),
    ) -> Sequence[Entry]:
        """Make readers follow memberships; answers the entries that tell of it.

        ``thread`` is the one that it concerns, ``beside`` are streams of others who are told.
        """
        row = self._row(by, verb, groups[0] if groups else None, about, source, thread)
        done = await authority.reconcile(
            connection, groups, people, row, ended=ended, beside=beside
        )
        await pending.settle(connection, groups)
        home = await directory.group_name(connection, row.target)
        return _told(done.entries, done.streams, row, by, home)

    async def direct(
        self,
        connection: Connection,
        by: Person,
        verb: str,
        group: int,
        people: Sequence[UUID],
        about: Actor | None,
        thread: UUID | None = None,
    ) -> Sequence[Entry]:
        """Tell these people, in their inboxes, what ``by`` wants or has answered."""
        row = self._row(by, verb, group, about, None, thread)
        done = await authority.direct(connection, people, row)
        home = await directory.group_name(connection, group)
        return _told(done.entries, done.streams, row, by, home)

    async def tell(
        self, connection: Connection, by: Person, verb: str, group: int, about: Actor
    ) -> Sequence[Entry]:
        """Tell everybody in a group what ``by`` did to it."""
        row = self._row(by, verb, group, about, None, None)
        done = await authority.tell(connection, group, row)
        home = await directory.group_name(connection, group)
        return _told(done.entries, done.streams, row, by, home)

    def _row(
        self,
        by: Person,
        verb: str,
        target: int | None,
        about: Actor | None,
        source: str | None,
        thread: UUID | None,
    ) -> ActivityRow:
        now = self.clock()
        return ActivityRow(
            id=self.ids.now(int(now.timestamp() * 1000)),
            type=verb,
            actor=UUID(by.id),
            target=target,
            level=Level.PUBLIC,
            published=now,
            object_actor=about,
            source=source,
            thread=thread,
        )

    async def managed(
        self, connection: Connection, by: Person, name: str, action: Action
    ) -> GroupKey:
        """The group, if ``by`` may do that to it. Raises NotFound, Forbidden."""
        group, place = await self.known(connection, by, name)
        demand(by, action, place)
        return group

    async def known(self, connection: Connection, by: Person, name: str) -> tuple[GroupKey, Place]:
        """The group and how ``by`` stands in it, if they may know that it exists.

        Raises NotFound, also for shared threads: what is changed about them is changed where they
        are shared from.
        """
        if is_thread(name):
            raise NotFound
        group = await directory.group_key(connection, name)
        role, ceiling = await memberships.standing(connection, UUID(by.id), group.id)
        findable = group.visibility != Visibility.SECRET and by.kind is not Kind.GUEST
        if role is None and not findable and not by.admin:
            raise NotFound
        return group, Place(Visibility(group.visibility), role, ceiling, group.members_invite)

    async def record(
        self, connection: Connection, by: Person | None, action: str, subject: str, **detail: object
    ) -> None:
        """Put it into the audit log, by the operator where ``by`` is None."""
        actor = by.email if by is not None else "operator"
        await audit.record(connection, self.clock(), actor, action, subject, **detail)


def _told(
    entries: Sequence[Numbered],
    streams: dict[int, StreamRow],
    row: ActivityRow,
    by: Person,
    home: str | None,
) -> list[Entry]:
    """The entries as their readers see them."""
    return [
        records.told(entry, streams[entry.stream_id], streams[entry.stream_id], row, by.actor, home)
        for entry in entries
    ]


def demand(by: Person | None, action: Action, place: Place | None = None) -> None:
    """Raises Forbidden unless ``by``, None for the operator, may do that."""
    if by is None:
        return
    decision = decide(by, action, place)
    if not decision.allowed:
        raise Forbidden(decision.reason)


def team_actor(group: GroupKey) -> Actor | None:
    """The group as an activity's object. A secret one takes part, but is not named to others."""
    if group.visibility == Visibility.SECRET:
        return None
    return Actor(id=group.name, type="Group", name=group.title, handle=group.name)


async def found_person(connection: Connection, subject: str) -> Person:
    """An active person by address or handle. Raises NotFound."""
    person = await directory.find_person(connection, subject)
    if person is None or not person.active:
        raise NotFound(f"there is no person {subject}")
    return person


async def keep_owner(connection: Connection, group: GroupKey, had: int) -> None:
    """Raises LastOwner if a group that had owners has none any more."""
    if had and not await authority.lasting_owners(connection, group.id):
        raise LastOwner
