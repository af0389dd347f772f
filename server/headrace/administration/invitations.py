"""Inviting: members, or a link for somebody who is not here yet; consent, and the answers.

Whoever may bring somebody in offers it to them; what takes an owner's consent waits for an owner
first. An offer stands on the right of whoever vouches for it: where they lose it, it is void.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headrace.access.decisions import Action, Place
from headrace.access.grants import Grant, Outcome, judge, sound
from headrace.administration.members import Members, Terms, check_expiry, heed, team_name
from headrace.administration.office import demand, team_actor
from headrace.auth.credentials import SECRET_BYTES, Prefix, digest, secret
from headrace.errors import (
    Conflict,
    ConsentNeeded,
    Forbidden,
    GuestLimit,
    InvitationExpired,
    InvitationUnknown,
    NotFound,
)
from headrace.log import authority, directory, memberships, pending
from headrace.log.pending import NewPending
from headrace.model.groups import GroupKind, PendingState, Role, Visibility
from headrace.model.names import plain_name
from headrace.model.people import Kind, normal_email

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.log.database import Connection
    from headrace.log.directory import GroupKey
    from headrace.model.entries import Entry
    from headrace.model.groups import Pending
    from headrace.model.people import Actor, Person

#: How long an invitation is good.
LASTS = timedelta(days=14)
INVITATIONS = (PendingState.CONSENT, PendingState.OFFERED)


class Invited(NamedTuple):
    """An invitation, and the link's secret where it is for somebody who is not here yet."""

    pending: Pending
    token: str | None


class _Subject(NamedTuple):
    """Who is to come in: a person, a team, or an address."""

    person: Person | None = None
    team: GroupKey | None = None
    email: str | None = None

    @property
    def kind(self) -> Kind:
        """A team is judged by who is in it; somebody who is not here yet comes as a guest."""
        if self.person is not None:
            return self.person.kind
        return Kind.GUEST if self.email is not None else Kind.EMPLOYEE

    @property
    def actor(self) -> Actor | None:
        """As the object of an activity; an address is shown to nobody."""
        if self.person is not None:
            return self.person.actor
        return None if self.team is None else team_actor(self.team)


