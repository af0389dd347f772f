from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from headrace.errors import Forbidden, GuestLimit, LastOwner, NotFound, TeamCycle
from headrace.log import directory, history
from headrace.model.filters import parse
from headrace.model.groups import GroupKind, Role, Visibility
from headrace.model.levels import Level

if TYPE_CHECKING:
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation


async def test_roles_decide_the_levels(organisation: Organisation) -> None:
    assert await organisation.reads(organisation.mia) == {
        "qm": ["public", "internal", "confidential"]
    }
    assert await organisation.reads(organisation.jonas) == {"qm": ["public", "internal"]}
    assert await organisation.reads(organisation.gus) == {"qm": ["public"]}
    assert await organisation.reads(organisation.olga) == {}


async def test_a_clearance_lifts_and_limits(organisation: Organisation) -> None:
    put = organisation.administration.put_member
    await put(organisation.mia, "qm", "jonas", Role.MEMBER, Level.CONFIDENTIAL)
    assert "confidential" in (await organisation.reads(organisation.jonas))["qm"]
    await put(organisation.mia, "qm", "jonas", Role.MODERATOR, Level.INTERNAL)
    assert (await organisation.reads(organisation.jonas))["qm"] == ["public", "internal"]


async def test_each_change_is_an_entry_in_the_streams_concerned(
    organisation: Organisation,
) -> None:
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    told = {entry.stream: entry for entry in organisation.told}
    revoked = [entry for entry in organisation.told if entry.revoked]
    assert {entry.activity.level for entry in revoked} == {"public", "internal"}
    assert all(entry.revoked == (organisation.jonas.id,) for entry in revoked)
    assert told[organisation.jonas.inbox].granted == (organisation.jonas.id,)
    assert {entry.activity.type for entry in organisation.told} == {"Remove"}


async def test_a_team_subscribes_as_a_whole(organisation: Organisation) -> None:
    administration = organisation.administration
    await administration.add_group(
        organisation.mia, name="audit", title="Auditors", kind=GroupKind.TEAM
    )
    await administration.add_group(
        organisation.mia, name="north", title="North", kind=GroupKind.TEAM, parent="audit"
    )
    await administration.put_member(organisation.mia, "north", "olga", None, None)
    assert set(await organisation.reads(organisation.olga)) == {"audit", "north"}
    await administration.put_member(organisation.mia, "qm", "team:audit", Role.MODERATOR, None)
    assert (await organisation.reads(organisation.olga))["qm"] == [
        "public",
        "internal",
        "confidential",
    ]
    organisation.told.clear()
    await administration.drop_member(organisation.mia, "north", "olga")
    assert await organisation.reads(organisation.olga) == {}
    lost = {(e.activity.target, e.activity.level) for e in organisation.told if e.revoked}
    assert ("qm", "confidential") in lost


async def test_who_has_two_ways_in_keeps_the_other(organisation: Organisation) -> None:
    administration = organisation.administration
    await administration.add_group(
        organisation.mia, name="audit", title="Auditors", kind=GroupKind.TEAM
    )
    await administration.put_member(organisation.mia, "audit", "jonas", None, None)
    await administration.put_member(organisation.mia, "qm", "team:audit", None, None)
    await administration.drop_member(organisation.mia, "qm", "jonas")
    assert (await organisation.reads(organisation.jonas))["qm"] == ["public", "internal"]


async def test_teams_do_not_contain_themselves(organisation: Organisation) -> None:
    administration = organisation.administration
    for name, parent in [("a", None), ("b", "a"), ("c", "b")]:
        await administration.add_group(
            organisation.mia, name=name, title=name, kind=GroupKind.TEAM, parent=parent
        )
    with pytest.raises(TeamCycle):
        await administration.change_group(
            organisation.mia, "a", title=None, visibility=None, parent="c"
        )
    with pytest.raises(TeamCycle):
        await administration.put_member(organisation.mia, "c", "team:a", None, None)


async def test_a_group_keeps_an_owner(organisation: Organisation) -> None:
    administration = organisation.administration
    with pytest.raises(LastOwner):
        await administration.drop_member(organisation.mia, "qm", "mia")
    with pytest.raises(LastOwner):
        await administration.put_member(organisation.mia, "qm", "mia", Role.MEMBER, None)
    assert organisation.told == [], "what is refused is told to nobody"


