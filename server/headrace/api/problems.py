"""Errors as problem details (RFC 9457), told apart by a stable ``code``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api import answers
from headrace.api.shapes import Problem

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.errors import HeadraceError


def problem(error: HeadraceError) -> Problem:
    """The problem details of an error."""
    kind = type(error)
    errors = {name: value for name, value in error.details.items() if name != "retry_after"}
    return Problem(
        type=f"urn:headrace:problem:{kind.code}",
        title=(kind.__doc__ or kind.code).strip().partition("\n")[0],
        status=kind.status,
        code=kind.code,
        detail=error.message,
        retry=kind.retry,
        errors=errors,
    )


def response(error: HeadraceError, headers: dict[str, str] | None = None) -> Response:
    """The answer that tells of an error."""
    return answers.document(
        problem(error),
        type(error).status,
        media_type="application/problem+json",
        headers=_headers(error) | (headers or {}),
    )


def _headers(error: HeadraceError) -> dict[str, str]:
    if error.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if error.status == 426:
        return {"Upgrade": "websocket"}
    if error.status == 416:
        return {"Content-Range": f"bytes */{error.details['size']}"}
    after = getattr(error, "retry_after", error.details.get("retry_after"))
    return {} if after is None else {"Retry-After": str(after)}
