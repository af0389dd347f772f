"""What team files mean together: teams, who is in them, and what contradicts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.imports.team_files import Include, TeamFile
from headrace.model.groups import Role, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headrace.errors import BrokenLine

_TEAM, _WORKING_GROUP, _PROJECT_GROUP = "team", "working-group", "project-group"
#: Made of others by a rule: nobody joins one.
_MARKER = "marker-team"

_LEADS_OF = {
    Include.TEAM_LEADS: _TEAM,
    Include.WG_LEADS: _WORKING_GROUP,
    Include.PROJECT_GROUP_LEADS: _PROJECT_GROUP,
}


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A team as it should be. ``seats``: roles by account, the name in lower case."""

    name: str
    title: str
    parent: str | None
    visibility: Visibility
    seats: dict[str, Role]


class Organisation(msgspec.Struct, frozen=True):
    """All teams, those that contain others first; ``names``: how accounts are spelt."""

    teams: tuple[Team, ...]
    names: dict[str, str]


def faults(files: Sequence[TeamFile]) -> list[BrokenLine]:
    """What contradicts itself: names taken twice, teams that are not there, circles."""
    teams = {file.name: file for file in files}
    found = [_taken(file, teams) for file in files if teams[file.name] is not file]
    for file in files:
        if file.parent is not None and file.parent not in teams:
            found.append(file.fault("subteam-of", "parent", file.parent))
        elif _is_in_circle(file, teams):
            found.append(file.fault("subteam-of", "circle", file.parent))
        missing = (name for name in file.included if name not in teams)
        found += [file.fault("included-teams", "included", name) for name in missing]
    return found


def _taken(file: TeamFile, teams: dict[str, TeamFile]) -> BrokenLine:
    return file.fault("name", "taken", f"{file.name} ({teams[file.name].file})")


def _is_in_circle(file: TeamFile, teams: dict[str, TeamFile]) -> bool:
    seen: set[str] = set()
    above = file.parent
    while above in teams and above not in seen:
        if above == file.name:
            return True
        seen.add(above)
        above = teams[above].parent
    return False


def resolve(files: Sequence[TeamFile], ended: Sequence[TeamFile] = ()) -> Organisation:
    """The teams that files without faults describe; ``ended`` count for their alumni only."""
    meaning = _Meaning(files, ended)
    ordered = sorted(files, key=lambda file: (meaning.depth(file), file.name))
    return Organisation(tuple(map(meaning.team, ordered)), meaning.names)


class _Meaning:
    def __init__(self, files: Sequence[TeamFile], ended: Sequence[TeamFile]) -> None:
        self._files = {file.name: file for file in files}
        self._ended = ended
        self.names: dict[str, str] = {}

    def depth(self, file: TeamFile) -> int:
        """How many teams are above."""
        return 0 if file.parent is None else 1 + self.depth(self._files[file.parent])

    def team(self, file: TeamFile) -> Team:
        members = self._members(file, frozenset())
        seats = dict.fromkeys(sorted(members), Role.MEMBER)
        seats.update(dict.fromkeys(self._keys(file.leads), Role.OWNER))
        return Team(
            name=file.name,
            title=file.title,
            parent=file.parent,
            visibility=Visibility.CLOSED if file.kind == _MARKER else Visibility.OPEN,
            seats=seats,
        )

    def _members(self, file: TeamFile, below: frozenset[str]) -> set[str]:
        """Members by whatever way. ``below``: the teams that ask, so that a circle ends."""
        found = {*self._keys(file.leads), *self._keys(file.members)}
        for name in file.included:
            if name not in below:
                found |= self._members(self._files[name], below | {file.name})
        for include in file.includes:
            found.update(self._included(include))
        return found

    def _included(self, include: Include) -> set[str]:
        if include is Include.ALL_TEAM_MEMBERS:
            return self._active()
        if include is Include.ALL_ALUMNI:
            return self._alumni() - self._active()
        return set(self._leads(_LEADS_OF[include]))

    def _active(self) -> set[str]:
        """Members of teams proper: no groups for a purpose, no markers."""
        teams = (file for file in self._files.values() if file.kind == _TEAM)
        return {key for file in teams for key in self._keys((*file.leads, *file.members))}

    def _alumni(self) -> set[str]:
        files = [*self._files.values(), *self._ended]
        left = {key for file in files for key in self._keys(file.alumni)}
        return left | {key for file in self._ended for key in self._keys(file.members)}

    def _leads(self, kind: str) -> Iterator[str]:
        for file in self._files.values():
            if file.kind == kind:
                yield from self._keys(file.leads)

    def _keys(self, names: Sequence[str]) -> list[str]:
        for name in names:
            self.names.setdefault(name.lower(), name)
        return [name.lower() for name in names]
