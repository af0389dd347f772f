"""People, services and guests."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import msgspec

from headrace.errors import Invalid

if TYPE_CHECKING:
    from uuid import UUID

ActorType = Literal["Person", "Service", "Group"]

_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>\"]{1,64}@[^@\s\x00-\x1f<>\"]{1,189}")
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")


class Kind(StrEnum):
    EMPLOYEE = "employee"
    GUEST = "guest"
    SERVICE = "service"


class Actor(msgspec.Struct, frozen=True):
    """Somebody as others see them in an activity (AS2 Vocabulary, section 3.2)."""

    id: str
    type: ActorType
    name: str
    handle: str

    @classmethod
    def of(cls, key: UUID | str, kind: str, name: str, handle: str) -> Actor:
        """A person of that kind."""
        return cls(str(key), "Service" if kind == Kind.SERVICE else "Person", name, handle)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as the server knows them; never sent to others as it stands.

    ``inbox`` is the name of the stream of what is directed at this person.
    """

    id: str
    email: str
    handle: str
    name: str
    kind: Kind
    admin: bool = False
    active: bool = True
    inbox: str = ""

    @property
    def actor(self) -> Actor:
        """This person as others see them."""
        return Actor.of(self.id, self.kind, self.name, self.handle)


def normal_email(text: str) -> str:
    """The address as it is stored and compared. Raises Invalid."""
    email = text.strip().lower()
    if not _ADDRESS.fullmatch(email):
        raise Invalid(f"“{text}” is not an e-mail address", field="email")
    return email


def handle_from(text: str) -> str:
    """A short name for mentions, made from an address or a user name; at most 40 characters."""
    local = text.partition("@")[0].lower()
    handle = re.sub(r"[^a-z0-9._-]+", "-", local).strip("._-")[:40].strip("._-")
    return handle or "person"


def is_handle(text: str) -> bool:
    """Whether this could be somebody's handle."""
    return _HANDLE.fullmatch(text) is not None
