"""The audit log, for administrators: read a page at a time, or taken away as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.access.decisions import Action
from headrace.administration.office import demand
from headrace.api import answers
from headrace.api.answers import HEADERS
from headrace.api.sending import Sending
from headrace.api.shapes.operation import AuditEntries, AuditEntry
from headrace.log.audit import Wanted

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.api.calls import Call
    from headrace.api.queries import AuditQuery, ExportQuery
    from headrace.log.audit import Entry

_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": answers.LINES}


async def page(call: Call[None, AuditQuery]) -> AuditEntries:
    """The newest first."""
    query = call.query
    wanted = Wanted(
        actor=query.actor,
        action=query.action,
        subject=query.subject,
        since=query.since,
        until=query.until,
    )
    found = await call.services.administration.audited(
        call.services.database, call.person, wanted, query.before, query.limit + 1
    )
    items = tuple(_told(entry) for entry in found[: query.limit])
    if len(found) <= query.limit:
        return AuditEntries(items=items)
    return AuditEntries(items=items, next=call.following(before=items[-1].no))


async def export(call: Call[None, ExportQuery]) -> Response:
    """A file that ``headrace audit verify FILE`` checks by itself: entries with their hashes, in
    order. That it was made is in the log, too."""
    query = call.query
    pieces = await call.services.administration.export_audit(
        call.services.database,
        call.person,
        query.format,
        Wanted(since=query.since, until=query.until),
    )
    headers = HEADERS | {
        "Content-Disposition": f'attachment; filename="audit.{query.format}"',
        "Content-Type": _MEDIA_TYPES[query.format],
    }
    return Sending(pieces, 200, headers, lambda: _may_go_on(call))


async def _may_go_on(call: Call[None, ExportQuery]) -> None:
    """A long export ends with the right to it. Raises Unauthenticated, Forbidden."""
    known = await call.identify()
    demand(known.person, Action.AUDIT)


def _told(entry: Entry) -> AuditEntry:
    return AuditEntry(
        no=entry.no,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=msgspec.json.decode(entry.detail),
        previous=entry.previous.hex(),
        hash=entry.hash.hex(),
    )
