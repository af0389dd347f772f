"""A chat archive as messages.

Tab-separated with the quoting of CSV (RFC 4180), plain or gzipped: a record runs over several
lines where its text does. Columns: room id, room name, time (ISO 8601 with zone), user id, user
name, message id, text; no header.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from headrace.errors import BrokenLine, TooLarge
from headrace.model.moments import is_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: Unpacked. An archive is read as a whole, because its oldest message is the last: memory is about
#: six times its size.
MAX_BYTES = 64 * 2**20
COLUMNS = 7

_CHUNK = 2**20
_GZIP = b"\x1f\x8b"
_BEGINNING = re.compile(r'[^\t"]+\t[^\t]*\t"?\d{4}-\d\d-\d\dT')
_UNDECODABLE = re.compile(r"[\udc80-\udcff]")
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Message(msgspec.Struct, frozen=True):
    """A message, and where it stands."""

    room: str
    room_name: str
    sent: datetime
    user: str
    name: str
    id: str
    text: str
    file: str
    line: int


class Archive(msgspec.Struct):
    """What could be read of a file: messages in its order, and what could not."""

    messages: list[Message]
    broken: list[BrokenLine]


def read(path: Path) -> Archive:
    """Read an archive. Raises OSError, and TooLarge above MAX_BYTES unpacked."""
    raw, damage = _unpacked(path)
    text = raw.decode("utf-8-sig", "surrogateescape")
    lines = io.StringIO(text, newline="\n").readlines()
    archive = Archive([], [])
    if damage and lines and not lines[-1].endswith("\n"):
        lines.pop()  # half a line: what is missing of it cannot be told
    for line, fields in _Records(lines):
        try:
            archive.messages.append(_message(fields, path.name, line))
        except ValueError as error:
            archive.broken.append(broken(path.name, line, *error.args))
    if damage:
        archive.broken.append(broken(path.name, len(lines) + 1, "damaged", damage))
    return archive


def broken(file: str, line: int, reason: str, value: object = "") -> BrokenLine:
    """The error of a record: ``reason`` is a word that the command line knows a sentence for."""
    return BrokenLine(
        f"{file}:{line}: {reason} {value}".rstrip(),
        file=file,
        line=line,
        reason=reason,
        value=value,
    )


def _unpacked(path: Path) -> tuple[bytes, str]:
    """The bytes of a file, and what is wrong with its gzip wrapping, if anything."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if is_packed else file
        found = bytearray()
        try:
            while chunk := source.read1(_CHUNK):  # not read: it keeps what it has when it fails
                found += chunk
                if len(found) > MAX_BYTES:
                    raise TooLarge(f"{path} is larger than {MAX_BYTES >> 20} MiB: split it")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            return bytes(found), str(error)
    return bytes(found), ""


class _Records:
    """The records of a file with the lines where they begin.

    A record that cannot be read does not take others with it: a quotation mark that is never
    closed swallows all that follows, so reading goes on at the next line that looks like the
    beginning of a record.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        while self._at < len(self._lines):
            start = self._at
            fields = self._record()
            if len(fields) != COLUMNS:
                self._at = self._next_beginning(start + 1)
            if fields:  # a blank line is none
                yield start + 1, fields

    def _record(self) -> list[str]:
        """One record; the text of an unreadable one as a single field; none of a blank line."""
        start = self._at
        try:
            return next(csv.reader(self._feed(), delimiter="\t", strict=True))
        except csv.Error:
            return [self._lines[start]]

    def _feed(self) -> Iterator[str]:
        while self._at < len(self._lines):
            self._at += 1
            yield self._lines[self._at - 1]

    def _next_beginning(self, start: int) -> int:
        swallowed = range(start, self._at)
        return next((at for at in swallowed if _BEGINNING.match(self._lines[at])), self._at)


def _message(fields: list[str], file: str, line: int) -> Message:
    """Raises ValueError with a reason and the value it is about."""
    if len(fields) != COLUMNS:
        raise ValueError("columns", len(fields))
    if any(_UNDECODABLE.search(field) for field in fields):
        raise ValueError("undecodable")
    if any("\x00" in field for field in fields):
        raise ValueError("nul")
    room, room_name, sent, user, name, key, text = fields
    if not (room.strip() and user.strip() and name.strip() and key.strip()):
        raise ValueError("empty")
    return Message(room, room_name, _time(sent), user, name, key, text, file, line)


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("time", text) from None
    if moment.tzinfo is None or moment < _FIRST or not is_moment(moment):
        raise ValueError("time", text)
    return moment.astimezone(UTC)
