"""What stands behind the question mark: one type for each kind of list.

An unknown parameter is an error: a misspelt ``filter`` must not show everything.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from headrace.model.filter_parser import MAX_LENGTH
from headrace.model.moments import check_moments

MAX_LIMIT = 200

Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT, description="Items on a page.")]
Text = Annotated[str, Meta(max_length=MAX_LENGTH, description="Terms of the filter language.")]
Moment = Annotated[datetime, Meta(tz=True, description="With its offset (RFC 3339).")]
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all queries; with nothing in it, a call takes no parameters."""

    def __post_init__(self) -> None:
        check_moments(self)


class PageQuery(Query, frozen=True):
    """Newest first, those before an activity; or, oldest first, those after one."""

    limit: Limit = 50
    before: Annotated[UUID, Meta(description="Id of an activity: older ones.")] | None = None
    after: Annotated[UUID, Meta(description="Id of an activity: newer ones.")] | None = None
    filter: Text = ""


class HomeQuery(Query, frozen=True):
    limit: Limit = 50
    before: Annotated[UUID, Meta(description="Id of an activity: older ones.")] | None = None
    filter: Text = ""


class SearchQuery(Query, frozen=True):
    q: Text
    limit: Limit = 50
    before: Annotated[UUID, Meta(description="Id of an activity: older ones.")] | None = None


class InboxQuery(Query, frozen=True):
    """``before`` is a number in the inbox, or the id of an activity in it."""

    limit: Limit = 50
    before: Annotated[int, Meta(ge=1, le=2**53)] | UUID | None = None


class ExplainQuery(Query, frozen=True):
    """``person`` is an address or handle; nobody named means oneself."""

    person: Annotated[str, Meta(max_length=254)] = ""
    filter: Text = ""


class UploadQuery(Query, frozen=True):
    """``name`` is what the file is called; folders in it do not count."""

    name: Annotated[str, Meta(max_length=1_024)] = "file"


class AuditQuery(Query, frozen=True):
    """Entries that have all of these; ``before`` is the number of an entry."""

    actor: Annotated[str, Meta(max_length=254)] | None = None
    action: Annotated[str, Meta(max_length=64)] | None = None
    subject: Annotated[str, Meta(max_length=512)] | None = None
    since: Moment | None = None
    until: Moment | None = None
    before: Annotated[int, Meta(ge=1, le=2**62)] = 2**62
    limit: Limit = 50


class ExportQuery(Query, frozen=True):
    """From ``since`` up to and without ``until``; without them, all there is."""

    format: Literal["csv", "jsonl"] = "jsonl"
    since: Moment | None = None
    until: Moment | None = None


class EntriesQuery(Query, frozen=True):
    """Entries with numbers above ``after``."""

    after: Seq = 0
    limit: Limit = 50


class PeopleQuery(Query, frozen=True):
    """By address, those after one."""

    q: Annotated[str, Meta(max_length=254, description="In address, handle or name.")] = ""
    kind: Literal["employee", "guest", "service"] | None = None
    active: bool | None = None
    after: Annotated[str, Meta(max_length=254, description="An address: those after it.")] = ""
    limit: Limit = 50


class SignInQuery(Query, frozen=True):
    next: Annotated[str, Meta(description="A path on this site to go on at.")] = "/"


class CallbackQuery(Query, frozen=True, forbid_unknown_fields=False):
    """What a provider answers (RFC 6749, section 4.1.2; RFC 9207). It may add what it likes."""

    state: str | None = None
    code: str | None = None
    iss: str | None = None
    error: str | None = None
