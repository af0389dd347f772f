"""Sharing one thread with somebody outside its group.

They read it from its first post on, live, in streams of its own, and nothing else of the group:
not even its name. To guests, above a member's level and out of a secret group it goes with an
owner's consent, who gives it by sharing the thread themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headrace.access.decisions import Action, decide
from headrace.access.grants import Grant, Outcome, Verdict, judge_sharing
from headrace.administration.members import Terms, check_expiry, heed
from headrace.administration.office import Office, demand, found_person
from headrace.errors import Conflict, ConsentNeeded, GuestLimit, NotFound
from headrace.log import appending, directory, memberships, pending, references, shared_threads
from headrace.model.groups import Role
from headrace.model.levels import Level
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headrace.access.decisions import Place
    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.log.shared_threads import FirstPost, Outside, Share
    from headrace.model.entries import Entry
    from headrace.model.people import Person


class Shares(NamedTuple):
    """Who reads a thread from outside, as far as whoever asks may know, and whether they may share
    it with others. From outside, one does not learn who let the others in and until when."""

    items: list[Share]
    may_share: bool
    is_outside: bool = False


class _Thread(NamedTuple):
    """A thread, its home, and how somebody stands there."""

    first: FirstPost
    home: GroupKey
    place: Place


class Sharing(Office):
    """Threads, shared with people outside their group."""

    async def share_thread(
        self,
        by: Person,
        activity: UUID,
        subject: str,
        *,
        replies: bool,
        until: datetime | None = None,
    ) -> None:
        """Let a person (address or handle) read the thread of an activity, or change how.

        Raises NotFound, Forbidden, GuestLimit, ConsentNeeded, Invalid, Conflict for who reads it
        anyway.
        """

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            thread = await self._thread(connection, by, activity)
            demand(by, Action.BRING_IN, thread.place)
            person = await found_person(connection, subject)
            await check_expiry(connection, Terms(expires=until))
            verdict = await _judged(connection, by, thread, person)
            key = await self._opened(connection, thread)
            whom, waits = UUID(person.id), verdict.outcome is Outcome.ASK
            if waits and await memberships.seat_of_person(connection, key, whom) is not None:
                raise ConsentNeeded(verdict.reason)
            await shared_threads.put(
                connection, key, whom, UUID(by.id), waits=waits, replies=replies, until=until
            )
            await self.record(
                connection,
                by,
                "thread.propose" if waits else "thread.share",
                f"{thread.home.name}/{thread.first.id}",
                person=person.email,
                replies=replies,
                expires=until,
            )
            if waits:
                return None, await self._propose(connection, by, thread, person)
            return None, await self._let_in(connection, by, thread, key, person, until)

        await self.change(by, work)

    async def unshare_thread(self, by: Person, activity: UUID, subject: str) -> None:
        """Take a thread back from somebody, or what was proposed; or leave it oneself.

        Raises NotFound, Forbidden.
        """

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            outside = await shared_threads.read_outside(connection, activity, UUID(by.id))
            if outside is not None and _is(by, subject):
                return None, await self._leave(connection, by, outside)
            thread = await self._thread(connection, by, activity)
            share = await self._share(connection, thread, subject)
            if share.inviter.id != by.id:
                demand(by, Action.MANAGE_MEMBERS, thread.place)
            return None, await self._take_back(connection, by, thread, share)

        await self.change(by, work)

    async def shares(self, by: Person, activity: UUID) -> Shares:
        """With whom a thread is shared, told to all who read it: nobody is to write to somebody
        outside without knowing. What waits is for those who manage the group or proposed it.
        """

        async def work(connection: Connection) -> tuple[Shares, Sequence[Entry]]:
            if await shared_threads.first_post(connection, activity, UUID(by.id)) is None:
                return await _shares_outside(connection, by, activity), ()
            thread = await self._thread(connection, by, activity)
            manages = thread.place.manages or by.admin
            found = [
                share
                for share in await _shares(connection, thread.first)
                if manages or not share.waits or share.inviter.id == by.id
            ]
            return Shares(found, decide(by, Action.BRING_IN, thread.place).allowed), ()

        return await self.publisher.administer(work)

    # What they have in common.

    async def _thread(self, connection: Connection, by: Person, activity: UUID) -> _Thread:
        """The thread as a member reads it. Raises NotFound."""
        first = await shared_threads.first_post(connection, activity, UUID(by.id))
        if first is None:
            raise NotFound
        home, place = await self.known(connection, by, first.group)
        return _Thread(first, home, place)

    async def _share(self, connection: Connection, thread: _Thread, subject: str) -> Share:
        """The share of the person whom ``subject`` names. Raises NotFound."""
        person = await directory.find_person(connection, subject)
        for share in await _shares(connection, thread.first):
            if person is not None and share.person.id == person.id:
                return share
        raise NotFound

    async def _opened(self, connection: Connection, thread: _Thread) -> int:
        """The key of the group in which those outside read the thread. What answers come into is
        locked: whoever publishes there afterwards knows of it."""
        await _lock(connection, thread.home)
        if thread.first.shared is not None:
            return thread.first.shared
        return await shared_threads.open_thread(connection, thread.first)

    async def _propose(
        self, connection: Connection, by: Person, thread: _Thread, person: Person
    ) -> Sequence[Entry]:
        owners = await pending.answerers(connection, thread.home.id, [Role.OWNER])
        about, first = person.actor, thread.first.id
        return await self.direct(connection, by, "Offer", thread.home.id, owners, about, first)

    async def _let_in(
        self,
        connection: Connection,
        by: Person,
        thread: _Thread,
        key: int,
        person: Person,
        until: datetime | None,
    ) -> Sequence[Entry]:
        grant = _grant(thread.first, person)
        whom = UUID(person.id)
        await memberships.put_person(connection, key, whom, grant.role, grant.clearance, until)
        return await self.reconcile(
            connection,
            by,
            "Add",
            [key],
            [whom],
            person.actor,
            thread=thread.first.id,
            beside=[thread.first.stream_id],
        )

    async def _take_back(
        self, connection: Connection, by: Person, thread: _Thread, share: Share
    ) -> Sequence[Entry]:
        key = await self._drop(connection, by, thread, share)
        first, about = thread.first, share.person
        if share.waits:
            if share.inviter.id == by.id:
                return ()
            home, proposer = thread.home.id, [UUID(share.inviter.id)]
            return await self.direct(connection, by, "Reject", home, proposer, about, first.id)
        await _lock(connection, thread.home)
        await memberships.drop_person(connection, key, UUID(about.id))
        return await self.reconcile(
            connection,
            by,
            "Remove",
            [key],
            [UUID(about.id)],
            about,
            thread=first.id,
            beside=[first.stream_id],
        )

    async def _drop(self, connection: Connection, by: Person, thread: _Thread, share: Share) -> int:
        key = thread.first.shared
        if key is None:
            raise AssertionError("somebody shares a thread that was never shared")
        subject = f"{thread.home.name}/{thread.first.id}"
        await self.record(connection, by, "thread.unshare", subject, person=share.person.handle)
        await shared_threads.drop(connection, key, UUID(share.person.id))
        return key

    async def _leave(self, connection: Connection, by: Person, outside: Outside) -> Sequence[Entry]:
        whom, key = UUID(by.id), outside.group_id
        await appending.lock_streams(connection, [outside.home_stream])
        await shared_threads.drop(connection, key, whom)
        await memberships.drop_person(connection, key, whom)
        await self.record(connection, by, "thread.leave", f"{outside.home}/{outside.thread}")
        return await self.reconcile(
            connection,
            by,
            "Leave",
            [key],
            [whom],
            by.actor,
            thread=outside.thread,
            beside=[outside.home_stream],
        )


async def _lock(connection: Connection, group: GroupKey) -> None:
    levels = (await directory.group_streams(connection, [group.name]))[group.name]
    await appending.lock_streams(connection, [stream for _, stream in levels.values()])


async def _shares(connection: Connection, first: FirstPost) -> list[Share]:
    return [] if first.shared is None else await shared_threads.shares(connection, first.shared)


async def _shares_outside(connection: Connection, by: Person, activity: UUID) -> Shares:
    outside = await shared_threads.read_outside(connection, activity, UUID(by.id))
    if outside is None:  # such as where it is read in another group than it is shared from
        return Shares([], may_share=False)
    found = await shared_threads.shares(connection, outside.group_id)
    return Shares([share for share in found if not share.waits], may_share=False, is_outside=True)


async def _judged(connection: Connection, by: Person, thread: _Thread, person: Person) -> Verdict:
    """Whether it may be shared with that person at once or an owner has to agree.

    Raises NotFound for a thread without beginning, Conflict for who reads it in its home,
    GuestLimit for a guest who may not read it, Forbidden.
    """
    first = thread.first
    if first.type == "Tombstone":
        raise NotFound("it has been deleted")
    seats, _ = await references.seats(connection, [(UUID(person.id), first.stream_id)])
    if seats:
        raise Conflict("that person reads this thread already")
    if person.kind is Kind.GUEST and first.level > Level.PUBLIC:
        raise GuestLimit("guests read what is public: this thread is not")
    verdict = judge_sharing(by, thread.place, _grant(first, person))
    if verdict.outcome is Outcome.REFUSE:
        heed(verdict)
    return verdict


def _grant(first: FirstPost, person: Person) -> Grant:
    """What somebody outside becomes: nobody reads above the level of the first post."""
    if person.kind is Kind.GUEST:
        return Grant(Role.GUEST, None, with_guests=True)
    return Grant(Role.MEMBER, Level(first.level))


def _is(person: Person, subject: str) -> bool:
    return subject.strip().lower().removeprefix("@") in (person.email, person.handle)
