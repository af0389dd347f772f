"""Tokens for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from headrace.api.shapes.base import Answer, Moment, Name, Request
from headrace.model.identity import Scope


class NewToken(Request):
    """``scopes`` are what it may be used for; with ``groups`` it reaches those alone."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=10)]
    expires: Moment | None = None
    groups: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=100)] | None = None


class TokenAnswer(Answer):
    """A token without its secret. ``groups`` are the only ones that it reaches, if it has any."""

    id: str
    name: str
    created: datetime
    scopes: tuple[Scope, ...]
    last_used: datetime | None = None
    expires: datetime | None = None
    groups: tuple[str, ...] | None = None


class Tokens(Answer):
    items: tuple[TokenAnswer, ...]
    next: str | None = None


class TokenMade(Answer):
    """The only time that a token is shown."""

    id: str
    token: str
