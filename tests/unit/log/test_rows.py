"""rows.py: what is written for PostgreSQL to read."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from headrace.log.rows import ActivityRow


def test_what_is_null_is_left_out_and_lists_never_are() -> None:
    mia, now = UUID(int=1), datetime(2026, 11, 22, tzinfo=UTC)
    row = ActivityRow(id=mia, type="Join", actor=mia, target=7, level=1, published=now)
    written = msgspec.json.decode(msgspec.json.encode(row))
    assert set(written) == {
        *("id", "type", "actor", "target", "level", "published"),
        *("tags", "mentions"),
    }
    assert written["tags"] == written["mentions"] == []
