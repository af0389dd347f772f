"""Archives that are larger inside than anybody would think."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
from typing import IO, TYPE_CHECKING, Any

import pytest

from headrace.errors import ArchiveBomb
from headrace.files import archives
from tests.files_support import archive, bomb, stream_bomb

if TYPE_CHECKING:
    from pathlib import Path

NOISE = random.Random(7).randbytes(100_000)


def nested(levels: int) -> bytes:
    content = archive(("text", b"x"))
    for level in range(levels):
        content = archive((f"{level}.zip", content))
    return content


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    "content",
    [
        archive(("a", NOISE), ("b", b"text" * 1_000)),
        archive(),
        nested(archives.DEPTH),
        gzip.compress(NOISE),
        gzip.compress(bytes(10**6)),
        bz2.compress(NOISE),
        lzma.compress(NOISE),
        archive(("a", NOISE))[:-30],
        gzip.compress(NOISE)[:-5_000],
        gzip.compress(NOISE) + b"rest",
        b"PK\x03\x04 only looks like one",
        b"text",
        b"",
    ],
    ids=range(13),
)
def test_what_unpacks_to_a_sensible_size_is_taken(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    archives.check(file)


@pytest.mark.parametrize(
    "content",
    [
        bomb(),
        stream_bomb(),
        bz2.compress(bytes(80 * 2**20)),
        lzma.compress(bytes(80 * 2**20)),
        archive(("inside.zip", bomb())),
        archive(("deep.zip", archive(("inside.zip", bomb())))),
        nested(archives.DEPTH + 1),
        archive(*((f"{n}.zip", archive((str(n), os.urandom(8)))) for n in range(501))),
    ],
    ids=["zip", "gzip", "bzip2", "xz", "zip in a zip", "in a zip in a zip", "deep", "many"],
)
def test_a_bomb_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ArchiveBomb):
        archives.check(file)


def test_the_same_archive_many_times_is_looked_into_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = archive(("text", NOISE))
    file.write_bytes(archive(*((f"{n}.zip", same) for n in range(100))))
    looked: list[int] = []
    look = archives._check

    def counted(file: IO[bytes], size: int, search: Any) -> None:
        looked.append(size)
        look(file, size, search)

    monkeypatch.setattr(archives, "_check", counted)
    archives.check(file)
    assert len(looked) == 2
