"""sockets.py: every process finds the same place, and nobody else's is used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headrace.embedded.sockets import MAX_PATH, place, prepare
from headrace.errors import ConfigurationError

LONG = Path("/") / ("d" * MAX_PATH)


def test_a_short_path_is_used_as_it_is() -> None:
    wanted = Path("/") / ("d" * (MAX_PATH - 3)) / "s"
    assert len(str(wanted)) == MAX_PATH
    assert place(wanted) == wanted


def test_a_path_too_long_by_its_bytes_goes_below_tmp() -> None:
    wanted = Path("/") / ("ü" * (MAX_PATH // 2)) / "s"
    assert len(str(wanted)) < MAX_PATH
    assert place(wanted).parent.parent.name == "tmp"
    assert place(wanted).name == "s"


def test_the_place_depends_on_the_path_alone() -> None:
    assert place(LONG / "s") == place(LONG / "s")
    assert place(LONG / "s") != place(LONG / "other" / "s")


def test_a_prepared_directory_is_its_owners_alone(tmp_path: Path) -> None:
    directory = tmp_path / "sockets"
    prepare(directory, os.geteuid())
    prepare(directory, os.geteuid())
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_others_may_write_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "sockets"
    directory.mkdir()
    directory.chmod(0o777)
    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        prepare(directory, os.geteuid())


def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "sockets"
    directory.mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        prepare(directory, os.geteuid() + 1)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    link = tmp_path / "sockets"
    link.symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        prepare(link, os.geteuid())
