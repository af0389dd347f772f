"""The places where files are kept, all held to the same: a directory, and a bucket of S3."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from headrace.errors import StorageUnavailable
from headrace.files.opening import directory, open_storage
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headrace.files.storage import Storage

#: Larger than one part of an upload in parts.
LARGE = os.urandom(9 * 2**20 + 1)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, with a bucket."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _make_bucket(address)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _make_bucket(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            assert httpx.put(f"{address}/headrace").is_success
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        else:
            return


def bucket(endpoint: str, data: Path, place: str = "s3://headrace/files") -> Settings:
    return Settings(
        data=data,
        file_storage=place,
        s3_endpoint=endpoint,
        s3_region="eu-central-1",
        s3_access_key="key",
        s3_secret_key="secret",
    )


@pytest.fixture(params=["directory", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "directory":
        return open_storage(Settings(data=tmp_path))
    return open_storage(bucket(request.getfixturevalue("endpoint"), tmp_path))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def read(storage: Storage, key: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in storage.read(key, start, end)])


async def keep(storage: Storage, folder: Path, key: str, content: bytes) -> None:
    source = folder / "source"
    source.write_bytes(content)
    await storage.keep(key, source)


async def test_what_is_kept_is_read_whole_and_in_parts(storage: Storage, tmp_path: Path) -> None:
    await keep(storage, tmp_path, "abcd-1", LARGE)
    assert await read(storage, "abcd-1", 0, len(LARGE)) == LARGE
    assert await read(storage, "abcd-1", 1_000_000, 1_000_010) == LARGE[1_000_000:1_000_010]
    assert await read(storage, "abcd-1", len(LARGE) - 1, len(LARGE)) == LARGE[-1:]
    assert await read(storage, "abcd-1", 5, 5) == b""


async def test_each_key_has_its_own(storage: Storage, tmp_path: Path) -> None:
    await keep(storage, tmp_path, "abcd-2", b"two")
    await keep(storage, tmp_path, "abcd-2.webp", b"small")
    assert await read(storage, "abcd-2", 0, 3) == b"two"
    assert await read(storage, "abcd-2.webp", 0, 5) == b"small"


async def test_what_is_dropped_is_gone_and_may_be_dropped_again(
    storage: Storage, tmp_path: Path
) -> None:
    await keep(storage, tmp_path, "abcd-3", b"three")
    for _ in range(2):
        await storage.drop("abcd-3")
    with pytest.raises(StorageUnavailable):
        await read(storage, "abcd-3", 0, 5)


async def test_a_place_that_works_passes_its_check_and_keeps_nothing_of_it(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.check()
    assert files(tmp_path) == []


async def test_a_directory_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    storage = open_storage(Settings(file_storage=str(tmp_path / "file")))
    with pytest.raises(StorageUnavailable):
        await storage.check()
    with pytest.raises(StorageUnavailable):
        await keep(storage, tmp_path, "abcd-4", b"four")


async def test_a_file_that_was_cut_short_is_not_taken_for_whole(tmp_path: Path) -> None:
    storage = open_storage(Settings(data=tmp_path))
    await keep(storage, tmp_path, "abcd-5", b"five")
    (place,) = files(tmp_path)
    place.write_bytes(b"fi")
    with pytest.raises(StorageUnavailable):
        await read(storage, "abcd-5", 0, 4)


@pytest.mark.parametrize("place", ["s3://elsewhere", "s3://headrace"])
async def test_a_bucket_that_is_not_there_or_does_not_answer_is_unavailable(
    endpoint: str, tmp_path: Path, place: str
) -> None:
    address = endpoint if place == "s3://elsewhere" else "http://127.0.0.1:1"
    storage = open_storage(bucket(address, tmp_path, place))
    with pytest.raises(StorageUnavailable):
        await storage.check()


def test_files_come_in_where_they_are_kept_or_in_the_data_directory(tmp_path: Path) -> None:
    assert directory(Settings(data=tmp_path)) == tmp_path / "files"
    assert directory(Settings(data=tmp_path, file_storage="/srv/files")).as_posix() == "/srv/files"
    assert directory(bucket("http://x", tmp_path)) == tmp_path / "files"
