"""People."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api.shapes import NewPerson, PersonAnswer
from headrace.auth import policy
from headrace.errors import Forbidden, Invalid, NotFound
from headrace.log import directory
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
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
    return PersonAnswer(
        id=person.id,
        email=person.email,
        handle=person.handle,
        name=person.name,
        kind=person.kind,
    )


async def administered(call: Call[Any, Query]) -> Person:
    """Whom the address names. Raises Forbidden for all but administrators, whoever is asked
    about, and NotFound."""
    if not call.person.admin:
        raise Forbidden("administrators do that")
    async with call.services.database.connection() as connection:
        person = await directory.find_person(connection, call.path("subject"))
    if person is None:
        raise NotFound
    return person
