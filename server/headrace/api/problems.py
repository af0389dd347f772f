"""The answers that tell of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api import answers
from headrace.problems import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.errors import HeadraceError


def response(error: HeadraceError, headers: dict[str, str] | None = None) -> Response:
    """The answer that tells of an error."""
    return answers.document(
        problem(error),
        type(error).status,
        media_type=MEDIA_TYPE,
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
