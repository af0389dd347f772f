"""Memberships that end by themselves. Time passes by moving expiries back, not by waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from headrace.errors import Invalid, LastOwner, NotFound
from headrace.log import audit, authority, history
from headrace.model.filters import parse
from headrace.model.groups import GroupKind, Role

if TYPE_CHECKING:
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation

QM = {"qm": ["public", "internal"]}


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def lend(organisation: Organisation, person: Person, expires: datetime | None = None) -> None:
    """A membership of group qm for an hour."""
    await organisation.administration.put_member(
        organisation.mia, "qm", person.handle, None, None, expires or soon()
    )


async def pass_time(organisation: Organisation) -> None:
    """Two hours."""
    async with organisation.database.connection() as connection:
        for change in (
            "UPDATE membership SET expires = expires - interval '2 hours'",
            "UPDATE reading SET until = until - interval '2 hours'",
        ):
            await connection.execute(change)


async def test_nobody_reads_or_writes_past_the_end_though_nothing_has_swept(
    organisation: Organisation,
) -> None:
    await lend(organisation, organisation.olga)
    post = await organisation.post(organisation.mia, "hello @olga")
    assert await organisation.reads(organisation.olga) == QM
    await pass_time(organisation)
    olga, database = UUID(organisation.olga.id), organisation.database
    assert await organisation.reads(organisation.olga) == {}
    assert await history.Page(olga, 50, parse("")).read(database) == []
    assert await history.one(database, olga, UUID(post.id)) is None
    assert await history.stream_page(database, olga, post.stream, 0, 50) is None
    inbox = await history.inbox(database, olga, 50, None)
    assert "hello @olga" not in [one.content for _, one in inbox]
    with pytest.raises(NotFound):
        await organisation.post(organisation.olga, "still here")


async def test_the_sweep_tells_it_as_a_removal_that_nobody_made(
    organisation: Organisation,
) -> None:
    await lend(organisation, organisation.olga)
    await pass_time(organisation)
    organisation.told.clear()
    assert await organisation.administration.expire() is None
    revoked = [entry for entry in organisation.told if entry.revoked]
    assert {(entry.activity.type, entry.activity.source) for entry in revoked} == {
        ("Remove", "expiry")
    }
    assert {entry.revoked for entry in revoked} == {(organisation.olga.id,)}
    assert [entry.activity.level for entry in revoked] == ["public", "internal"]
    async with organisation.database.connection() as connection:
        last = await connection.fetchrow("SELECT * FROM audit ORDER BY no DESC LIMIT 1")
    assert (last["action"], last["subject"]) == ("member.expire", "qm/olga")
    assert (await audit.verify(organisation.database)).broken is None


async def test_whose_time_is_over_finds_it_in_the_inbox_though_it_is_told_in_their_name(
    organisation: Organisation,
) -> None:
    await lend(organisation, organisation.olga)
    await pass_time(organisation)
    await organisation.administration.expire()
    olga = UUID(organisation.olga.id)
    _, over = (await history.inbox(organisation.database, olga, 1, None))[0]
    assert (over.type, over.actor.handle, over.source) == ("Remove", "olga", "expiry")


async def test_many_nodes_sweep_and_it_is_told_once(organisation: Organisation) -> None:
    await lend(organisation, organisation.olga)
    await pass_time(organisation)
    organisation.told.clear()
    await asyncio.gather(*(organisation.administration.expire() for _ in range(5)))
    assert len([entry for entry in organisation.told if entry.revoked]) == 2
    organisation.told.clear()
    assert await organisation.administration.expire() is None
    assert organisation.told == []


async def test_the_sweeper_is_told_when_to_come_again(organisation: Organisation) -> None:
    assert await organisation.administration.expire() is None
    await lend(organisation, organisation.olga)
    seconds = await organisation.administration.expire()
    assert seconds is not None
    assert 3_500 < seconds <= 3_600
    assert await organisation.reads(organisation.olga) == QM


async def test_a_team_that_leaves_takes_its_people_and_those_of_its_teams_with_it(
    organisation: Organisation,
) -> None:
    administration, mia = organisation.administration, organisation.mia
    await administration.add_group(mia, name="audit", title="Auditors", kind=GroupKind.TEAM)
    await administration.add_group(
        mia, name="north", title="North", kind=GroupKind.TEAM, parent="audit"
    )
    await administration.put_member(mia, "north", "olga", None, None)
    await administration.put_member(mia, "qm", "team:audit", None, None, soon())
    assert (await organisation.reads(organisation.olga))["qm"] == ["public", "internal"]
    await pass_time(organisation)
    assert set(await organisation.reads(organisation.olga)) == {"audit", "north"}
    organisation.told.clear()
    await administration.expire()
    revoked = [entry for entry in organisation.told if entry.revoked]
    assert {entry.revoked for entry in revoked} == {(organisation.olga.id,)}
    assert "qm" in await organisation.reads(mia), "who is in it in person stays"


async def test_an_end_inside_a_nested_team_ends_all_that_came_through_it(
    organisation: Organisation,
) -> None:
    administration, mia = organisation.administration, organisation.mia
    await administration.add_group(mia, name="audit", title="Auditors", kind=GroupKind.TEAM)
    await administration.put_member(mia, "qm", "team:audit", None, None)
    await administration.put_member(mia, "audit", "olga", None, None, soon())
    known = await authority.load(organisation.database, UUID(organisation.olga.id))
    assert known is not None
    assert all(stream.seconds_left is not None for stream in known.streams)
    await pass_time(organisation)
    assert await organisation.reads(organisation.olga) == {}
    await administration.expire()
    async with organisation.database.connection() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM reading WHERE person = $1", UUID(organisation.olga.id)
        )
    assert left == 0


async def test_the_longest_way_in_counts_and_each_level_has_its_own(
    organisation: Organisation,
) -> None:
    administration, mia = organisation.administration, organisation.mia
    await administration.add_group(mia, name="audit", title="Auditors", kind=GroupKind.TEAM)
    await administration.put_member(mia, "audit", "olga", None, None)
    await administration.put_member(mia, "qm", "team:audit", None, None)
    await administration.put_member(mia, "qm", "olga", Role.MODERATOR, None, soon())
    known = await authority.load(organisation.database, UUID(organisation.olga.id))
    assert known is not None
    ends = {s.level: s.seconds_left is not None for s in known.streams if s.group == "qm"}
    assert ends == {"public": False, "internal": False, "confidential": True}
    await pass_time(organisation)
    assert (await organisation.reads(organisation.olga))["qm"] == ["public", "internal"]


async def test_a_longer_time_is_news_to_nobody_but_the_person(organisation: Organisation) -> None:
    await lend(organisation, organisation.olga)
    organisation.told.clear()
    await lend(organisation, organisation.olga, soon() + timedelta(days=1))
    assert [(e.stream, e.activity.type) for e in organisation.told] == [
        (organisation.olga.inbox, "Update")
    ]


async def test_what_would_be_over_is_refused(organisation: Organisation) -> None:
    with pytest.raises(Invalid) as caught:
        await lend(organisation, organisation.olga, datetime(2020, 1, 1, tzinfo=UTC))
    assert caught.value.details == {"field": "expires"}
    assert await organisation.reads(organisation.olga) == {}


async def test_an_owner_whose_time_runs_out_keeps_no_group(organisation: Organisation) -> None:
    put = organisation.administration.put_member
    with pytest.raises(LastOwner):
        await put(organisation.mia, "qm", "mia", Role.OWNER, None, soon())
    await put(organisation.mia, "qm", "jonas", Role.OWNER, None, soon())
    with pytest.raises(LastOwner):
        await organisation.administration.drop_member(organisation.mia, "qm", "mia")
    await put(organisation.mia, "qm", "olga", Role.OWNER, None)
    await organisation.administration.drop_member(organisation.mia, "qm", "mia")


async def test_joining_again_lifts_no_end_and_no_limit(organisation: Organisation) -> None:
    put = organisation.administration.put_member
    await put(organisation.mia, "qm", "olga", Role.GUEST, None, soon())
    await put(organisation.olga, "qm", "olga", None, None)
    known = await authority.load(organisation.database, UUID(organisation.olga.id))
    assert known is not None
    assert [(s.level, s.seconds_left is not None) for s in known.streams] == [("public", True)]
