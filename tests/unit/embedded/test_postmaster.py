"""postmaster.py: a pid file is believed only as far as it is true."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headrace.embedded.postmaster import PID_FILE, Postmaster

if TYPE_CHECKING:
    from pathlib import Path

LINES = ["{pid}", "/srv/pg", "1700000000", "5432", "/run/a b", "", "  5432001    65536", "ready   "]


def written(directory: Path, pid: int, lines: int = 8) -> Postmaster:
    text = "\n".join(LINES[:lines]).format(pid=pid)
    (directory / PID_FILE).write_text(text + "\n")
    found = Postmaster.read(directory)
    assert found is not None
    return found


def test_no_file_is_no_server(tmp_path: Path) -> None:
    assert Postmaster.read(tmp_path) is None


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    assert written(tmp_path, 7) == Postmaster(7, "5432", "/run/a b", "ready")


@pytest.mark.parametrize("lines", range(1, 8))
def test_a_server_that_still_writes_its_file_is_not_ready(tmp_path: Path, lines: int) -> None:
    assert written(tmp_path, 7, lines).status == ""


def test_an_empty_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / PID_FILE).touch()
    found = Postmaster.read(tmp_path)
    assert found is not None
    assert not found.serves(tmp_path)


def test_the_url_quotes_the_sockets_directory(tmp_path: Path) -> None:
    url = written(tmp_path, 7).url("ann", "db")
    assert url == "postgresql://ann@/db?host=/run/a%20b&port=5432"


def test_another_program_with_that_pid_is_somebody_else(tmp_path: Path) -> None:
    found = written(tmp_path, os.getpid())
    assert not found.serves(tmp_path)
    assert found.is_somebody_else()


def test_a_process_that_names_the_directory_serves_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print(flush=True); input()", "-D", str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()  # its command line is its own by now
        found = written(tmp_path, process.pid)
        assert found.serves(tmp_path)
        assert not found.serves(tmp_path / "other")
        process.communicate(b"\n")


def test_a_zombie_serves_nothing_and_is_somebody_else(tmp_path: Path) -> None:
    process = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    found = written(tmp_path, process.pid)
    assert not found.serves(tmp_path)
    assert found.is_somebody_else()
    process.wait()


def test_a_pid_that_is_free_is_nobody(tmp_path: Path) -> None:
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    found = written(tmp_path, process.pid)
    assert not found.serves(tmp_path)
    assert not found.is_somebody_else()
