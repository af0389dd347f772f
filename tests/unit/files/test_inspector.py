"""The process that looks at files may break; who waits for it hears of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from headrace.errors import ArchiveBomb, BrokenFile, ImageTooLarge, Unavailable
from headrace.files import inspector
from headrace.files.inspector import Inspector
from tests.files_support import bomb, picture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(picture("PNG", (300, 200)))
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "archive"
    path.write_bytes(bomb())
    return path


async def test_a_picture_is_looked_at_in_a_process_of_its_own(file: Path) -> None:
    preview = file.with_name("small")
    found = await Inspector(10**6).look(file, "a.png", preview)
    assert (found.media_type, found.width, found.height) == ("image/png", 300, 200)
    assert preview.stat().st_size == found.preview


async def test_what_it_finds_wrong_is_raised_here(file: Path) -> None:
    with pytest.raises(ImageTooLarge):
        await Inspector(1_000).look(file, "a.png", file.with_name("small"))


async def test_an_archive_that_is_a_bomb_is_refused(archive: Path) -> None:
    with pytest.raises(ArchiveBomb):
        await Inspector(1_000).look(archive, "a.zip", archive.with_name("small"))


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "import sys; sys.exit(3)",
        "print('{')",
        "x = bytearray(1); x * 2**62",
    ],
)
async def test_a_file_that_breaks_the_process_is_broken_itself(file: Path, program: str) -> None:
    breaking = Inspector(10**6, command=[sys.executable, "-c", program])
    with pytest.raises(BrokenFile):
        await breaking.look(file, "a.png", file.with_name("small"))


async def test_a_file_that_takes_for_ever_is_given_up(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector, "_PATIENCE", 0.2)
    hanging = Inspector(10**6, command=["sleep", "600"])
    with pytest.raises(BrokenFile):
        await hanging.look(file, "a.png", file.with_name("small"))


async def test_a_machine_that_starts_no_process_is_not_the_files_fault(file: Path) -> None:
    with pytest.raises(Unavailable):
        await Inspector(10**6, command=["/nowhere"]).look(file, "a.png", file.with_name("small"))


async def test_the_process_gets_nothing_of_our_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_DATABASE_URL", "postgresql://headrace:secret@db/headrace")
    program = "import os, sys; sys.exit('HEADRACE_DATABASE_URL' not in os.environ)"
    telling = Inspector(10**6, command=[sys.executable, "-c", program])
    with pytest.raises(BrokenFile):
        await telling.look(file, "a.png", file.with_name("small"))
    assert await telling._run(b"") == b""
