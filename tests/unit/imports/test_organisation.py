from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.imports import organisation, team_files
from headrace.model.groups import Role, Visibility

if TYPE_CHECKING:
    from headrace.imports.organisation import Organisation, Team
    from headrace.imports.team_files import TeamFile


def team(name: str, body: str = "", people: str = "") -> TeamFile:
    text = f'name = "{name}"\n{body}\n[people]\n{people}\n'
    return team_files.parse(text.encode(), f"{name}.toml")


def resolved(*files: TeamFile, ended: tuple[TeamFile, ...] = ()) -> dict[str, Team]:
    return {found.name: found for found in organised(*files, ended=ended).teams}


def organised(*files: TeamFile, ended: tuple[TeamFile, ...] = ()) -> Organisation:
    assert not organisation.faults(files)
    return organisation.resolve(files, ended)


def reasons(*files: TeamFile) -> list[tuple[str, str, int]]:
    return [
        (error.details["file"], error.details["reason"], error.details["line"])
        for error in organisation.faults(files)
    ]


def test_leads_own_a_team_and_members_are_in_it() -> None:
    found = resolved(team("a", people='leads = ["Anna"]\nmembers = ["anna", "Ben"]'))
    assert found["a"].seats == {"anna": Role.OWNER, "ben": Role.MEMBER}


def test_names_keep_the_spelling_they_are_first_seen_with() -> None:
    found = organised(team("a", people='leads = ["AnnaB"]\nmembers = ["annab"]'))
    assert found.names == {"annab": "AnnaB"}


def test_teams_that_contain_others_come_first() -> None:
    files = (team("a", 'subteam-of = "b"'), team("b", 'subteam-of = "c"'), team("c"))
    assert [found.name for found in organised(*files).teams] == ["c", "b", "a"]


def test_a_marker_is_closed_because_nobody_joins_a_rule() -> None:
    found = resolved(team("a"), team("m", 'kind = "marker-team"'))
    assert found["a"].visibility is Visibility.OPEN
    assert found["m"].visibility is Visibility.CLOSED


def test_included_teams_bring_their_members_even_in_a_circle() -> None:
    found = resolved(
        team("a", people='members = ["anna"]\nincluded-teams = ["b"]'),
        team("b", people='leads = ["ben"]\nincluded-teams = ["c"]'),
        team("c", people='members = ["cem"]\nincluded-teams = ["a"]'),
    )
    assert found["a"].seats == dict.fromkeys(("anna", "ben", "cem"), Role.MEMBER)


def test_leads_are_included_by_the_kind_of_what_they_lead() -> None:
    files = (
        team("t", people='leads = ["anna"]'),
        team("w", 'kind = "working-group"', 'leads = ["ben"]'),
        team("p", 'kind = "project-group"', 'leads = ["cem"]'),
        team("tl", 'kind = "marker-team"', "include-team-leads = true"),
        team("wl", 'kind = "marker-team"', "include-wg-leads = true"),
        team("pl", 'kind = "marker-team"', "include-project-group-leads = true"),
    )
    found = resolved(*files)
    assert [set(found[name].seats) for name in ("tl", "wl", "pl")] == [{"anna"}, {"ben"}, {"cem"}]


def test_all_team_members_are_those_of_teams_proper() -> None:
    files = (
        team("t", people='leads = ["anna"]\nmembers = ["ben"]'),
        team("w", 'kind = "working-group"', 'members = ["cem"]'),
        team("all", 'kind = "marker-team"', "include-all-team-members = true"),
    )
    assert set(resolved(*files)["all"].seats) == {"anna", "ben"}


def test_alumni_are_who_was_and_is_no_longer_anywhere() -> None:
    files = (
        team("t", people='members = ["anna"]\nalumni = ["ben", "anna"]'),
        team("gone", 'kind = "marker-team"', "include-all-alumni = true"),
    )
    ended = (team("old", people='members = ["cem"]\nalumni = ["dora"]'),)
    assert set(resolved(*files, ended=ended)["gone"].seats) == {"ben", "cem", "dora"}


def test_a_parent_that_is_not_there_is_named_where_it_is_written() -> None:
    assert reasons(team("a", 'subteam-of = "nix"')) == [("a.toml", "parent", 2)]


def test_an_included_team_that_is_not_there_is_named() -> None:
    assert reasons(team("a", people='leads = []\nincluded-teams = ["nix"]')) == [
        ("a.toml", "included", 5)
    ]


def test_a_circle_of_teams_is_named_at_each_of_them_and_nowhere_else() -> None:
    files = (
        team("a", 'subteam-of = "b"'),
        team("b", 'subteam-of = "a"'),
        team("below", 'subteam-of = "a"'),
    )
    assert reasons(*files) == [("a.toml", "circle", 2), ("b.toml", "circle", 2)]


def test_a_team_cannot_be_above_itself() -> None:
    assert reasons(team("a", 'subteam-of = "a"')) == [("a.toml", "circle", 2)]


def test_a_name_taken_twice_is_named() -> None:
    twice = team_files.parse(b'name = "a"\n', "other.toml")
    assert reasons(twice, team("a")) == [("other.toml", "taken", 1)]
