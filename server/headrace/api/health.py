"""How the process is, for those who watch over it, and what its API is."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST

from headrace.api import answers
from headrace.api.shapes.operation import Health
from headrace.auth.credentials import bearer
from headrace.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.log import Database

_PATIENCE = 3.0


async def alive(_: Call[None, Query]) -> Health:
    """The process answers; whether it can do its work is what ``ready`` tells."""
    return Health(status="ok")


async def ready(call: Call[None, Query]) -> Response:
    """Without the log nothing works; without the bus everything does, only later.

    A node that is going down still works, but nobody new should be sent to it.
    """
    has_log = await _answers(call.services.database)
    has_bus = call.services.bus_is_up()
    checks = {"database": _word(has_log), "bus": _word(has_bus)}
    if call.services.is_draining():
        checks["node"] = "draining"
    if not has_log or call.services.is_draining():
        return answers.document(Health(status="down", checks=checks), 503)
    return answers.document(Health(status="ok" if has_bus else "degraded", checks=checks))


async def metrics(call: Call[None, Query]) -> Response:
    """All metrics in Prometheus' text format; of several workers, with the label ``worker``.

    For who has the token of the settings, and where none is set, for programs on this machine.
    """
    if not _may_measure(call):
        raise NotFound
    return answers.text(await call.services.metrics(), media_type=CONTENT_TYPE_LATEST)


async def openapi(call: Call[None, Query]) -> Response:
    """This API as OpenAPI 3.1."""
    return answers.text(call.request.app.state.openapi, media_type=answers.JSON)


async def _answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE), database.connection() as connection:
            return bool(await connection.fetchval("SELECT true"))
    except (Unavailable, TimeoutError):
        return False


def _may_measure(call: Call[None, Query]) -> bool:
    token = call.services.settings.metrics_token
    if token:
        given = bearer(call.request.headers.get("authorization", ""))
        return hmac.compare_digest(given.encode(), token.encode())
    try:
        return ipaddress.ip_address(call.client).is_loopback
    except ValueError:
        return call.request.client is None  # a socket in the file system


def _word(works: bool) -> str:
    return "ok" if works else "down"