class Invitations(Members):
    """Invitations, of people, of teams and by link."""

    async def invite(self, by: Person, group: str, subject: str, terms: Terms) -> Invited:
        """Invite a person (address or handle), a team (``team:NAME``), or an unknown address.

        Raises NotFound, Forbidden, GuestLimit, Conflict, Invalid.
        """

        async def work(connection: Connection, by: Person) -> tuple[Invited, Sequence[Entry]]:
            found, place = await self.known(connection, by, group)
            demand(by, Action.BRING_IN, place)
            whom = await self._subject(connection, by, found, subject)
            if not sound(whom.kind, terms.role_for(whom.kind), terms.clearance):
                raise GuestLimit("a guest's role is guest, and the role guest reads what is public")
            await check_expiry(connection, terms)
            needs_consent = await self._needs_consent(connection, by, place, whom, terms)
            return await self._keep(connection, by, found, whom, terms, needs_consent)

        return await self.change(by, work)

    async def invitations(self, by: Person, group: str) -> list[Pending]:
        """All of a group's for those who manage it, for members their own."""

        async def work(connection: Connection) -> tuple[list[Pending], Sequence[Entry]]:
            found, place = await self.known(connection, by, group)
            demand(by, Action.LEAVE if not by.admin else Action.MANAGE_MEMBERS, place)
            inviter = None if place.manages or by.admin else UUID(by.id)
            return await pending.of_group(connection, found.id, INVITATIONS, inviter), ()

        return await self.publisher.administer(work)

    async def approve(self, by: Person, group: str, key: UUID) -> None:
        """An owner agrees to what a member has proposed. Raises NotFound, Forbidden."""

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            found, place = await self.known(connection, by, group)
            proposed = await _of(connection, found, key, PendingState.CONSENT)
            verdict = judge(by, place, _grant(proposed))
            if verdict.outcome is not Outcome.ALLOW:
                raise Forbidden("owners agree to that")
            await self.record(connection, by, "invitation.approve", f"{group}/{_name(proposed)}")
            if proposed.whom is not None and proposed.whom.type == "Group":
                team = await directory.group_key(connection, proposed.whom.id)
                return None, await self.seat_team(connection, by, found, team, _terms(proposed))
            await pending.offer(connection, key, UUID(by.id))
            return None, await self._tell_invited(connection, by, proposed)

        await self.change(by, work)

    async def revoke_invitation(self, by: Person, group: str, key: UUID) -> None:
        """Take back what one has proposed; owners and moderators, what anybody has.

        Raises NotFound, Forbidden.
        """

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            found, place = await self.known(connection, by, group)
            invited = await _of(connection, found, key, *INVITATIONS)
            is_own = invited.inviter.id == by.id
            if not is_own:
                demand(by, Action.MANAGE_MEMBERS, place)
            await pending.drop(connection, key)
            await self.record(connection, by, "invitation.revoke", f"{group}/{_name(invited)}")
            if is_own or invited.state is PendingState.OFFERED:
                return None, ()
            return None, await self._reject(connection, by, invited)

        await self.change(by, work)

    # The answers of who was invited.

    async def mine(self, by: Person) -> list[Pending]:
        """What somebody was offered, or has asked for."""

        async def work(connection: Connection) -> tuple[list[Pending], Sequence[Entry]]:
            return await pending.of_person(connection, UUID(by.id)), ()

        return await self.publisher.administer(work)

    async def accept_invitation(self, by: Person, key: UUID) -> None:
        """Come in. Raises NotFound, InvitationUnknown where nobody stands by it any more."""

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            offered = await _offered(connection, by, key)
            found = await self._stands(connection, offered)
            told = await self.seat_person(connection, by, found, by, _terms(offered), "Join")
            await self.record(connection, by, "invitation.accept", f"{found.name}/{by.handle}")
            return None, told

        await self.change(by, work)

    async def decline_invitation(self, by: Person, key: UUID) -> None:
        """Stay outside; whoever invited is told. Raises NotFound."""

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            offered = await _offered(connection, by, key)
            await pending.drop(connection, key)
            await self.record(connection, by, "invitation.decline", f"{offered.group}/{by.handle}")
            return None, await self._reject(connection, by, offered)

        await self.change(by, work)

    # Links, for who is not here yet.

    async def look(self, token: str) -> Pending:
        """What a link is for. Raises InvitationUnknown, InvitationExpired, ConsentNeeded."""

        async def work(connection: Connection) -> tuple[Pending, Sequence[Entry]]:
            return await self._by_link(connection, token), ()

        return await self.publisher.administer(work)

    async def redeem(self, token: str, name: str, password_hash: str) -> Person:
        """Make an account of a link, once, and come in.

        Raises InvitationUnknown, InvitationExpired, ConsentNeeded, and Conflict where somebody
        has the address by now; Invalid for the name.
        """

        async def work(connection: Connection) -> tuple[Person, Sequence[Entry]]:
            await authority.lock_structure(connection)
            offered = await self._by_link(connection, token)
            if offered.email is None:
                raise AssertionError("a link without an address")
            key = await directory.add_person(
                connection,
                email=offered.email,
                name=plain_name(name),
                kind=Kind.GUEST,
                password=password_hash,
            )
            guest = await directory.person_by_id(connection, key)
            if guest is None:
                raise AssertionError("a person vanished in the transaction that added them")
            found = await directory.group_by_key(connection, offered.group_id)
            await pending.drop(connection, offered.id)
            told = await self.seat_person(connection, guest, found, guest, _terms(offered), "Join")
            await self.record(connection, guest, "invitation.redeem", f"{found.name}/{guest.email}")
            return guest, told

        return await self.publisher.administer(work)

    async def accept_link(self, by: Person, token: str) -> None:
        """Come in by a link to one's own address, with the account that one has got since: as
        what the link is for, which is a guest.

        Raises InvitationUnknown, for a link to another address too, InvitationExpired,
        ConsentNeeded.
        """

        async def work(connection: Connection, by: Person) -> tuple[None, Sequence[Entry]]:
            offered = await self._by_link(connection, token)
            if offered.email != by.email:
                raise InvitationUnknown
            found = await directory.group_by_key(connection, offered.group_id)
            await pending.drop(connection, offered.id)
            terms = _terms(offered)._replace(role=_grant(offered).role)
            told = await self.seat_person(connection, by, found, by, terms, "Join")
            await self.record(connection, by, "invitation.accept", f"{found.name}/{by.handle}")
            return None, told

        await self.change(by, work)

    # What they have in common.

    async def _subject(
        self, connection: Connection, by: Person, group: GroupKey, subject: str
    ) -> _Subject:
        """Who is meant. Raises NotFound, Invalid, Conflict for who is in the group."""
        team = team_name(subject)
        if team is not None:
            found, _ = await self.known(connection, by, team)
            if found.kind != GroupKind.TEAM:
                raise NotFound(f"there is no team {team}")
            if await memberships.seat_of_team(connection, group.id, found.id) is not None:
                raise Conflict("that team is in this group already")
            return _Subject(team=found)
        person = await directory.find_person(connection, subject)
        if person is None:
            return _Subject(email=normal_email(subject))
        if not person.active:
            raise NotFound(f"there is no person {subject}")
        if await memberships.seat_of_person(connection, group.id, UUID(person.id)) is not None:
            raise Conflict("that person is in this group already")
        return _Subject(person=person)

    async def _needs_consent(
        self, connection: Connection, by: Person, place: Place, whom: _Subject, terms: Terms
    ) -> bool:
        """Whether an owner has to agree first. Raises Forbidden, Conflict."""
        team = whom.team
        with_guests = whom.kind is Kind.GUEST or (
            team is not None and await memberships.has_guests(connection, team.id)
        )
        grant = Grant(terms.role_for(whom.kind), terms.clearance, with_guests)
        verdict = judge(by, place, grant)
        if verdict.outcome is Outcome.REFUSE:
            heed(verdict)
        if team is not None and verdict.outcome is Outcome.ALLOW:
            raise Conflict("a team does not answer: make it a member", reason="team")
        if team is not None and team.visibility == Visibility.SECRET:
            raise Forbidden("an owner who does not know of a secret team cannot agree to it")
        return verdict.outcome is Outcome.ASK

    async def _keep(
        self,
        connection: Connection,
        by: Person,
        group: GroupKey,
        whom: _Subject,
        terms: Terms,
        needs_consent: bool,
    ) -> tuple[Invited, Sequence[Entry]]:
        token = None if whom.email is None else self._token()
        new = NewPending(
            group=group.id,
            state=PendingState.CONSENT if needs_consent else PendingState.OFFERED,
            inviter=UUID(by.id),
            person=None if whom.person is None else UUID(whom.person.id),
            team=None if whom.team is None else whom.team.id,
            email=whom.email,
            token=None if token is None else digest(token),
            role=terms.role,
            clearance=terms.clearance,
            until=terms.expires,
        )
        key = await pending.add(connection, new, LASTS)
        if key is None:
            raise Conflict("somebody has asked or invited already")
        invited = await pending.by_id(connection, key)
        if invited is None:
            raise AssertionError("an invitation vanished in the transaction that added it")
        await self.record(
            connection,
            by,
            "invitation.add",
            f"{group.name}/{_name(invited)}",
            state=invited.state,
            role=terms.role,
            clearance=terms.clearance,
            expires=terms.expires,
        )
        told = await self._tell_asked(connection, by, invited, whom)
        return Invited(invited, token), told

    async def _tell_asked(
        self, connection: Connection, by: Person, invited: Pending, whom: _Subject
    ) -> Sequence[Entry]:
        """Tell who has to answer: the owners, or who was invited."""
        if invited.state is not PendingState.CONSENT:
            return await self._tell_invited(connection, by, invited)
        owners = await pending.answerers(connection, invited.group_id, [Role.OWNER])
        return await self.direct(connection, by, "Offer", invited.group_id, owners, whom.actor)

    async def _tell_invited(
        self, connection: Connection, by: Person, invited: Pending
    ) -> Sequence[Entry]:
        if invited.whom is None:
            return ()
        people = [UUID(invited.whom.id)]
        return await self.direct(connection, by, "Invite", invited.group_id, people, invited.whom)

    async def _reject(
        self, connection: Connection, by: Person, invited: Pending
    ) -> Sequence[Entry]:
        inviter = [UUID(invited.inviter.id)]
        about = invited.whom
        if about is not None and about.type == "Group":
            about = team_actor(await directory.group_key(connection, about.id))
        return await self.direct(connection, by, "Reject", invited.group_id, inviter, about)

    async def _by_link(self, connection: Connection, token: str) -> Pending:
        known = digest(token)
        offered = await pending.by_token(connection, known)
        if offered is None:
            raise (
                InvitationExpired
                if await pending.is_over(connection, known)
                else (InvitationUnknown)
            )
        if offered.state is PendingState.CONSENT:
            raise ConsentNeeded("an owner of the group has to agree first: try again later")
        await self._stands(connection, offered)
        return offered

    async def _stands(self, connection: Connection, offered: Pending) -> GroupKey:
        """The group, if who vouches could still invite. Raises InvitationUnknown."""
        group = await directory.group_by_key(connection, offered.group_id)
        voucher = await directory.person_by_id(connection, offered.voucher)
        if voucher is None:
            raise AssertionError("an invitation that nobody has given")
        role, ceiling = await memberships.standing(connection, offered.voucher, group.id)
        place = Place(Visibility(group.visibility), role, ceiling, group.members_invite)
        if judge(voucher, place, _grant(offered)).outcome is not Outcome.ALLOW:
            raise InvitationUnknown("whoever invited you cannot any more: ask for a new invitation")
        return group

    def _token(self) -> str:
        bits = self.random_bits(SECRET_BYTES * 8)
        return secret(Prefix.INVITATION, bits.to_bytes(SECRET_BYTES, "big"))


