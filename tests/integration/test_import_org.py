"""Team files on a real log, as ``headrace import org`` compares and applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from headrace.cli.program import run
from headrace.errors import Conflict, TeamCycle
from headrace.imports import organisation as meaning
from headrace.imports import team_files
from headrace.imports.org import OrgImport
from headrace.imports.plan import Move
from headrace.log import audit, authority, directory, memberships
from headrace.model.groups import GroupKind, Role

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.imports.plan import Plan
    from tests.integration.conftest import Organisation


class Files:
    """Team files of an organisation: rewritten by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def team(self, name: str, *, parent: str = "", leads: str = "", members: str = "") -> None:
        above = f'subteam-of = "{parent}"\n' if parent else ""
        people = f"[people]\nleads = {leads.split()}\nmembers = {members.split()}\n"
        title = f'[website]\nname = "Team {name}"\n'
        (self.folder / f"{name}.toml").write_text(f'name = "{name}"\n{above}{people}{title}')

    def drop(self, name: str) -> None:
        (self.folder / f"{name}.toml").unlink()

    def read(self) -> meaning.Organisation:
        found = team_files.read(self.folder)
        assert not found.broken
        assert not meaning.faults(found.teams)
        return meaning.resolve(found.teams, found.ended)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.team("compiler", leads="Anna", members="Anna Ben")
    made.team("miri", parent="compiler", members="Cem")
    return made


async def apply(organisation: Organisation, files: Files) -> Plan:
    work = OrgImport(organisation.database, organisation.administration)
    return await work.apply(files.read())


async def plan(organisation: Organisation, files: Files) -> Plan:
    return await OrgImport(organisation.database, organisation.administration).plan(files.read())


async def reads(organisation: Organisation, handle: str) -> set[tuple[str, str]]:
    """Groups and levels that somebody reads."""
    async with organisation.database.connection() as connection:
        person = await directory.find_person(connection, handle)
    assert person is not None
    known = await authority.load(organisation.database, UUID(person.id))
    assert known is not None
    return {(str(stream.group), str(stream.level)) for stream in known.streams}


async def roles(organisation: Organisation, group: str) -> dict[str | None, str]:
    async with organisation.database.connection() as connection:
        key = await directory.group_key(connection, group)
        seats = await memberships.seats(connection, key.id, organisation.mia)
    return {seat.handle: seat.role for seat in seats}


