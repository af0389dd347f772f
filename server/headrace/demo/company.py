"""The people and groups of the demo company, and how to sign in as one of them."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.log import directory, memberships
from headrace.model.groups import GroupKind, Role, Visibility
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.administration import Administration, Bulk
    from headrace.log.database import Connection, Database
    from headrace.model.people import Person

SOURCE = "demo"


class Somebody(msgspec.Struct, frozen=True):
    """A person of the company; ``role`` in words, by language."""

    handle: str
    name: str
    role: dict[str, str]
    language: str = "de"
    email: str = ""
    kind: Kind = Kind.EMPLOYEE
    admin: bool = False


class DemoGroup(msgspec.Struct, frozen=True):
    """A group with its members by handle, and the teams that are members as a whole."""

    name: str
    title: str
    owners: list[str]
    kind: GroupKind = GroupKind.PROJECT
    visibility: Visibility = Visibility.OPEN
    parent: str | None = None
    moderators: list[str] = []
    members: list[str] = []
    guests: list[str] = []
    teams: list[str] = []

    def seats(self) -> Iterator[tuple[Role, list[str]]]:
        """Handles by role."""
        yield Role.OWNER, self.owners
        yield Role.MODERATOR, self.moderators
        yield Role.MEMBER, self.members
        yield Role.GUEST, self.guests


class Company(msgspec.Struct, frozen=True):
    """All of it; the first person is an administrator and creates the rest."""

    domain: str
    password: str
    people: list[Somebody] = msgspec.field(name="person")
    groups: list[DemoGroup] = msgspec.field(name="group")

    def email(self, somebody: Somebody) -> str:
        """Somebody's address."""
        return somebody.email or f"{somebody.handle}@{self.domain}"

    def languages(self) -> dict[str, str]:
        """What everybody speaks, by handle."""
        return {somebody.handle: somebody.language for somebody in self.people}


class SignIn(msgspec.Struct, frozen=True):
    """How to sign in as somebody; ``role`` in words, by language."""

    email: str
    password: str
    name: str
    role: dict[str, str]


def load() -> Company:
    """The company as company.toml describes it."""
    return msgspec.convert(table("company.toml"), Company)


def table(name: str) -> dict[str, Any]:
    """A data file of this package."""
    return tomllib.loads(resources.files("headrace.demo").joinpath(name).read_text("utf-8"))


def sign_ins() -> list[SignIn]:
    """Whom to sign in as, to see most: an administrator, a colleague, a guest."""
    company = load()
    chosen = (company.people[0], _first(company, "david"), _first(company, "clara"))
    return [SignIn(company.email(who), company.password, who.name, who.role) for who in chosen]


def _first(company: Company, handle: str) -> Somebody:
    return next(who for who in company.people if who.handle == handle)


async def is_there(connection: Connection, company: Company) -> bool:
    """Whether the company, or a beginning of it, is in this log."""
    return await directory.find_person(connection, company.email(company.people[0])) is not None


async def create(
    company: Company, administration: Administration, database: Database, password: str
) -> None:
    """Create people and groups; ``password`` is a hash. What was begun is finished."""
    by = await _founder(company, administration, database, password)

    async def work(bulk: Bulk) -> None:
        if await directory.find_person(bulk.connection, company.email(company.people[-1])) is None:
            await _Creation(company, bulk, password).make()

    await administration.in_bulk(by, work)


async def _founder(
    company: Company, administration: Administration, database: Database, password: str
) -> Person:
    """The first person, found or added: somebody has to create the rest."""
    founder = company.people[0]
    async with database.connection() as connection:
        known = await directory.find_person(connection, company.email(founder))
    return known or await administration.add_person(
        None,
        email=company.email(founder),
        name=founder.name,
        admin=True,
        password_hash=password,
        handle=founder.handle,
    )


class _Creation:
    """All but the founder, in one transaction."""

    def __init__(self, company: Company, bulk: Bulk, password: str) -> None:
        self._company = company
        self._bulk = bulk
        self._password = password
        self._people = {company.people[0].handle: UUID(bulk.by.id)}
        self._groups: dict[str, int] = {}

    async def make(self) -> None:
        for somebody in self._company.people[1:]:
            await self._add_person(somebody)
        for group in self._company.groups:
            await self._add_group(group)
        for group in self._company.groups:
            key = await directory.group_key(self._bulk.connection, group.name)
            await self._bulk.follow("Add", key, None)
        await self._bulk.record("demo.create", self._company.domain, people=len(self._people))

    async def _add_person(self, somebody: Somebody) -> None:
        self._people[somebody.handle] = await directory.add_person(
            self._bulk.connection,
            email=self._company.email(somebody),
            name=somebody.name,
            kind=somebody.kind,
            admin=somebody.admin,
            password=None if somebody.kind is Kind.SERVICE else self._password,
            handle=somebody.handle,
        )

    async def _add_group(self, group: DemoGroup) -> None:
        connection = self._bulk.connection
        key = self._groups[group.name] = await directory.add_group(
            connection,
            name=group.name,
            title=group.title,
            kind=group.kind,
            visibility=group.visibility,
            parent=None if group.parent is None else self._groups[group.parent],
        )
        for role, handles in group.seats():
            people = [self._people[handle] for handle in handles]
            await memberships.put_people(connection, key, people, role, SOURCE)
        for team in group.teams:
            await memberships.put_team(connection, key, self._groups[team], Role.MEMBER, None)
