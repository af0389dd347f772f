"""The end of a thread's being shared, where it follows from what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import authority, directory, records, shared_threads
from headrace.log.rows import ActivityRow
from headrace.model.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from headrace.log.database import Connection
    from headrace.model.entries import Entry


async def end(
    connection: Connection,
    group: int,
    by: UUID,
    new_id: Callable[[datetime | None], tuple[UUID, datetime]],
) -> list[Entry]:
    """Share a thread with nobody any more; answers the entries that tell of it. The structure must
    be locked."""
    await shared_threads.drop_all(connection, group)
    key, now = new_id(None)
    row = ActivityRow(
        id=key, type="Remove", actor=by, target=group, level=Level.PUBLIC, published=now
    )
    done = await authority.reconcile(connection, [group], None, row)
    home = await directory.group_name(connection, group)
    actor = (await directory.members_by_id(connection, [by]))[by].actor
    return [
        records.told(
            entry, done.streams[entry.stream_id], done.streams[entry.stream_id], row, actor, home
        )
        for entry in done.entries
    ]
