"""Errors as problem details (RFC 9457), told apart by a stable ``code``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from headrace.errors import HeadraceError

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details with a stable ``code``."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    retry: bool = False
    errors: dict[str, Any] = {}


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
