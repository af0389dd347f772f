"""The audit log as a file: whole, harmless to spreadsheets, and checked by itself."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import BrokenLine
from headrace.log.audit import FIRST, Break, Entry, seal
from headrace.log.audit_files import Format, verify, written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NASTY = [
    '=HYPERLINK("http://x")',
    "+1",
    "-1",
    "@SUM(1)",
    "\tx",
    "'quoted",
    'a,b\r\nc"d',
    "Müller",
    "",
]


def chain(*subjects: str, start: int = 1, previous: bytes = FIRST) -> list[Entry]:
    entries = []
    for no, subject in enumerate(subjects, start):
        entry = Entry(
            no=no,
            at=datetime(2026, 11, 21, 10, tzinfo=UTC) + timedelta(minutes=no),
            actor="mia@example.org",
            action="member.put",
            subject=subject,
            detail='{"role": "member", "was": null}',
            previous=previous,
            hash=b"",
        )
        previous = seal(entry)
        entries.append(msgspec.structs.replace(entry, hash=previous))
    return entries


async def save(folder: Path, entries: list[Entry], form: Format) -> Path:
    async def given_entries() -> AsyncIterator[Entry]:
        for entry in entries:
            yield entry

    pieces = [piece async for piece in written(given_entries(), form)]
    path = folder / f"audit.{form}"
    path.write_bytes(b"".join(pieces))
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_what_is_written_is_verified_from_its_first_entry(
    tmp_path: Path, form: Format
) -> None:
    entries = chain(*NASTY * 60)
    found = verify(await save(tmp_path, entries, form))
    assert (found.entries, found.first, found.last, found.broken) == (540, 1, 540, None)
    found = verify(await save(tmp_path, entries[200:], form))
    assert (found.entries, found.first, found.last, found.broken) == (340, 201, 540, None)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_a_file_that_was_changed_says_where(tmp_path: Path, form: Format) -> None:
    entries = chain("one", "two", "three", "four")
    foreign = chain("other", start=3, previous=b"\x07" * 32)
    changed = msgspec.structs.replace(entries[2], subject="somebody else")
    for broken, reason in (
        ([*entries[:2], changed, entries[3]], Break(3, "changed")),
        ([*entries[:2], *foreign], Break(3, "foreign")),
        ([entries[0], entries[2]], Break(3, "missing")),
        ([entries[0], entries[0]], Break(1, "missing")),
    ):
        assert verify(await save(tmp_path, broken, form)).broken == reason


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_no_entries_are_a_file_too(tmp_path: Path, form: Format) -> None:
    assert verify(await save(tmp_path, [], form)).entries == 0


async def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    path = await save(tmp_path, chain(*NASTY), "csv")
    text = path.read_bytes().decode()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert text.splitlines()[0] == "no,at,actor,action,subject,detail,previous,hash"


@pytest.mark.parametrize(
    "content",
    [
        b"no entry\n",
        b"{}\n",
        b'{"no": 1}\n',
        b"\xff\xfe\n",
        b"no,at,actor,action,subject,detail,previous,hash\r\n1,2\r\n",
        b"no,at,actor,action,subject,detail,previous,hash\r\nx,,,,,,,\r\n",
        b'no,at,actor,action,subject,detail,previous,hash\r\n"1\r\n',
        b"no,at,actor,action,subject,detail,previous,hash\r\n1,2026-11-21T10:00:00,a,b,c,{,00,00\r\n",
    ],
    ids=range(8),
)
def test_what_is_no_audit_log_is_told_by_its_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BrokenLine):
        verify(path)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5))
def test_any_text_comes_back_as_it_was(subjects: list[str]) -> None:
    from headrace.log.audit_files import _csv, _rows_of_csv

    text = _csv(chain(*subjects)).decode()
    rows = list(_rows_of_csv(io.StringIO(text, newline="")))
    assert [row["subject"] for row in rows] == subjects