async def test_teams_are_made_with_their_parents_owners_and_members(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    assert await roles(organisation, "compiler") == {"anna": "owner", "ben": "member"}
    async with organisation.database.connection() as connection:
        miri = await directory.group_key(connection, "miri")
        compiler = await directory.group_key(connection, "compiler")
        anna = await directory.find_person(connection, "anna@org.invalid")
    assert (miri.parent, miri.title, miri.kind) == (compiler.id, "Team miri", "team")
    assert anna is not None
    assert anna.name == "Anna"


async def test_who_is_in_a_sub_team_reads_what_is_above(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    both = {(group, level) for group in ("compiler", "miri") for level in ("public", "internal")}
    assert await reads(organisation, "cem") == both
    assert {group for group, _ in await reads(organisation, "ben")} == {"compiler"}


async def test_each_stream_gets_one_entry_told_as_its_own_teams(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT name FROM stream WHERE group_id IS NOT NULL")
    groups = {row["name"] for row in rows}
    streams = [entry.stream for entry in organisation.told if entry.stream in groups]
    assert len(streams) == len(set(streams)) == 5  # nobody owns miri, so nobody reads its third
    abouts = {
        (entry.activity.target, getattr(entry.activity.object, "handle", None))
        for entry in organisation.told
        if entry.activity.type == "Add"
    }
    assert abouts == {("compiler", "compiler"), ("miri", "miri")}


async def test_a_plan_changes_nothing(organisation: Organisation, files: Files) -> None:
    found = await plan(organisation, files)
    assert [team.name for team in found.new] == ["compiler", "miri"]
    assert Move("compiler", "anna", None, "owner") in found.joins
    assert organisation.told == []
    assert not (await plan(organisation, files)).is_empty


async def test_applying_twice_changes_nothing_the_second_time(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    organisation.told.clear()
    entries = (await audit.verify(organisation.database)).entries
    assert (await apply(organisation, files)).is_empty
    assert organisation.told == []
    assert (await audit.verify(organisation.database)).entries == entries


async def test_joins_leaves_and_new_roles_are_found_and_told(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    files.team("compiler", leads="Ben", members="Anna Ben Dora")
    files.team("miri", parent="compiler")
    organisation.told.clear()
    done = await apply(organisation, files)
    assert done.joins == [Move("compiler", "dora", None, "member")]
    assert done.leaves == [Move("miri", "cem", "member", None)]
    assert done.roles == [
        Move("compiler", "anna", "owner", "member"),
        Move("compiler", "ben", "member", "owner"),
    ]
    assert await reads(organisation, "cem") == set()
    revoked = {entry.activity.target for entry in organisation.told if entry.revoked}
    assert revoked == {"compiler", "miri"}
    assert (await plan(organisation, files)).is_empty


async def test_a_team_that_is_gone_loses_its_members_and_keeps_its_past(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    files.drop("miri")
    assert (await plan(organisation, files)).gone == ["miri"]
    await apply(organisation, files)
    assert await roles(organisation, "miri") == {}
    assert await reads(organisation, "cem") == set()
    assert (await plan(organisation, files)).is_empty


async def test_a_team_that_comes_back_is_the_same_team(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    files.drop("miri")
    await apply(organisation, files)
    files.team("miri", parent="compiler", members="Cem")
    done = await apply(organisation, files)
    assert (done.new, [team.name for team in done.changed]) == ([], ["miri"])
    assert {group for group, _ in await reads(organisation, "cem")} == {"compiler", "miri"}


async def test_a_team_moves_with_all_who_read_through_it(
    organisation: Organisation, files: Files
) -> None:
    files.team("lang")
    await apply(organisation, files)
    files.team("miri", parent="lang", members="Cem")
    done = await apply(organisation, files)
    assert [team.name for team in done.changed] == ["miri"]
    assert {group for group, _ in await reads(organisation, "cem")} == {"lang", "miri"}


async def test_two_teams_change_places(organisation: Organisation, files: Files) -> None:
    await apply(organisation, files)
    files.team("miri", members="Cem")
    files.team("compiler", parent="miri", leads="Anna", members="Anna Ben")
    await apply(organisation, files)
    assert {group for group, _ in await reads(organisation, "ben")} == {"compiler", "miri"}
    assert {group for group, _ in await reads(organisation, "cem")} == {"miri"}


async def test_who_was_added_by_hand_stays_as_they_are(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    put = organisation.administration.put_member
    await put(organisation.mia, "compiler", "jonas", None, None)
    await put(organisation.mia, "miri", "ben", Role.MODERATOR, None)
    files.team("miri", parent="compiler", members="Ben")
    done = await apply(organisation, files)
    assert [move.account for move in done.moves] == ["cem"]
    assert (await roles(organisation, "compiler"))["jonas"] == "member"
    assert (await roles(organisation, "miri")) == {"ben": "moderator"}


async def test_a_closed_account_is_not_brought_back(
    organisation: Organisation, files: Files
) -> None:
    await apply(organisation, files)
    await organisation.administration.deactivate(organisation.mia, "cem")
    assert (await plan(organisation, files)).is_empty


async def test_a_group_that_is_no_team_is_in_the_way(
    organisation: Organisation, files: Files
) -> None:
    await organisation.administration.add_group(
        organisation.mia, name="miri", title="Miri", kind=GroupKind.PROJECT
    )
    with pytest.raises(Conflict, match="miri"):
        await apply(organisation, files)
    assert "compiler" not in await all_groups(organisation)


async def test_a_circle_through_a_team_that_was_made_a_member_by_hand_is_refused_as_a_whole(
    organisation: Organisation, files: Files
) -> None:
    files.team("lang")
    await apply(organisation, files)
    await organisation.administration.put_member(
        organisation.mia, "compiler", "team:lang", None, None
    )
    files.team("compiler", parent="lang", leads="Anna", members="Anna Ben Eva")
    with pytest.raises(TeamCycle):
        await apply(organisation, files)
    assert "eva" not in await roles(organisation, "compiler")


async def all_groups(organisation: Organisation) -> set[str]:
    async with organisation.database.connection() as connection:
        return {row["name"] for row in await connection.fetch("SELECT name FROM team_group")}


def test_the_command_shows_a_plan_then_applies_it_then_finds_nothing(
    database_url: str, files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = environment(database_url)
    command = ["import", "org", str(files.folder)]
    assert run(command, environ) == 0
    shown = capsys.readouterr().out
    assert "+ team miri “Team miri” under compiler\n" in shown
    assert "+ compiler: anna (owner)\n" in shown
    assert "Teams: 2 new, 0 changed, 0 gone. Members: 3 join" in shown
    assert shown.endswith("Nothing was changed; --apply makes it so.\n")
    assert run([*command, "--apply"], environ) == 0
    assert capsys.readouterr().out.endswith("Applied.\n")
    assert run([*command, "--apply"], environ) == 0
    assert capsys.readouterr().out.endswith("Everything is as it should be.\n")


def test_files_that_contradict_themselves_change_nothing(
    database_url: str, files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.team("rustdoc", parent="nix", members="Eva")
    command = ["import", "org", str(files.folder), "--apply"]
    assert run(command, environment(database_url)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "rustdoc.toml:2: there is no team “nix” [broken_line]\n"
        "Nothing was changed: mend these files first.\n"
    )
    files.drop("rustdoc")
    assert run(command[:-1], environment(database_url)) == 0
    assert "Teams: 2 new" in capsys.readouterr().out


def environment(database_url: str) -> dict[str, str]:
    return {
        "HEADRACE_DATABASE_URL": database_url,
        "HEADRACE_REDIS_URL": "unix:///nowhere",
        "HEADRACE_LANG": "en",
    }
