"""Pages of what was published, for one reader or for the node itself.

Every question that a reader asks goes through the views ``reader`` (who reads which stream now,
from which number on) and ``seen`` (the entries that somebody may see): what somebody may not see
does not match, so it is not there, is not counted and leaves no trace in an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headrace.log import queries, records
from headrace.log.filtering import where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.log.database import Database
    from headrace.model.activities import Activity
    from headrace.model.entries import Entry
    from headrace.model.filters import Filter

SQL = queries.load("history.sql")

# Only a filter needs the activity's own columns while the walk goes down the index.
_PROBE = (
    "JOIN activity a ON a.id = e.activity JOIN person p ON p.id = a.actor "
    "JOIN stream fs ON fs.id = e.stream_id JOIN team_group g ON g.id = fs.group_id"
)
_BOUND = "AND e.activity {within} coalesce((SELECT activity FROM reach), {farthest})"
_FARTHEST = {
    ">=": "'00000000-0000-0000-0000-000000000000'::uuid",
    "<=": "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid",
}


async def entries(
    database: Database, stream: str, after: int, upto: int, limit: int
) -> list[Entry]:
    """The entries of a stream with after < seq <= upto, in order, at most ``limit``.

    For the node itself.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(SQL.entries_after, stream, after, upto, limit)
    return [_entry(row) for row in rows]


class StreamPage(NamedTuple):
    """A page of a stream, the stream's head, and the last number that its reader does not see."""

    entries: list[Entry]
    head: int
    floor: int


async def stream_page(
    database: Database, person: UUID, stream: str, after: int, limit: int
) -> StreamPage | None:
    """A page of a stream that a person reads; None where they do not read it.

    A position below the floor means the floor.
    """
    async with database.snapshot() as connection:
        readable = await connection.fetchrow(SQL.readable, person, stream)
        if readable is None:
            return None
        after = max(after, readable["floor"])
        rows = await connection.fetch(SQL.stream_page, stream, after, limit)
    return StreamPage([_entry(row) for row in rows], readable["head"], readable["floor"])


async def moved_heads(database: Database, heads: Mapping[str, int]) -> dict[str, int]:
    """The heads of those streams that are not at the given ones: one query for all.

    One below says that the log has lost what it had: it was restored, or a standby took over.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(SQL.moved_heads, list(heads), list(heads.values()))
    return {row["name"]: row["head"] for row in rows}


class Page:
    """A question for activities: which streams, from where, in which direction, how filtered.

    Without a term for types, likes, edits and deletions are left out.
    """

    def __init__(self, person: UUID, limit: int, chosen: Filter, group: str | None = None) -> None:
        self._parameters: list[object] = [person, limit]
        self._streams = "" if group is None else f"AND g.name = {self._bind(group)}"
        self._window = ""
        self._direction, self._within = "DESC", ">="
        self._condition, self._probe = "", ""
        if chosen:
            condition, values = where(chosen, len(self._parameters) + 1)
            self._parameters.extend(values)
            self._condition, self._probe = f"AND ({condition})", _PROBE
        if all(term.field != "type" for term in chosen.terms):
            self._condition += " AND NOT e.aside"

    def before(self, activity: UUID) -> Page:
        """Only what is older than this activity."""
        self._window = f"AND e.activity < {self._bind(activity)}"
        return self

    def after(self, activity: UUID) -> Page:
        """Only what is newer than this activity, oldest first."""
        self._window = f"AND e.activity > {self._bind(activity)}"
        self._direction, self._within = "ASC", "<="
        return self

    async def read(self, database: Database) -> list[Activity]:
        """The activities, newest first (or oldest first, see ``after``)."""
        query = SQL.page.format(
            streams=self._streams,
            first=self._walk("1"),
            following=self._walk("$2", _BOUND),
            direction=self._direction,
        )
        async with database.connection() as connection:
            rows = await connection.fetch(query, *self._parameters)
        return [_told(row) for row in rows]

    def _walk(self, most: str, bound: str = "") -> str:
        """The walk down each stream, for at most that many."""
        return SQL.walk.format(
            probe=self._probe,
            window=self._window,
            condition=self._condition,
            bound=bound.format(within=self._within, farthest=_FARTHEST[self._within]),
            direction=self._direction,
            most=most,
        )

    def _bind(self, value: object) -> str:
        self._parameters.append(value)
        return f"${len(self._parameters)}"


async def inbox(
    database: Database, person: UUID, limit: int, before: int | UUID | None
) -> list[tuple[int, Activity]]:
    """What is directed at a person, newest first, each with its number in the inbox: by others, or
    by the clock.

    ``before`` is such a number, or an activity: before the place that it has in the inbox.
    """
    window = "" if before is None else "AND e.seq < $3"
    if isinstance(before, UUID):
        window = f"AND e.seq < ({SQL.place_in_inbox})"
    parameters: Sequence[object] = [person, limit] if before is None else [person, limit, before]
    query = SQL.inbox.format(window=window)
    async with database.connection() as connection:
        rows = await connection.fetch(query, *parameters)
    return [(row["seq"], _told(row)) for row in rows]


async def one(database: Database, person: UUID, activity: UUID) -> Activity | None:
    """One activity, if this person may see it."""
    async with database.connection() as connection:
        row = await connection.fetchrow(SQL.one, person, activity)
    return None if row is None else _told(row)


def _entry(row: records.Row) -> Entry:
    return records.withheld(row) if row["withheld"] else records.entry(row)


def _told(row: records.Row) -> Activity:
    return records.with_counts(records.activity(row), row)
