"""What all requests and answers have in common, and the texts in them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from headrace.model.moments import check_moments

Title = Annotated[str, Meta(min_length=1, max_length=200)]
Tag = Annotated[str, Meta(min_length=1, max_length=64)]
Mention = Annotated[str, Meta(min_length=1, max_length=254)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Id = Annotated[str, Meta(max_length=64)]
KeyName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Moment = Annotated[datetime, Meta(tz=True)]


class Request(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Base of all bodies. An unknown field is an error, never silently ignored."""

    def __post_init__(self) -> None:
        check_moments(self)


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of all answers."""
