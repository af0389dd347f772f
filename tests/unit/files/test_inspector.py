"""The process that looks at files may break; who waits for it hears of it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from headrace.errors import ArchiveBomb, BrokenFile, ImageTooLarge, Unavailable
from headrace.files import inspector
from headrace.files.inspector import Inspector
from tests.files_support import bomb, picture
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


MIA, JONAS = UUID(int=1), UUID(int=2)


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
    found = await Inspector(10**6).look(MIA, file, "a.png", preview)
    assert (found.media_type, found.width, found.height) == ("image/png", 300, 200)
    assert preview.stat().st_size == found.preview


async def test_what_it_finds_wrong_is_raised_here(file: Path) -> None:
    with pytest.raises(ImageTooLarge):
        await Inspector(1_000).look(MIA, file, "a.png", file.with_name("small"))


async def test_an_archive_that_is_a_bomb_is_refused(archive: Path) -> None:
    with pytest.raises(ArchiveBomb):
        await Inspector(1_000).look(MIA, archive, "a.zip", archive.with_name("small"))


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
        await breaking.look(MIA, file, "a.png", file.with_name("small"))


async def test_a_file_that_takes_for_ever_is_given_up(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector, "_PATIENCE", 0.2)
    hanging = Inspector(10**6, command=["sleep", "600"])
    with pytest.raises(BrokenFile):
        await hanging.look(MIA, file, "a.png", file.with_name("small"))


async def test_a_machine_that_starts_no_process_is_not_the_files_fault(file: Path) -> None:
    with pytest.raises(Unavailable):
        await Inspector(10**6, command=["/nowhere"]).look(
            MIA, file, "a.png", file.with_name("small")
        )


async def test_the_process_gets_nothing_of_our_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_DATABASE_URL", "postgresql://headrace:secret@db/headrace")
    program = "import os, sys; sys.exit('HEADRACE_DATABASE_URL' not in os.environ)"
    telling = Inspector(10**6, command=[sys.executable, "-c", program])
    with pytest.raises(BrokenFile):
        await telling.look(MIA, file, "a.png", file.with_name("small"))
    assert await telling._run(b"") == b""


async def test_of_one_person_one_file_is_looked_at_at_a_time_and_nobody_waits_for_the_others(
    file: Path, tmp_path: Path
) -> None:
    """Mia's files would be looked at for ever; Jonas's is looked at all the same."""
    started, hang = tmp_path / "started", "[ -s {0} ] || {{ echo x > {0}; exec sleep 600; }}"
    answer = 'echo \'{{"media_type":"text/plain"}}\''
    command = ["sh", "-c", f"{hang}; {answer}".format(started)]
    fair = Inspector(10**6, at_once=2, command=command)
    many = [asyncio.create_task(fair.look(MIA, file, "a", file)) for _ in range(8)]
    await until(lambda: started.exists() and started.stat().st_size)
    async with asyncio.timeout(20):
        found = await fair.look(JONAS, file, "b", file)
    assert found.media_type == "text/plain"
    assert not any(task.done() for task in many)
    assert set(fair._own) == {MIA}, "nothing is kept of who waits no more"
    for task in many:
        task.cancel()
    await asyncio.gather(*many, return_exceptions=True)
