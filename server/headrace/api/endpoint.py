"""One request: whose page asks, who asks, what is asked; the handler; the answer or problem."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headrace.api import answers, bodies, problems
from headrace.api.calls import Call
from headrace.api.route import Open
from headrace.auth.credentials import session_in
from headrace.auth.origins import is_ours
from headrace.errors import (
    HeadraceError,
    InsufficientScope,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    OriginNotAllowed,
)
from headrace.model.identity import Scope
from headrace.tasks import broken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Send
    from starlette.types import Scope as Connection

    from headrace.api.queries import Query
    from headrace.api.route import Route
    from headrace.api.services import Services
    from headrace.model.identity import Identity

_SAFE = frozenset({"GET", "HEAD"})


class Endpoint:
    """Answers requests to one address, whose routes these are by method.

    An ASGI application, because Starlette wraps functions in one more handler of exceptions, and
    here there is none left to handle.
    """

    def __init__(self, routes: Mapping[str, Route], services: Callable[[], Services]) -> None:
        self._routes = routes
        methods = {*routes, "HEAD"} if "GET" in routes else set(routes)
        self._allowed = {"Allow": ", ".join(sorted(methods))}
        self._services = services

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive, send))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        route = self._routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            return problems.response(MethodNotAllowed(), self._allowed)
        try:
            services = self._services()
        except HeadraceError as error:  # not up yet
            return problems.response(error)
        started = perf_counter()
        response = await _guarded(route, request, services)
        seconds = perf_counter() - started
        services.measuring.answered(route.method, route.path, response.status_code, seconds)
        return response


async def _guarded(route: Route, request: Request, services: Services) -> Response:
    try:
        return await _answer(route, request, services)
    except HeadraceError as error:
        return problems.response(error)
    except Exception as error:  # noqa: BLE001 (reported below)
        # A defect: whoever asked learns that it is one, and nothing else. A broken belief ends
        # the process, as it does in a task.
        broken(error, f"{route.method} {route.path}")
        return problems.response(Internal())


async def _answer(route: Route, request: Request, services: Services) -> Response:
    _check_origin(request, services.settings.public_url)
    if route.needs is Open.ANYBODY:
        return await _given(route, request, services, None)
    headers = request.headers
    shown = headers.get("authorization"), headers.get("cookie")
    if not route.recalls:
        return await _given(route, request, services, await services.accounts.identify(*shown))
    identity = await services.accounts.recall(*shown)
    try:
        return await _given(route, request, services, identity)
    except HeadraceError:
        if identity.is_remembered:  # who is nobody any more learns nothing else
            await services.accounts.identify(*shown)
        raise


async def _given(
    route: Route, request: Request, services: Services, identity: Identity | None
) -> Response:
    if identity is not None:
        _check_reach(route, request, identity)
    query = _query(route.query, request)
    body = await _body(route, request, services)
    given = await route.handler(Call(request, services, identity, query, body))
    if isinstance(given, Response):
        return given
    return answers.nothing() if given is None else answers.document(given, route.status)


def _check_reach(route: Route, request: Request, identity: Identity) -> None:
    """Whether a token is for this: the one place that asks. Raises InsufficientScope, and NotFound
    for a group that the token does not reach."""
    if not isinstance(route.needs, Scope):
        return
    if route.needs not in identity.scopes:
        raise InsufficientScope(f"this needs a token with the scope {route.needs}")
    if identity.groups is None:
        return
    group = request.path_params.get("name")
    if group is None and not route.for_limited:
        raise InsufficientScope("this token is for some groups only")
    if group is not None and group not in identity.groups:
        raise NotFound


def _check_origin(request: Request, public_url: str) -> None:
    """A browser sends cookies along for foreign pages too, and says so in Origin."""
    headers = request.headers
    if request.method in _SAFE or "authorization" in headers:
        return
    page = headers.get("origin") or headers.get("referer")
    if page is None and session_in(headers.get("cookie"), is_https=False) is None:
        return
    if not is_ours(page, headers.get("host", ""), public_url):
        raise OriginNotAllowed


def _query(kind: type[Query], request: Request) -> Query:
    parameters = dict(request.query_params) if request.scope["query_string"] else {}
    try:
        found = msgspec.convert(parameters, kind, strict=False)
    except msgspec.ValidationError as error:
        message, field = bodies.explain(error)
        raise Invalid(message, field=field) from None
    for name, text in parameters.items():
        if "\x00" in text:
            raise Invalid("text cannot contain NUL", field=name)
    return found


async def _body(route: Route, request: Request, services: Services) -> Any:
    if route.takes is None or isinstance(route.takes, str):
        return None
    if route.lines:
        return await bodies.read(request, services.settings.max_batch_bytes, lines=True)
    body = await bodies.read(request, services.settings.max_body_bytes)
    return bodies.decode(body, route.decoder)
