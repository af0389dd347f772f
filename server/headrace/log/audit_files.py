"""The audit log as a file, that can be verified by itself: CSV (RFC 4180) and JSON Lines.

Every entry carries its hash and that of the entry before it, and times as they are sealed. In
CSV, a field that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV
Injection"), and so does one that begins with an apostrophe: what was put in front can be taken
away again.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import IO, TYPE_CHECKING, Literal

import msgspec

from headrace.errors import BrokenLine
from headrace.log.audit import Chain, Entry

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from headrace.log.audit import Verified

Format = Literal["csv", "jsonl"]

_COLUMNS = Entry.__struct_fields__
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Entries that are written at a time.
_PIECE = 200


class _Line(msgspec.Struct, frozen=True):
    """An entry as a line of JSON."""

    no: int
    at: str
    actor: str
    action: str
    subject: str
    detail: msgspec.Raw
    previous: str
    hash: str


async def written(entries: AsyncIterator[Entry], form: Format) -> AsyncGenerator[bytes]:
    """The file's bytes, piece by piece."""
    write = _csv if form == "csv" else _json
    if form == "csv":
        yield (",".join(_COLUMNS) + "\r\n").encode()
    waiting: list[Entry] = []
    async for entry in entries:
        waiting.append(entry)
        if len(waiting) >= _PIECE:
            yield write(waiting)
            waiting.clear()
    if waiting:
        yield write(waiting)


def verify(path: Path) -> Verified:
    """Hold the entries of a file against each other, from its first on.

    Raises BrokenLine for a line that is no entry, OSError.
    """
    chain = Chain(from_any=True)
    with path.open(encoding="utf-8", newline="") as file:
        for entry in _entries(file):
            if not chain.add(entry):
                break
    return chain.verified


def _csv(entries: list[Entry]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_harmless(value) for value in _values(entry)] for entry in entries)
    return text.getvalue().encode()


def _json(entries: list[Entry]) -> bytes:
    return b"".join(map(_json_line, entries))


def _json_line(entry: Entry) -> bytes:
    no, at, actor, action, subject, detail, previous, own = _values(entry)
    line = _Line(int(no), at, actor, action, subject, msgspec.Raw(detail.encode()), previous, own)
    return msgspec.json.encode(line) + b"\n"


def _values(entry: Entry) -> tuple[str, ...]:
    return (
        str(entry.no),
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
        entry.previous.hex(),
        entry.hash.hex(),
    )


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _entries(file: IO[str]) -> Iterator[Entry]:
    numbered = _Numbered(file)
    try:
        begins = file.read(1)
        file.seek(0)
        for row in _rows_of_json(numbered) if begins == "{" else _rows_of_csv(numbered):
            yield _entry(row)
    except (ValueError, csv.Error) as error:  # msgspec's and Unicode's are among them
        raise BrokenLine(
            f"line {numbered.line} is no entry of an audit log", line=numbered.line
        ) from error


class _Numbered:
    """Lines of a file; ``line`` is the number of the last one that was read."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.line = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._file:
            self.line += 1
            yield text


def _rows_of_json(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    for text in lines:
        line = msgspec.json.decode(text, type=_Line)
        yield msgspec.structs.asdict(line) | {"detail": bytes(line.detail).decode()}


def _rows_of_csv(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    for row in csv.reader(lines, strict=True):
        if tuple(row) != _COLUMNS:
            values = (value.removeprefix("'") for value in row)
            yield dict(zip(_COLUMNS, values, strict=True))


def _entry(row: dict[str, str]) -> Entry:
    msgspec.json.decode(row["detail"])  # ValueError: it is no JSON
    return Entry(
        no=int(row["no"]),
        at=datetime.fromisoformat(row["at"]),
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=row["detail"],
        previous=bytes.fromhex(row["previous"]),
        hash=bytes.fromhex(row["hash"]),
    )
