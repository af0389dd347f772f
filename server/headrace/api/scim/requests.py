"""One request: whose token, one transaction, the answer or error.

Nothing is half done: a request that fails anywhere leaves no trace but its answer, and all of a
change is committed before the answer says so.
"""

from __future__ import annotations

from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
from scim2_models import (
    Error,
    ForbiddenException,
    InvalidValueException,
    NotFoundException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
    UniquenessException,
)
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse
from starlette.responses import Response

from headrace.api import answers, bodies
from headrace.api.scim import PATH, ROOT
from headrace.api.scim.service import Service
from headrace.api.scim.storage import Storage
from headrace.errors import (
    Conflict,
    HeadraceError,
    Invalid,
    LastOwner,
    NotFound,
    TooLarge,
    Unauthenticated,
)
from headrace.federation.provisioning import Provisioning
from headrace.model.people import Kind
from headrace.tasks import broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from headrace.administration import Bulk
    from headrace.api.services import Services
    from headrace.model.people import Person

_SERVICE = Service()
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


async def respond(request: Request, services: Callable[[], Services]) -> Response:
    """The answer to one request."""
    started = perf_counter()
    try:
        at_hand = services()
    except HeadraceError as error:  # not up yet
        return _written(_refused(error), error)
    response = await _guarded(request, at_hand)
    seconds = perf_counter() - started
    at_hand.measuring.answered(request.method, PATH, response.status_code, seconds)
    return response


async def _guarded(request: Request, services: Services) -> Response:
    try:
        return _written(await _answer(request, services))
    except HeadraceError as error:
        return _written(_refused(error), error)
    except SCIMException as error:
        return _written(_SERVICE.error_response(error))
    except Exception as error:  # noqa: BLE001 (reported)
        # A defect: whoever asked learns that it is one, and nothing else. A broken belief ends
        # the process, as it does for every other request.
        broken(error, f"{request.method} {PATH}")
        return _written(_SERVICE.error_response(RuntimeError()))


async def _answer(request: Request, services: Services) -> ScimResponse:
    by = await _who(request, services)
    asked = await _read(request, services)
    if request.method not in _CHANGING or request.url.path.endswith("/.search"):
        async with services.database.snapshot() as connection:
            return await AsyncScimHandler(_SERVICE, Storage(connection)).handle(asked)

    async def work(bulk: Bulk) -> ScimResponse:
        changes = Provisioning(bulk, services.administration.clock())
        storage = Storage(bulk.connection, changes)
        return await AsyncScimHandler(_SERVICE, storage).handle(asked)

    return await services.administration.in_bulk(by, work)


async def _who(request: Request, services: Services) -> Person:
    """The service account whose token this is. Raises Unauthenticated, ForbiddenException.

    Cookies do not count here, so no page can make a browser ask.
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise Unauthenticated
    identity = await services.accounts.identify(authorization, None)
    person = identity.person
    is_right = person.admin and person.kind is Kind.SERVICE and not identity.is_session
    if not is_right or identity.groups is not None:
        raise ForbiddenException(
            detail="provisioning takes a token with the scope admin of a service account that "
            "is an administrator"
        )
    return person


async def _read(request: Request, services: Services) -> ScimRequest:
    body = await bodies.raw(request, services.settings.max_body_bytes)
    if b"\\u0000" in body or "\x00" in str(request.url.query) or "%00" in str(request.url.query):
        raise InvalidValueException(detail="Text cannot contain NUL")
    origin = services.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return ScimRequest(
        method=request.method,
        base_url=origin + ROOT,
        path=request.path_params["path"],
        query=dict(request.query_params),
        headers=list(request.headers.items()),
        body=body,
    )


def _refused(error: HeadraceError) -> ScimResponse:
    """An error of ours as the standard has it (RFC 7644, section 3.12)."""
    return _SERVICE.error_response(_as_scim(error))


def _as_scim(error: HeadraceError) -> SCIMException:
    detail = error.message
    match error:
        case Unauthenticated():
            return UnauthorizedException(detail=detail)
        case NotFound():
            return NotFoundException(detail=detail)
        case TooLarge():
            return PayloadTooLargeException(detail=detail)
        case Conflict() if not isinstance(error, LastOwner):
            return UniquenessException(detail=detail)
        case Invalid():
            return InvalidValueException(detail=detail)
    return SCIMException.from_error(Error(status=type(error).status, detail=detail))


def _written(answer: ScimResponse, error: HeadraceError | None = None) -> Response:
    after: Any = None if error is None else getattr(error, "retry_after", None)
    headers = answers.HEADERS | answer.headers
    headers |= {} if after is None else {"Retry-After": str(after)}
    if answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED) or answer.body is None:
        headers.pop("Content-Type", None)
        return Response(None, answer.status, headers)
    content = msgspec.json.encode(answer.body)
    return Response(content, answer.status, headers, SCIM_MEDIA_TYPE)
