"""Bytes on their way in: whole and hashed, or nothing left of them."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from headrace.errors import StorageFull, StorageUnavailable, TooLarge
from headrace.files.incoming import Incoming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CONTENT = os.urandom(3 * 2**20 + 17)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def pieces(content: bytes = CONTENT, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_what_comes_is_written_and_hashed(tmp_path: Path) -> None:
    counted: list[int] = []
    arrived = await Incoming(tmp_path / "in", 0).receive(pieces(), counted.append)
    assert arrived.path.read_bytes() == CONTENT
    assert (arrived.size, sum(counted)) == (len(CONTENT), len(CONTENT))
    assert arrived.sha256 == hashlib.sha256(CONTENT).digest()
    assert arrived.path.stat().st_mode & 0o077 == 0
    arrived.discard()
    assert names(tmp_path / "in") == []


async def test_what_ends_half_way_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces():
            yield piece
        raise ConnectionError

    def refuse(_: int) -> None:
        raise TooLarge

    incoming = Incoming(tmp_path, 0)
    with pytest.raises(ConnectionError):
        await incoming.receive(broken(), lambda _: None)
    with pytest.raises(TooLarge):
        await incoming.receive(pieces(), refuse)
    assert names(tmp_path) == []


async def test_the_reserve_is_left_to_others(tmp_path: Path) -> None:
    with pytest.raises(StorageFull):
        await Incoming(tmp_path, 2**60).receive(pieces(), lambda _: None)
    assert names(tmp_path) == []


async def test_a_disk_that_is_full_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> tuple[int, str]:
        return os.open("/dev/full", os.O_WRONLY), str(tmp_path / "file")

    monkeypatch.setattr("headrace.files.incoming.tempfile.mkstemp", full)
    with pytest.raises(StorageFull):
        await Incoming(tmp_path, 0).receive(pieces(), lambda _: None)


async def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable):
        await Incoming(tmp_path / "file" / "in", 0).receive(pieces(), lambda _: None)


async def test_what_an_earlier_process_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    for name, age in (("old", 100), ("new", 300)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (age, age))
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")  # as if another process was quicker
    assert await Incoming(tmp_path, 0).forget(200) == 1
    (tmp_path / "gone").unlink()
    assert names(tmp_path) == ["new"]
