"""SCIM 2.0 (RFC 7643, RFC 7644): how a directory provisions people and teams.

    resources.py  the attributes that we keep, and what else we declare
    service.py    requests as the standard has them, on the library's shoulders
    storage.py    people and teams as resources, and back
    requests.py   one request: whose token, one transaction, the answer or error

The protocol (filters, paths, PATCH, paging, ETags, errors) is scim2-server's; what a change
means is federation.provisioning's.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from headrace.api.services import Services

ROOT = "/scim/v2"
PATH = f"{ROOT}{{path:path}}"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def endpoint(services: Callable[[], Services]) -> Callable[[Request], Awaitable[Response]]:
    """Answers requests below ``ROOT``.

    What it needs is loaded with the first request: it takes a second (measured), which neither
    commands nor nodes without a directory should wait for.
    """

    async def respond(request: Request) -> Response:
        loaded = await asyncio.to_thread(import_module, "headrace.api.scim.requests")
        answer: Response = await loaded.respond(request, services)
        return answer

    return respond