async def test_guests_stay_guests(organisation: Organisation) -> None:
    put = organisation.administration.put_member
    with pytest.raises(GuestLimit):
        await put(organisation.mia, "qm", "gus", Role.MEMBER, None)
    with pytest.raises(GuestLimit):
        await put(organisation.mia, "qm", "gus", Role.GUEST, Level.INTERNAL)


async def test_members_do_not_manage_and_moderators_do_not_crown(
    organisation: Organisation,
) -> None:
    put = organisation.administration.put_member
    with pytest.raises(Forbidden):
        await put(organisation.jonas, "qm", "olga", None, None)
    await put(organisation.mia, "qm", "jonas", Role.MODERATOR, None)
    await put(organisation.jonas, "qm", "olga", None, None)
    with pytest.raises(Forbidden):
        await put(organisation.jonas, "qm", "jonas", Role.OWNER, None)
    with pytest.raises(Forbidden):
        await organisation.administration.drop_member(organisation.jonas, "qm", "mia")


async def test_open_groups_are_joined_alone_and_others_are_not(organisation: Organisation) -> None:
    administration = organisation.administration
    await administration.put_member(organisation.olga, "qm", "olga", None, None)
    assert "qm" in await organisation.reads(organisation.olga)
    closed = Visibility.CLOSED
    await administration.add_group(organisation.mia, name="closed", title="C", visibility=closed)
    await organisation.hide(organisation.mia, "hidden")
    with pytest.raises(Forbidden):
        await administration.put_member(organisation.olga, "closed", "olga", None, None)
    with pytest.raises(NotFound):
        await administration.put_member(organisation.olga, "hidden", "olga", None, None)


async def test_a_closed_account_loses_everything_at_once(organisation: Organisation) -> None:
    await organisation.administration.deactivate(organisation.mia, "jonas@example.org")
    assert await organisation.reads(organisation.jonas) == {}
    (ended,) = [entry for entry in organisation.told if entry.ended]
    assert ended.stream == organisation.jonas.inbox


async def test_a_person_without_any_group_can_be_closed(organisation: Organisation) -> None:
    await organisation.administration.deactivate(organisation.mia, "olga@example.org")
    assert [entry.stream for entry in organisation.told] == [organisation.olga.inbox]


async def test_lost_streams_take_their_inbox_entries_with_them(organisation: Organisation) -> None:
    await organisation.post(organisation.mia, "for @jonas alone")
    jonas = UUID(organisation.jonas.id)
    seen = await history.inbox(organisation.database, jonas, 10, None)
    assert "for @jonas alone" in [one.content for _, one in seen]
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    seen = await history.inbox(organisation.database, jonas, 10, None)
    assert [one.content for _, one in seen] == [None, None], "the way in and the way out remain"
    entries = await history.entries(organisation.database, organisation.jonas.inbox, 0, 99, 99)
    assert [one.activity.type for one in entries] == ["Add", "Tombstone", "Remove"]
    assert [one.seq for one in entries] == [1, 2, 3]


async def test_unread_is_what_others_posted_since(organisation: Organisation) -> None:
    async def unread(person: Person) -> dict[str, int]:
        async with organisation.database.connection() as connection:
            (group,) = await directory.groups_seen(
                connection, UUID(person.id), only="qm", own_only=False
            )
        return {stream.level: stream.unread for stream in group.streams}

    assert await unread(organisation.jonas) == {"public": 0, "internal": 0}
    await organisation.post(organisation.mia)
    own = await organisation.post(organisation.jonas)
    await organisation.post(organisation.jonas, "", type="Like", object=UUID(own.id))
    assert await unread(organisation.jonas) == {"public": 0, "internal": 1}
    await organisation.administration.put_member(organisation.mia, "qm", "olga", None, None)
    assert await unread(organisation.olga) == {"public": 0, "internal": 0}, "the past is read"


async def test_outsiders_find_nothing(organisation: Organisation) -> None:
    await organisation.post(organisation.mia, "hidden treasure")
    page = history.Page(UUID(organisation.olga.id), 50, parse("treasure"))
    assert await page.read(organisation.database) == []
