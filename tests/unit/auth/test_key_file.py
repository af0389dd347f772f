"""key_file.py: there whole, for its owner alone, or not at all."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from headrace.auth.key_file import KeyFile, written
from headrace.auth.sealing import Key
from headrace.errors import SecretKeyFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, SECOND = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path)


@pytest.fixture
def lenient_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("lenient_umask")
def test_a_key_is_kept_for_its_owner_alone(file: KeyFile) -> None:
    assert file.make(FIRST) == written(FIRST)
    assert file.settled(None) == written(FIRST)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["secret.key"]


def test_where_there_is_none_there_is_none(file: KeyFile) -> None:
    assert file.settled(None) == ""
    assert file.there() == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_may_open_is_refused_with_what_helps(file: KeyFile, mode: int) -> None:
    file.make(FIRST)
    file.path.chmod(mode)
    with pytest.raises(SecretKeyFile, match="chmod 600"):
        file.settled(None)


@pytest.mark.parametrize("content", ["", "AAAA", written(FIRST)[:-5], "ä" * 44, "\x00" * 44])
def test_a_broken_key_is_refused_and_not_shown(file: KeyFile, content: str) -> None:
    file.path.write_text(content)
    file.path.chmod(0o600)
    with pytest.raises(SecretKeyFile) as caught:
        file.settled(None)
    assert str(file.path) in caught.value.message
    assert not content or content not in caught.value.message


def test_bytes_that_are_no_text_are_refused(file: KeyFile) -> None:
    file.path.write_bytes(b"\xff" * 44)
    file.path.chmod(0o600)
    with pytest.raises(SecretKeyFile):
        file.settled(None)


def test_a_directory_in_its_place_is_refused(file: KeyFile) -> None:
    file.path.mkdir()
    with pytest.raises(SecretKeyFile):
        file.settled(None)


def test_a_change_that_was_interrupted_before_it_counted_never_was(file: KeyFile) -> None:
    file.make(FIRST)
    file.begin(SECOND)
    assert file.there() == [written(FIRST), written(SECOND)]
    assert file.settled(Key(written(FIRST)).id) == written(FIRST)
    assert file.there() == [written(FIRST)]


def test_a_change_that_was_interrupted_after_it_counted_is_finished(file: KeyFile) -> None:
    file.make(FIRST)
    file.begin(SECOND)
    assert file.settled(Key(written(SECOND)).id) == written(SECOND)
    assert file.there() == [written(SECOND)]


def test_a_key_that_was_half_written_is_in_nobodys_way(file: KeyFile) -> None:
    file.path.with_name("secret.key.part").write_text("AA")
    assert file.settled(None) == ""
    assert file.make(FIRST) == written(FIRST)
