"""A row of the table of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from headrace.api.calls import Call
from headrace.api.queries import Query

if TYPE_CHECKING:
    from headrace.model.identity import Scope


Handler = Callable[[Call[Any, Any]], Awaitable[Any]]


class Open(Enum):
    """What needs no scope: what anybody may ask, and what all who are signed in may, whatever
    their token is for."""

    ANYBODY = auto()
    SIGNED_IN = auto()


@dataclass(frozen=True)
class Route:
    """An address. ``needs`` is the scope that a token has to have for it; there is no default, so
    that nothing is open because nobody thought of it. A token for some groups reaches what is
    below these, and what is open.

    ``takes`` is the body's type, ``gives`` the answer's; None: there is none.

    With ``lines``, both are newline-delimited JSON, one of that type a line, and the handler gets
    the body as it came. Either may be media types instead; such a body the handler reads itself.
    ``keyed`` says that the header Idempotency-Key counts, ``for_limited`` that the handler itself
    keeps a token to its groups. ``recalls`` says that who asks may be remembered, because the log
    looks again whether they are still let in, with what the handler does. ``form`` names the fields
    of a body that is a form.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    needs: Scope | Open
    takes: type[msgspec.Struct] | str | None = None
    gives: type[msgspec.Struct] | str | None = None
    query: type[Query] = Query
    status: int = 200
    lines: bool = False
    keyed: bool = False
    form: tuple[str, ...] = ()
    for_limited: bool = False
    recalls: bool = False

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """Of the body, or of each of its lines."""
        if isinstance(self.takes, str):
            raise AssertionError(f"{self.path} takes no JSON")
        return msgspec.json.Decoder(self.takes)
