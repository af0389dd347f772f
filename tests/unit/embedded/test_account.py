"""account.py: what PostgreSQL's account may reach when root starts it, and nothing beyond."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headrace.embedded.account import Account, account_for

SOMEBODY = Account(uid=4_711, gid=4_712)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A program's files as a strict umask leaves them, two private directories down."""
    top = tmp_path / "private" / "tree"
    top.mkdir(parents=True)
    (top / "program").touch()
    (top / "library").touch()
    (top / "program").chmod(0o700)
    (top / "library").chmod(0o600)
    top.chmod(0o700)
    top.parent.chmod(0o700)
    return top


@pytest.mark.usefixtures("as_user")
def test_a_user_runs_postgresql_as_themselves(tmp_path: Path) -> None:
    assert account_for(tmp_path).uid == 1_000
    assert SOMEBODY.switch == {}


@pytest.mark.usefixtures("as_user")
def test_a_user_changes_no_modes(tree: Path) -> None:
    SOMEBODY.reach(tree)
    SOMEBODY.read(tree)
    assert mode(tree) == mode(tree.parent) == 0o700


@pytest.mark.usefixtures("as_root")
def test_root_becomes_the_account_and_drops_its_groups() -> None:
    assert SOMEBODY.switch == {"user": 4_711, "group": 4_712, "extra_groups": []}


@pytest.mark.usefixtures("as_root")
def test_directories_above_are_opened_for_passing_only(tree: Path) -> None:
    SOMEBODY.reach(tree)
    assert mode(tree.parent) == 0o701
    assert mode(tree) == 0o700


@pytest.mark.usefixtures("as_root")
def test_a_programs_files_become_readable_and_never_writable(tree: Path) -> None:
    SOMEBODY.read(tree)
    assert mode(tree) == mode(tree / "program") == 0o705
    assert mode(tree / "library") == 0o604


@pytest.mark.usefixtures("as_root")
def test_files_that_are_readable_already_stay_as_they_are(tree: Path) -> None:
    tree.chmod(0o755)
    SOMEBODY.read(tree)
    assert mode(tree / "program") == 0o700


def test_data_keeps_its_owner_under_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owned = os.stat_result((0o40700, 0, 0, 2, 4_711, 4_712, 0, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda *_, **__: owned)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert account_for(tmp_path) == SOMEBODY
