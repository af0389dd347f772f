from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headrace.errors import BrokenLine, Invalid
from headrace.imports import team_files
from headrace.imports.team_files import Include

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
name = "compiler"
subteam-of = "lang"
kind = "working-group"

[people]
leads = ["Anna"]
members = ["Anna", { github = "Ben", roles = ["x"] }]
alumni = ["Cem"]
included-teams = ["infra"]
include-wg-leads = true
include-team-leads = false

[permissions]
perf = true

[website]
name = "Compiler team"
"""


def test_a_file_is_read_with_all_that_means_something() -> None:
    team = team_files.parse(WHOLE.encode(), "compiler.toml")
    assert (team.name, team.title, team.kind) == ("compiler", "Compiler team", "working-group")
    assert (team.parent, team.leads, team.members) == ("lang", ("Anna",), ("Anna", "Ben"))
    assert (team.alumni, team.included) == (("Cem",), ("infra",))
    assert team.includes == {Include.WG_LEADS}


@pytest.mark.parametrize(
    ("name", "title"), [("Doc\\u202es team", "Doc s team"), ("  ", "docs"), ("\\u200b", "docs")]
)
def test_a_title_is_cleaned_and_without_one_it_is_the_name(name: str, title: str) -> None:
    text = f'name = "docs"\n[website]\nname = "{name}"'
    assert team_files.parse(text.encode(), "docs.toml").title == title


def test_a_short_file_is_a_team_named_as_it_is() -> None:
    team = team_files.parse(b'name = "docs"', "docs.toml")
    assert (team.title, team.kind, team.parent, team.members) == ("docs", "team", None, ())


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ('name = "a"\nkind =\n', "toml", 2),
        ('name = "a"\nx = [\n', "toml", 3),
        ("[people]\nleads = []\n", "shape", 1),
        ('name = "a"\n[people]\nleads = [1]\n', "shape", 3),
        ('name = "a"\n\nsubteam-of = 7\n', "shape", 3),
        ('\nname = "No Name"\n', "team name", 2),
        ('name = "a"\n[people]\nleads = []\ninclude-everybody = true\n', "include", 4),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, reason: str, line: int) -> None:
    with pytest.raises(BrokenLine) as caught:
        team_files.parse(text.encode(), "a.toml")
    details = caught.value.details
    assert (details["file"], details["reason"], details["line"]) == ("a.toml", reason, line)


def test_bytes_that_are_no_text_are_named_with_their_line() -> None:
    with pytest.raises(BrokenLine) as caught:
        team_files.parse(b'name = "a"\nkind = "\xff"\n', "a.toml")
    assert (caught.value.details["reason"], caught.value.details["line"]) == ("undecodable", 2)


def test_a_directory_has_teams_and_teams_that_have_ended(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "a.toml").write_text('name = "a"')
    (tmp_path / "b.toml").write_text("name = ")
    (tmp_path / "archive" / "old.toml").write_text('name = "old"')
    (tmp_path / "readme.md").write_text("no team")
    found = team_files.read(tmp_path)
    assert [team.name for team in found.teams] == ["a"]
    assert [team.name for team in found.ended] == ["old"]
    assert [error.details["file"] for error in found.broken] == ["b.toml"]


def test_a_directory_without_teams_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no team files"):
        team_files.read(tmp_path)
