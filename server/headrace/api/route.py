"""A row of the table of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any

import msgspec

from headrace.api.calls import Call
from headrace.api.queries import Query

Handler = Callable[[Call[Any, Any]], Awaitable[Any]]


class Auth(Enum):
    """Who may ask: somebody who is signed in, or anybody."""

    PERSON = auto()
    NOBODY = auto()


@dataclass(frozen=True)
class Route:
    """An address. ``takes`` is the body's type, ``gives`` the answer's; None: there is none.

    With ``lines``, both are newline-delimited JSON, one of that type a line, and the handler gets
    the body as it came. Either may be a media type instead; such a body the handler reads itself.
    ``keyed`` says that the header Idempotency-Key counts. ``form`` names the fields of a body that
    is a form.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    takes: type[msgspec.Struct] | str | None = None
    gives: type[msgspec.Struct] | str | None = None
    query: type[Query] = Query
    status: int = 200
    auth: Auth = Auth.PERSON
    lines: bool = False
    keyed: bool = False
    form: tuple[str, ...] = ()

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """Of the body, or of each of its lines."""
        if isinstance(self.takes, str):
            raise AssertionError(f"{self.path} takes no JSON")
        return msgspec.json.Decoder(self.takes)
