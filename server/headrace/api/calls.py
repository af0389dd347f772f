"""A request as handlers get it: who asks, what was sent, and what to work with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from headrace.auth import agents
from headrace.errors import Invalid, NotFound

if TYPE_CHECKING:
    from starlette.requests import Request

    from headrace.api.services import Services
    from headrace.model.identity import Identity, Origin
    from headrace.model.people import Person

B = TypeVar("B")
Q = TypeVar("Q")

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")


class Call(Generic[B, Q]):
    """``body`` and ``query`` are of the types that the route names."""

    __slots__ = ("_identity", "body", "query", "request", "services")

    def __init__(
        self, request: Request, services: Services, identity: Identity | None, query: Q, body: B
    ) -> None:
        self.request = request
        self.services = services
        self._identity = identity
        self.query = query
        self.body = body

    @property
    def identity(self) -> Identity:
        """With what who asks has proved it."""
        if self._identity is None:
            raise AssertionError("a route that anybody may ask does not know who asks")
        return self._identity

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.identity.person

    async def confirm(self) -> None:
        """Ask the log who asks, if that was only remembered. Raises Unauthenticated."""
        if self.identity.is_remembered:
            await self.identify()

    async def identify(self) -> Identity:
        """Ask the log who asks, now. Raises Unauthenticated."""
        shown = self.request.headers
        return await self.services.accounts.identify(
            shown.get("authorization"), shown.get("cookie")
        )

    @property
    def person_id(self) -> UUID:
        return UUID(self.person.id)

    @property
    def client(self) -> str:
        """The address that asks."""
        return self.request.client.host if self.request.client else ""

    @property
    def origin(self) -> Origin:
        """From where, as coarsely as it is kept."""
        return agents.origin(self.client, self.request.headers.get("user-agent", ""))

    @property
    def idempotency_key(self) -> str | None:
        """The header Idempotency-Key. Raises Invalid."""
        key: str | None = self.request.headers.get("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            raise Invalid(
                "an Idempotency-Key has 1 to 200 printable ASCII characters",
                field="Idempotency-Key",
            )
        return key

    def path(self, name: str) -> str:
        """A part of the address. Raises NotFound for what cannot be a name of anything."""
        text: str = self.request.path_params[name]
        if "\x00" in text:
            raise NotFound
        return text

    def path_id(self, name: str) -> UUID:
        """A part of the address that is an id. Raises NotFound for what is none."""
        try:
            return UUID(self.path(name))
        except ValueError:
            raise NotFound from None

    def following(self, **changed: Any) -> str:
        """The address of the following page: this one, with some parameters changed."""
        parameters = dict(self.request.query_params) | changed
        return f"{quote(self.request.scope['path'])}?{urlencode(parameters)}"
