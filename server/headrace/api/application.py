"""The table of routes as a Starlette application, with the web client beside it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route as StarletteRoute

from headrace.api import openapi, problems, scim
from headrace.api.endpoint import Endpoint
from headrace.api.routes import ROUTES, V1
from headrace.api.web_client import WebClient
from headrace.errors import HeadraceError, MethodNotAllowed, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Lifespan

    from headrace.api.services import Services


def create_api(
    services: Callable[[], Services],
    *,
    static: Path | None = None,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """The application. ``services`` is asked at each request; it raises Unavailable until ready.

    ``static`` is the directory of the built web client; None serves the API alone.
    """
    application = Starlette(routes=list(_routes(services)), lifespan=lifespan)
    # Endpoints leave no exception to handle, so they do without Starlette's handlers of them: two
    # layers around each request, each answer and each of its parts.
    application.middleware_stack = application.router
    application.router.redirect_slashes = False
    application.router.default = _beside(services, static)
    application.state.openapi = msgspec.json.encode(openapi.document(ROUTES))
    return application


_ACTIVITIES = f"{V1}/groups/{{name}}/activities"
_BUSY = frozenset({_ACTIVITIES, f"{_ACTIVITIES}:batch", f"{V1}/home", f"{V1}/me"})


def _routes(services: Callable[[], Services]) -> Iterator[BaseRoute]:
    # All methods of an address in one route, so that a 405 names them all.
    # Starlette tries one address after the other: what is asked all day comes first.
    known = sorted(ROUTES, key=lambda route: (route.path not in _BUSY, route.path))
    for path, routes in groupby(known, key=lambda route: route.path):
        methods = {route.method: route for route in routes}
        yield StarletteRoute(path, Endpoint(methods, services))


def _beside(services: Callable[[], Services], static: Path | None) -> Starlette:
    """What is not in the table."""
    provisioning = StarletteRoute(scim.PATH, scim.endpoint(services), methods=list(scim.METHODS))
    application = Starlette(routes=[provisioning], exception_handlers={HTTPException: _refused})
    application.router.redirect_slashes = False
    if static is not None:
        # Not a mount: that would answer where an address does not take a method.
        application.router.default = WebClient(static)
    return application


async def _refused(_: Request, refusal: Exception) -> Response:
    """What the router refuses itself."""
    if not isinstance(refusal, HTTPException):
        raise AssertionError("a handler of HTTPException got something else")
    error = _ERRORS.get(refusal.status_code, NotFound)()
    return problems.response(error, dict(refusal.headers or {}))


_ERRORS: dict[int, type[HeadraceError]] = {404: NotFound, 405: MethodNotAllowed}
