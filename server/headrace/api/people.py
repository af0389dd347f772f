"""People: added, found and changed by administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api.shapes.people import NewPerson, People, PersonAnswer, PersonChange, PersonDetails
from headrace.auth import policy
from headrace.errors import Forbidden, Invalid, NotFound
from headrace.log import directory
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import PeopleQuery, Query
    from headrace.model.people import Person


async def create(call: Call[NewPerson, Query]) -> PersonAnswer:
    new = call.body
    if new.kind is Kind.SERVICE and new.password is not None:
        raise Invalid("a service has tokens, and no password", field="password")
    if new.password is not None:
        policy.check(new.password, new.email, new.name)
    password = new.password and await call.services.accounts.passwords.hash(new.password)
    person = await call.services.administration.add_person(
        call.person,
        email=new.email,
        name=new.name,
        kind=new.kind,
        admin=new.admin,
        password_hash=password,
    )
    return answer(person)


async def page(call: Call[None, PeopleQuery]) -> People:
    must_administrate(call)
    query = call.query
    async with call.services.database.connection() as connection:
        found = await directory.people(
            connection,
            after=query.after.lower(),
            text=query.q or None,
            kind=None if query.kind is None else Kind(query.kind),
            active=query.active,
            limit=query.limit,
        )
    is_full = len(found) == query.limit
    return People(
        items=tuple(map(_details, found)),
        next=call.following(after=found[-1].email) if is_full else None,
    )


async def one(call: Call[None, Query]) -> PersonDetails:
    return _details(await administered(call))


async def change(call: Call[PersonChange, Query]) -> PersonDetails:
    """All of it or nothing. A closed account's connections end on every node."""
    must_administrate(call)
    wanted = call.body
    changed = await call.services.administration.change_person(
        call.person,
        call.path("subject"),
        name=wanted.name,
        email=wanted.email,
        kind=wanted.kind,
        admin=wanted.admin,
        active=wanted.active,
    )
    return _details(changed)


def must_administrate(call: Call[Any, Any]) -> None:
    """Raises Forbidden for all but administrators, whatever is asked about."""
    if not call.person.admin:
        raise Forbidden("administrators do that")


def answer(person: Person) -> PersonAnswer:
    """A person as those see them who have just brought them in, themselves included."""
    return PersonAnswer(
        id=person.id,
        email=person.email,
        handle=person.handle,
        name=person.name,
        kind=person.kind,
    )


def _details(person: Person) -> PersonDetails:
    return PersonDetails(
        id=person.id,
        email=person.email,
        handle=person.handle,
        name=person.name,
        kind=person.kind,
        admin=person.admin,
        active=person.active,
    )


async def administered(call: Call[Any, Query]) -> Person:
    """Whom the address names. Raises Forbidden for all but administrators, whoever is asked
    about, and NotFound."""
    must_administrate(call)
    async with call.services.database.connection() as connection:
        person = await directory.find_person(connection, call.path("subject"))
    if person is None:
        raise NotFound
    return person
