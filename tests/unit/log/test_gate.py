"""One gate: no query may show entries to somebody past their floor or their time."""

from __future__ import annotations

import re
from importlib import resources

from headrace.log import queries

_ENTRIES = re.compile(r"\b(?:FROM|JOIN)\s+entry\b")
_READERS = re.compile(r"\b(?:FROM|JOIN)\s+reader\b")
#: Table ``reading`` knows of people whose time is over.
_READING = re.compile(r"\breading\b")

#: Blocks that look at entries and at readers, and why they need no floor of their own.
ALLOWED = {
    "read_up_to": "moves a cursor, which begins above the floor and never goes back",
}


def blocks() -> dict[str, str]:
    """All SQL of the log without comments."""
    found = {}
    for file in resources.files("headrace.log").joinpath("sql").iterdir():
        loaded = queries.load(file.name)
        for name in loaded.names:
            found[f"{file.name}:{name}"] = re.sub(r"--.*", "", getattr(loaded, name))
    return found


def test_whoever_shows_entries_to_readers_heeds_the_floor() -> None:
    forgetful = [
        place
        for place, sql in blocks().items()
        if _ENTRIES.search(sql)
        and _READERS.search(sql)
        and ".floor" not in sql
        and place.partition(":")[2] not in ALLOWED
    ]
    assert forgetful == [], "take the entries from the view “seen”"


def test_who_reads_now_is_asked_of_the_view_alone() -> None:
    places = {place for place, sql in blocks().items() if _READING.search(sql)}
    assert places == {
        "authority.sql:reader_changes",
        "authority.sql:store_readers",
        "authority.sql:drop_readers",
    }


def test_the_test_would_notice() -> None:
    sql = "SELECT 1 FROM entry e JOIN reader r ON r.stream_id = e.stream_id"
    assert _ENTRIES.search(sql)
    assert _READERS.search(sql)
