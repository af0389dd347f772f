"""The attributes of people and teams that we keep, and what else we declare.

Only what the product uses is kept. Directories send more than that by default (telephone numbers,
departments): what RFC 7643 knows is taken and forgotten, anything else is an error.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import EmailStr, Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    EnterpriseUser,
    ETag,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models import Group as StandardGroup
from scim2_models import User as StandardUser

MAX_RESULTS = 200
# Columns are text; these are what a person or a form could mean.
Line = Annotated[str, Field(max_length=200)]
Identifier = Annotated[str, Field(max_length=254)]


class UserType(StrEnum):
    EMPLOYEE = "Employee"
    GUEST = "Guest"


class Name(ComplexAttribute):
    """What the display name is made of where there is none."""

    family_name: Line | None = None
    given_name: Line | None = None


class Email(ComplexAttribute):
    """The one address of a person. Of several, the primary one is kept, or the first."""

    value: Annotated[EmailStr | None, Required.true] = None
    type: Line | None = None
    primary: bool | None = None


class Place(ComplexAttribute):
    """A team that somebody is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference[StandardGroup] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class User(Resource[Any]):
    """A person."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[Identifier | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: Line | None = None
    user_type: UserType | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    groups: Annotated[list[Place] | None, Mutability.read_only] = None


Membership = Reference[StandardUser[Any] | StandardGroup]


class Member(ComplexAttribute):
    """A member of a team: a User, or a Group whose members all become members."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true, Required.true] = None
    ref: Annotated[Membership | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User", "Group"])


class Group(Resource[Any]):
    """A team, with those members whom the directory put into it."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[Line | None, Required.true] = None
    members: list[Member] | None = None


#: What RFC 7643 knows of each: attributes outside of it are a mistake of whoever sends them.
STANDARD: dict[str, Any] = {"User": StandardUser[EnterpriseUser], "Group": StandardGroup}

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MAX_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="API token",
            description="The token of a service account that is an administrator.",
            primary=True,
        )
    ],
)


def _policy(unknown: ScimPolicy.Unknown) -> ScimPolicy:
    """Microsoft Entra names in the value what a remove is to remove, and replaces what is not
    there yet: both are taken as they are meant."""
    return ScimPolicy(
        unknown=unknown,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )


TOLERANT = _policy(ScimPolicy.Unknown.ignore)
STRICT = _policy(ScimPolicy.Unknown.forbid)

PROVIDER = ScimProvider([User, Group], config=CONFIG, policy=TOLERANT)
