"""People."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api.shapes import NewPerson, PersonAnswer

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query


async def create(call: Call[NewPerson, Query]) -> PersonAnswer:
    new = call.body
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
