"""Somebody was let in to act; before their turn comes their right, or their account, is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from argon2 import PasswordHasher

from headrace.administration.members import Terms
from headrace.auth import Accounts, Passwords
from headrace.errors import Forbidden, InvitationUnknown, NotFound, Unauthenticated
from headrace.log.audit import Wanted
from headrace.model.classification import Classification
from headrace.model.groups import Role, Visibility
from headrace.model.people import Kind
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from headrace.administration import Bulk
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation


class Acts(NamedTuple):
    """What an administrator who is in no group may do, and what they could not see otherwise."""

    organisation: Organisation
    nina: Person
    robot: Person
    request: UUID
    own: UUID

    async def add_person(self) -> None:
        await self._office.add_person(self.nina, email="new@example.org", name="New")

    async def close(self) -> None:
        await self._office.deactivate(self.nina, "olga@example.org")

    async def promote(self) -> None:
        await self._office.change_person(self.nina, "olga", admin=True)

    async def rename_group(self) -> None:
        await self._office.change_group(
            self.nina, "qm", title="Nina's", visibility=None, parent=None
        )

    async def put_member(self) -> None:
        await self._office.put_member(self.nina, "qm", "nina", Role.OWNER, None)

    async def drop_member(self) -> None:
        await self._office.drop_member(self.nina, "qm", "jonas")

    async def invite(self) -> None:
        await self._office.invite(self.nina, "qm", "olga", Terms())

    async def approve(self) -> None:
        await self._office.approve(self.nina, "qm", self.own)

    async def revoke(self) -> None:
        await self._office.revoke_invitation(self.nina, "qm", self.own)

    async def accept_request(self) -> None:
        await self._office.accept_request(self.nina, "qm", self.request)

    async def decline_request(self) -> None:
        await self._office.drop_request(self.nina, "qm", self.request)

    async def set_rules(self) -> None:
        await self._office.set_rules(self.nina, None, Classification(floor="confidential"), None)

    async def export(self) -> None:
        database = self.organisation.database
        await self._office.export_audit(database, self.nina, "csv", Wanted())

    async def token_for_a_service(self) -> None:
        await accounts(self.organisation).tokens.create(self.robot, "robot", by=self.nina)

    @property
    def _office(self) -> Any:
        return self.organisation.administration


#: All that is an administrator's to do.
ACTS = [name for name, value in vars(Acts).items() if name[0] != "_" and hasattr(value, "__code__")]


def accounts(organisation: Organisation) -> Accounts:
    return Accounts(
        organisation.database,
        organisation.clock,
        lambda n: b"\x07" * n,
        Settings(),
        Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
        organisation.ended.extend,
    )


@pytest.fixture
async def acts(organisation: Organisation) -> Acts:
    office, mia = organisation.administration, organisation.mia
    nina = await office.add_person(None, email="nina@example.org", name="Nina", admin=True)
    robot = await office.add_person(
        None, email="robot@example.org", name="Robot", kind=Kind.SERVICE
    )
    await office.change_group(mia, "qm", title=None, visibility=Visibility.CLOSED, parent=None)
    await office.add_person(None, email="kim@example.org", name="Kim")
    asker = await office.add_person(None, email="asker@example.org", name="Asker")
    request = await office.ask(asker, "qm")
    await office.put_member(mia, "qm", "jonas", Role.MODERATOR, None)
    proposed = await office.invite(organisation.jonas, "qm", "x@customer.example", Terms())
    return Acts(organisation, nina, robot, request.id, proposed.pending.id)


async def state(organisation: Organisation) -> list[str]:
    """All that an act could change."""
    tables = ("person", "team_group", "membership", "pending", "token", "audit", "entry")
    async with organisation.database.connection() as connection:
        found = [await connection.fetch(f"SELECT * FROM {table}") for table in tables]
        found.append(await connection.fetch("SELECT * FROM classification"))
    return sorted(str(row) for rows in found for row in rows)


@pytest.mark.parametrize("act", ACTS)
async def test_an_administrator_may(acts: Acts, act: str) -> None:
    """So that the following tests refuse what is possible otherwise."""
    before = await state(acts.organisation)
    await getattr(acts, act)()
    assert await state(acts.organisation) != before


@pytest.mark.parametrize("act", ACTS)
async def test_who_was_closed_meanwhile_does_nothing_more(acts: Acts, act: str) -> None:
    await acts.organisation.administration.deactivate(None, "nina@example.org")
    before = await state(acts.organisation)
    with pytest.raises(Unauthenticated):
        await getattr(acts, act)()
    assert await state(acts.organisation) == before


@pytest.mark.parametrize("act", ACTS)
async def test_whose_right_was_taken_meanwhile_does_nothing_with_it(acts: Acts, act: str) -> None:
    await acts.organisation.administration.change_person(None, "nina", admin=False)
    before = await state(acts.organisation)
    with pytest.raises((Forbidden, NotFound)):
        await getattr(acts, act)()
    assert await state(acts.organisation) == before


async def test_who_was_closed_meanwhile_does_not_go_on_for_themselves(
    organisation: Organisation,
) -> None:
    office, jonas, olga = organisation.administration, organisation.jonas, organisation.olga
    invited = await office.invite(organisation.mia, "qm", "olga", Terms())
    key = invited.pending.id
    link = (await office.invite(organisation.mia, "qm", "kim@example.org", Terms())).token
    assert link is not None
    kim = await office.add_person(None, email="kim@example.org", name="Kim")
    for person in (jonas, olga, kim):
        await office.deactivate(None, person.email)

    async def work(bulk: Bulk) -> None:
        await bulk.record("anything", "at all")

    doings: list[Callable[[], Awaitable[object]]] = [
        lambda: office.drop_member(jonas, "qm", "jonas"),
        lambda: office.add_group(jonas, name="new", title="New"),
        lambda: office.accept_invitation(olga, key),
        lambda: office.decline_invitation(olga, key),
        lambda: office.accept_link(kim, link),
        lambda: office.put_member(olga, "qm", "olga", None, None),
        lambda: office.ask(olga, "qm"),
        lambda: office.in_bulk(jonas, work),
    ]
    before = await state(organisation)
    for do in doings:
        with pytest.raises(Unauthenticated):
            await do()
    assert await state(organisation) == before


async def test_an_invitation_falls_with_the_account_or_the_right_that_it_stands_on(
    organisation: Organisation, acts: Acts
) -> None:
    office, olga = organisation.administration, organisation.olga
    invited = await office.invite(acts.nina, "qm", "olga", Terms())
    for loss in ("active = false", "admin = false, active = true"):
        async with organisation.database.connection() as connection:
            # Behind the office's back, which would take the invitation along.
            await connection.execute(f"UPDATE person SET {loss} WHERE handle = 'nina'")
        with pytest.raises(InvitationUnknown):
            await office.accept_invitation(olga, invited.pending.id)
