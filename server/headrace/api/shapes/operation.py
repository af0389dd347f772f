"""For those who run it: the audit log, and whether it is well."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from headrace.api.shapes.base import Answer


class AuditEntry(Answer):
    """Who did what to whom. ``previous`` is the hash of the entry before, ``hash`` its own."""

    no: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


class AuditEntries(Answer):
    items: tuple[AuditEntry, ...]
    next: str | None = None


class Health(Answer):
    status: Literal["ok", "degraded", "down"]
    checks: dict[str, str] = msgspec.field(default_factory=dict)
