"""What an archive unpacks to, without unpacking it for anybody.

A bomb is small, and large once opened: by a high ratio, by members that overlap, or by archives in
archives (D. Fifield, "A better zip bomb", WOOT 2019). What a zip's directory says is enough for
the first two; archives in it are opened themselves, a few levels deep. A stream that is
compressed as a whole says nothing beforehand, so it is decompressed and thrown away.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from headrace.errors import ArchiveBomb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MIB = 2**20
#: Below this much, nothing is a bomb. Above it the ratio counts, and beyond the last all is one.
HARMLESS = 64 * _MIB
MOST_RATIO = 150
MOST = 8 * 2**30
#: How much of a stream is decompressed: by then, its ratio is known.
_LOOKED_AT = 2**30
#: Archives in archives: how deep, how many, and how large one may be to be looked into.
DEPTH = 3
_MOST_INNER = 500
_INNER_BYTES = 32 * _MIB

_ZIP = b"PK\x03\x04"
_STREAMS: dict[bytes, Callable[[IO[bytes]], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # a member that is encrypted or packed in a way not known here
    ValueError,
)


def check(path: Path) -> None:
    """Raises ArchiveBomb. What is no archive, or one that cannot be read, is nobody's bomb."""
    with path.open("rb") as file:
        _check(file, path.stat().st_size, _Search())


class _Search:
    """Where in archives of archives one is. The same member twice is looked into once."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, int]] = set()
        self._depth = 0

    @contextmanager
    def level(self, mark: tuple[int, int]) -> Iterator[None]:
        self.seen.add(mark)
        self._depth += 1
        if self._depth > DEPTH or len(self.seen) > _MOST_INNER:
            raise ArchiveBomb("there are more archives in the archive than can be looked into")
        yield
        self._depth -= 1


def _check(file: IO[bytes], size: int, search: _Search) -> None:
    head = file.read(6)
    file.seek(0)
    if head.startswith(_ZIP):
        _check_zip(file, size, search)
    for magic, open_stream in _STREAMS.items():
        if head.startswith(magic):
            _check_stream(open_stream(file), size)


def _check_zip(file: IO[bytes], size: int, search: _Search) -> None:
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED:
        return
    with archive:
        members = archive.infolist()
        _judge(sum(member.file_size for member in members), size)
        for member in members:
            _check_member(archive, member, search)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, search: _Search) -> None:
    mark = (member.CRC, member.file_size)
    if mark in search.seen or member.file_size < len(_ZIP) or member.flag_bits & 1:
        return
    try:
        with archive.open(member) as inside:
            content = _zip_in(inside)
    except _DAMAGED:
        return
    if content is not None:
        with search.level(mark):
            _check(content, member.file_size, search)


def _zip_in(member: IO[bytes]) -> IO[bytes] | None:
    head = member.read(len(_ZIP))
    return io.BytesIO(head + member.read(_INNER_BYTES)) if head == _ZIP else None


def _check_stream(stream: io.BufferedIOBase, size: int) -> None:
    unpacked = 0
    try:
        while unpacked < _LOOKED_AT and (chunk := stream.read(_MIB)):
            unpacked += len(chunk)
            _judge(unpacked, size)
    except _DAMAGED:
        return


def _judge(unpacked: int, size: int) -> None:
    if unpacked > HARMLESS and (unpacked > MOST_RATIO * size or unpacked > MOST):
        raise ArchiveBomb(
            f"the archive unpacks to more than {MOST_RATIO} times its size or {MOST // 2**30} GiB"
        )
