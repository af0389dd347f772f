"""An organisation's team files (TOML 1.0), one a team, as they are written.

    name = "compiler"                 required
    subteam-of = "…"                  the team above
    kind = "team"                     also working-group, project-group, marker-team
    [people]
    leads, members, alumni            names, or tables with ``github``
    included-teams                    whose members are members here too
    include-…                         see Include
    [website] name                    the title

Files in ``archive`` are teams that have ended. Further keys mean nothing to us.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from headrace.errors import BrokenLine, Invalid
from headrace.imports.archive import broken
from headrace.model.groups import group_name
from headrace.model.names import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LINE = re.compile(r"\(at line (\d+)")
_KEY = re.compile(r"([\w-]+)(?:\[[^\]]*\])?$")


class Include(StrEnum):
    """Keys that make people members of a team by what they are elsewhere."""

    TEAM_LEADS = "include-team-leads"
    WG_LEADS = "include-wg-leads"
    PROJECT_GROUP_LEADS = "include-project-group-leads"
    ALL_TEAM_MEMBERS = "include-all-team-members"
    ALL_ALUMNI = "include-all-alumni"


class _Named(msgspec.Struct):
    github: str


class _People(msgspec.Struct, rename="kebab"):
    leads: list[str] = []
    members: list[str | _Named] = []
    alumni: list[str | _Named] = []
    included_teams: list[str] = []


class _Website(msgspec.Struct):
    name: str | None = None


class _Team(msgspec.Struct, rename="kebab"):
    name: str
    subteam_of: str | None = None
    kind: str = "team"
    people: _People = msgspec.field(default_factory=_People)
    website: _Website = msgspec.field(default_factory=_Website)


class TeamFile(msgspec.Struct, frozen=True, kw_only=True):
    """One team as its file has it."""

    file: str
    text: str
    name: str
    title: str
    kind: str
    parent: str | None
    leads: tuple[str, ...]
    members: tuple[str, ...]
    alumni: tuple[str, ...]
    included: tuple[str, ...]
    includes: frozenset[Include]

    def fault(self, key: str, reason: str, value: object) -> BrokenLine:
        """The error of what is written at a key."""
        return broken(self.file, _line_of(self.text, key), reason, value)


class TeamFiles(msgspec.Struct):
    """All of a directory: teams, teams that have ended, and what could not be read."""

    teams: list[TeamFile]
    ended: list[TeamFile]
    broken: list[BrokenLine]


def read(directory: Path) -> TeamFiles:
    """Read all team files. Raises OSError, and Invalid where there are none."""
    files = TeamFiles([], [], [])
    if not any(directory.glob("*.toml")) and (directory / "teams").is_dir():
        directory = directory / "teams"  # the whole organisation's folder was given
    _read_into(files.teams, files.broken, sorted(directory.glob("*.toml")), "")
    _read_into(files.ended, files.broken, sorted(directory.glob("archive/*.toml")), "archive/")
    if not files.teams and not files.broken:
        raise Invalid(f"{directory} holds no team files (*.toml)")
    return files


def _read_into(
    teams: list[TeamFile], faults: list[BrokenLine], paths: Iterable[Path], folder: str
) -> None:
    for path in paths:
        try:
            teams.append(parse(path.read_bytes(), folder + path.name))
        except BrokenLine as error:
            faults.append(error)


def parse(raw: bytes, file: str) -> TeamFile:
    """One file. Raises BrokenLine with the file and the line."""
    try:
        text = raw.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise broken(file, raw.count(b"\n", 0, error.start) + 1, "undecodable") from None
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        last = text.count("\n") + 1
        raise broken(file, int(line[1]) if line else last, "toml", str(error)) from None
    try:
        team = msgspec.convert(table, _Team)
    except msgspec.ValidationError as error:
        raise broken(file, _line_of_fault(text, str(error)), "shape", str(error)) from None
    return _team_file(team, table, text, file)


def _team_file(team: _Team, table: dict[str, Any], text: str, file: str) -> TeamFile:
    try:
        group_name(team.name)
    except Invalid as error:
        raise broken(file, _line_of(text, "name"), "team name", team.name) from error
    return TeamFile(
        file=file,
        text=text,
        name=team.name,
        title=cleaned(team.website.name, team.name),
        kind=team.kind,
        parent=team.subteam_of,
        leads=tuple(team.people.leads),
        members=_names(team.people.members),
        alumni=_names(team.people.alumni),
        included=tuple(team.people.included_teams),
        includes=_includes(table.get("people", {}), text, file),
    )


def _names(people: list[str | _Named]) -> tuple[str, ...]:
    return tuple(person if isinstance(person, str) else person.github for person in people)


def _includes(people: dict[str, Any], text: str, file: str) -> frozenset[Include]:
    """The keys that are set. One that we do not know would leave people out unnoticed."""
    chosen = set()
    for key, value in people.items():
        if key.startswith("include-"):
            if key not in set(Include):
                raise broken(file, _line_of(text, key), "include", key)
            if value:
                chosen.add(Include(key))
    return frozenset(chosen)


def _line_of_fault(text: str, message: str) -> int:
    # msgspec names the place: "Expected `str`, got `int` - at `$.people.leads[0]`".
    path = message.rpartition("`$.")[2].rstrip("`")
    match = _KEY.search(path)
    return _line_of(text, match[1]) if match else 1


def _line_of(text: str, key: str) -> int:
    """The line where a key is written, 1 if it is nowhere."""
    match = re.search(rf"^\s*\[?{re.escape(key)}\b", text, re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match else 1
