"""People and teams as SCIM resources, and back; all on one connection."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast
from unicodedata import normalize
from uuid import UUID

from scim2_models import (
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import AsyncScimStorage, SearchPage

from headrace.api.scim.resources import Email, Group, Member, Name, Place, User, UserType
from headrace.errors import Invalid
from headrace.federation.provisioning import Provisioning, WantedPerson, WantedTeam
from headrace.log import provisioning
from headrace.log.provisioning import Said
from headrace.model.names import cleaned
from headrace.model.people import Kind, normal_email

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from scim2_models import Resource, ResourceType, ResponseParameters, SearchRequest

    from headrace.log.database import Connection
    from headrace.log.provisioning import ProvisionedMember, ProvisionedPerson, ProvisionedTeam

_WORK = "work"
#: The domain of people for whom the directory has no address (RFC 2606, section 2).
_NOWHERE = "@scim.invalid"
_KINDS = {UserType.EMPLOYEE: Kind.EMPLOYEE, UserType.GUEST: Kind.GUEST}
_TYPES = {kind.value: name for name, kind in _KINDS.items()}


class Storage(AsyncScimStorage):
    """``changes`` makes changes; without it, everything can be read."""

    def __init__(self, connection: Connection, changes: Provisioning | None = None) -> None:
        self._connection = connection
        self._changes = changes

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        found: Sequence[Resource[Any]]
        if resource_type.name == "User":
            found = await self._users(key=_person_key(resource_id))
        else:
            found = await self._groups(key=_team_key(resource_id))
        if not found:
            raise NotFoundException(detail=f"There is no {resource_type.name} {resource_id}")
        return found[0]

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        wanted = search_request.filter
        found: list[Resource[Any]] = []
        for resource_type in resource_types:
            known = _equality(wanted) if len(resource_types) == 1 else {}
            found += await self._all(str(resource_type.name), known)
        if wanted is not None:
            found = [resource for resource in found if wanted.match(resource)]
        found = search_request.sort(found)
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(found), found[start:stop])

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        if isinstance(resource, User):
            key: UUID | int = await self._change().add_person(_wanted_person(resource))
        else:
            key = await self._change().add_team(_wanted_team(cast("Group", resource)))
        return await self.get(resource_type, str(key))

    async def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        key = str(resource.id)
        await self._check_version(resource_type, key, expected_version)
        if isinstance(resource, User):
            await self._change().change_person(_person_key(key), _wanted_person(resource))
        else:
            wanted = _wanted_team(cast("Group", resource))
            await self._change().change_team(_team_key(key), wanted)
        return await self.get(resource_type, key)

    async def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        await self._check_version(resource_type, resource_id, expected_version)
        if resource_type.name == "User":
            await self._change().remove_person(_person_key(resource_id))
        else:
            await self._change().remove_team(_team_key(resource_id))

    def _change(self) -> Provisioning:
        if self._changes is None:
            raise AssertionError("a request that only reads was about to change something")
        return self._changes

    async def _check_version(
        self, resource_type: ResourceType, key: str, expected: str | None
    ) -> None:
        there = await self.get(resource_type, key)
        if expected is not None and (there.meta is None or there.meta.version != expected):
            raise PreconditionFailedException

    async def _all(self, name: str, known: dict[str, str]) -> Sequence[Resource[Any]]:
        """All of that type, or those with an attribute whose value is known."""
        if name == "User":
            only = {"user_name": known.get("username"), "external_id": known.get("externalid")}
            return await self._users(**only)
        titled = {"title": known.get("displayname"), "external_id": known.get("externalid")}
        return await self._groups(**titled)

    async def _users(self, **only: Any) -> list[User]:
        people = await provisioning.people(self._connection, **only)
        keys = [person.id for person in people]
        places = await provisioning.teams_of(self._connection, keys)
        return [_user(person, places.get(person.id, [])) for person in people]

    async def _groups(self, **only: Any) -> list[Group]:
        teams = await provisioning.teams(self._connection, **only)
        members = await provisioning.members(self._connection, [team.id for team in teams])
        return [_group(team, members.get(team.id, [])) for team in teams]


# Into resources.


def _user(person: ProvisionedPerson, places: Iterable[provisioning.Place]) -> User:
    user = User(
        id=str(person.id),
        external_id=person.external_id,
        user_name=person.user_name,
        name=_name(person),
        display_name=person.name,
        user_type=_TYPES[person.kind],
        active=person.active,
        emails=_emails(person),
        groups=[
            Place(value=str(place.id), ref=_reference("Groups", place.id), display=place.title)
            for place in places
        ]
        or None,
    )
    user.meta = _meta(user, "User", person.created, person.changed)
    return user


def _name(person: ProvisionedPerson) -> Name | None:
    if person.given_name is None and person.family_name is None:
        return None
    return Name(given_name=person.given_name, family_name=person.family_name)


def _emails(person: ProvisionedPerson) -> list[Email] | None:
    if person.email.endswith(_NOWHERE):
        return None
    is_told = person.is_primary is not None or person.email_type is not None
    kind, is_primary = (person.email_type, person.is_primary) if is_told else (_WORK, True)
    return [Email(value=person.email, type=kind, primary=is_primary)]


def _group(team: ProvisionedTeam, members: Iterable[ProvisionedMember]) -> Group:
    group = Group(
        id=str(team.id),
        external_id=team.external_id,
        display_name=team.title,
        members=[_member(member) for member in members] or None,
    )
    group.meta = _meta(group, "Group", team.created, team.changed)
    return group


def _member(member: ProvisionedMember) -> Member:
    kind, key = ("User", member.person) if member.person is not None else ("Group", member.team)
    return Member(value=str(key), ref=_reference(f"{kind}s", key), type=kind)


def _reference(endpoint: str, key: object) -> Any:
    return f"{endpoint}/{key}"  # relative: the service makes an address of it


def _meta(resource: Resource[Any], kind: str, created: datetime, changed: datetime) -> Meta:
    """The version is made of all that is shown, so whatever changes it, here or at the directory,
    changes the version."""
    digest = hashlib.sha256(resource.model_dump_json().encode()).hexdigest()[:32]
    return Meta(resource_type=kind, created=created, last_modified=changed, version=f'W/"{digest}"')


# Out of resources.


def _wanted_person(user: User) -> WantedPerson:
    name, email = user.name or Name(), _chosen(user)
    return WantedPerson(
        email=_address(user, email),
        name=_displayed(user, name),
        kind=None if user.user_type is None else _KINDS[user.user_type],
        active=user.active is not False,
        said=Said(
            user_name=_line(user.user_name, "userName"),
            external_id=user.external_id,
            given_name=name.given_name,
            family_name=name.family_name,
            email_type=email.type,
            is_primary=email.primary,
        ),
    )


def _chosen(user: User) -> Email:
    """The primary address, or the first one."""
    emails = [email for email in user.emails or () if email.value]
    return next(iter(sorted(emails, key=lambda email: not email.primary)), Email())


def _address(user: User, email: Email) -> str:
    """The address, or a user name that is one, or a placeholder."""
    if email.value:
        return normal_email(str(email.value))
    try:
        return normal_email(str(user.user_name))
    except Invalid:
        digest = hashlib.sha256(str(user.user_name).lower().encode()).hexdigest()
        return digest[:32] + _NOWHERE


def _displayed(user: User, name: Name) -> str:
    whole = " ".join(part for part in (name.given_name, name.family_name) if part)
    return _named("displayName", user.display_name, whole, user.user_name)


def _wanted_team(group: Group) -> WantedTeam:
    keys = [_member_key(str(member.value)) for member in group.members or ()]
    return WantedTeam(
        title=_named("displayName", group.display_name),
        external_id=group.external_id,
        people=frozenset(key for key in keys if isinstance(key, UUID)),
        teams=frozenset(key for key in keys if isinstance(key, int)),
    )


def _member_key(text: str) -> UUID | int:
    """Of a person or of a team: the two look different."""
    try:
        return _team_key(text) if text.isdecimal() else _person_key(text)
    except NotFoundException:
        raise InvalidValueException(detail=f"There is no member {text}") from None


def _named(attribute: str, *texts: str | None) -> str:
    """Directories bring what they have: a name is cleaned, and refused only where none is left."""
    found = cleaned(*(normalize("NFC", text or "") for text in texts))
    if not found:
        raise InvalidValueException(detail=f"{attribute} is empty")
    return found


def _line(text: str | None, name: str) -> str:
    stripped = normalize("NFC", text or "").strip()
    if not stripped:
        raise InvalidValueException(detail=f"{name} is empty")
    return stripped


def _person_key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundException(detail=f"There is no User {text}") from None


def _team_key(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise NotFoundException(detail=f"There is no Group {text}")
    return int(text)


def _equality(wanted: Any) -> dict[str, str]:
    """The attribute and value of a filter that is one comparison of a text for equality."""
    node = None if wanted is None else wanted.ast
    if not isinstance(node, Comparison) or node.op is not CompareOperator.eq:
        return {}
    if not isinstance(node.value, str):
        return {}
    return {str(node.attr_path).rpartition(":")[2].lower(): normalize("NFC", node.value)}
