"""People, as administrators see them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from headrace.api.shapes.base import Answer, Request, Title
from headrace.model.people import Kind


class NewPerson(Request):
    email: Annotated[str, Meta(max_length=254)]
    name: Title
    kind: Kind = Kind.EMPLOYEE
    password: Annotated[str, Meta(max_length=1024)] | None = None
    admin: bool = False


class PersonChange(Request):
    """What is left out stays. Without ``active``, everything that the account could do ends; with
    it again, memberships, password and tokens are given anew."""

    name: Title | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    kind: Kind | None = None
    admin: bool | None = None
    active: bool | None = None


class PersonAnswer(Answer):
    id: str
    email: str
    handle: str
    name: str
    kind: Kind


class PersonDetails(Answer):
    """A person as administrators see them."""

    id: str
    email: str
    handle: str
    name: str
    kind: Kind
    admin: bool
    active: bool


class People(Answer):
    items: tuple[PersonDetails, ...]
    next: str | None = None