async def _of(connection: Connection, group: GroupKey, key: UUID, *states: PendingState) -> Pending:
    found = await pending.by_id(connection, key)
    if found is None or found.group_id != group.id or found.state not in states:
        raise NotFound
    return found


async def _offered(connection: Connection, by: Person, key: UUID) -> Pending:
    """What was offered to this person. Raises NotFound, for others' as for none."""
    found = await pending.by_id(connection, key)
    is_mine = found is not None and found.whom is not None and found.whom.id == by.id
    if found is None or not is_mine or found.state is not PendingState.OFFERED:
        raise NotFound
    return found


def _kind(invited: Pending) -> Kind:
    if invited.email is not None:
        return Kind.GUEST
    return invited.kind or Kind.EMPLOYEE


def _grant(invited: Pending) -> Grant:
    kind = _kind(invited)
    role = invited.role or (Role.GUEST if kind is Kind.GUEST else Role.MEMBER)
    return Grant(role, invited.clearance, kind is Kind.GUEST)


def _terms(invited: Pending) -> Terms:
    return Terms(invited.role, invited.clearance, invited.until)


def _name(invited: Pending) -> str:
    """As the audit log calls it."""
    if invited.whom is None:
        return invited.email or ""
    is_team = invited.whom.type == "Group"
    return f"team:{invited.whom.handle}" if is_team else invited.whom.handle
