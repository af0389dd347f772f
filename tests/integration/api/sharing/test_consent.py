"""Who shares one thread of a group with whom, and when an owner has to agree first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headrace.model.people import Kind
from tests.integration.api.conftest import NO_ID, V1, Site, inbox, items, problem
from tests.integration.api.sharing.conftest import (
    CANARY,
    QM,
    contents,
    post,
    share,
    shared,
    sharing,
)

if TYPE_CHECKING:
    import httpx

    from headrace.model.people import Person


async def test_members_share_where_the_group_lets_them(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    path = sharing(thread, "olga")
    assert problem(await jonas.put(path, json={})) == (403, "forbidden")
    assert (await jonas.get(sharing(thread))).json() == {"items": [], "mayShare": False}
    await mia.patch(QM, json={"membersInvite": True})
    assert (await jonas.get(sharing(thread))).json()["mayShare"] is True
    assert "olga" in await share(jonas, thread, "olga")
    assert (await inbox(olga))[0] == ("Add", "jonas", (await shared(olga))["name"])
    assert (await jonas.delete(path)).status_code == 204, "who shared it takes it back"
    await share(mia, thread, "olga")
    assert problem(await jonas.delete(path)) == (403, "forbidden"), "what others share, does not"


async def test_guests_of_the_group_share_nothing(
    mia: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    await mia.patch(QM, json={"membersInvite": True})
    first = (await post(mia, "for all", level="public"))["id"]
    assert problem(await gus.put(sharing(first, "olga"), json={})) == (403, "forbidden")


@pytest.fixture
async def carl(site: Site) -> Person:
    """A guest who is in no group."""
    return await site.organisation.administration.add_person(
        None, email="carl@customer.example", name="Carl", kind=Kind.GUEST
    )


async def test_a_guest_reads_a_thread_with_an_owners_consent(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, carl: Person
) -> None:
    await mia.patch(QM, json={"membersInvite": True})
    first = (await post(jonas, "for all", level="public"))["id"]
    found = await share(jonas, first, "carl")
    assert found["carl"]["waits"] is True
    assert (await inbox(mia))[0] == ("Offer", "jonas", "qm")
    guest = await site.client(carl)
    assert await items(guest, f"{V1}/groups") == []
    assert problem(await guest.get(f"{V1}/activities/{first}")) == (404, "not_found")
    found = await share(mia, first, "carl")
    assert "waits" not in found["carl"]
    assert found["carl"]["inviter"]["handle"] == "jonas"
    assert await contents(guest, (await shared(guest))["name"]) == ["for all"]
    again = await jonas.put(sharing(first, "carl"), json={"replies": False})
    assert problem(again) == (403, "consent_needed"), "an owner's word is not changed by a member"


async def test_an_owner_may_refuse_and_who_proposed_may_withdraw(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, carl: Person
) -> None:
    await mia.patch(QM, json={"membersInvite": True})
    first = (await post(jonas, "for all", level="public"))["id"]
    await share(jonas, first, "carl")
    assert (await mia.delete(sharing(first, "carl"))).status_code == 204
    assert (await inbox(jonas))[0] == ("Reject", "mia", "qm")
    await share(jonas, first, "carl")
    assert (await jonas.delete(sharing(first, "carl"))).status_code == 204
    assert (await mia.get(sharing(first))).json()["items"] == []
    assert problem(await mia.delete(sharing(first, "carl"))) == (404, "not_found")


async def test_what_waits_is_for_those_who_answer_or_asked(
    site: Site,
    mia: httpx.AsyncClient,
    jonas: httpx.AsyncClient,
    gus: httpx.AsyncClient,
    carl: Person,
) -> None:
    await mia.patch(QM, json={"membersInvite": True})
    first = (await post(jonas, "for all", level="public"))["id"]
    await share(jonas, first, "carl")
    for client, count in ((mia, 1), (jonas, 1), (gus, 0)):
        assert len((await client.get(sharing(first))).json()["items"]) == count


@pytest.mark.parametrize("level", ["internal", "confidential"])
async def test_a_guest_reads_no_thread_that_is_not_public(
    mia: httpx.AsyncClient, carl: Person, level: str
) -> None:
    first = (await post(mia, "between us", level=level))["id"]
    answer = await mia.put(sharing(first, "carl"), json={})
    assert problem(answer) == (422, "guest_limit")


async def test_a_guest_reads_what_is_public_in_a_thread(
    site: Site, mia: httpx.AsyncClient, carl: Person
) -> None:
    first = (await post(mia, "for all", level="public"))["id"]
    await post(mia, "between us", inReplyTo=first, level="internal")
    await share(mia, first, "carl")
    await post(mia, "between us again", inReplyTo=first, level="internal")
    guest = await site.client(carl)
    mine = await shared(guest)
    assert await contents(guest, mine["name"]) == ["for all"]
    assert [stream["level"] for stream in mine["streams"]] == ["public"]
    assert mine["streams"][0]["head"] == 2, "the post, and that it was shared"


async def test_what_is_confidential_takes_an_owners_consent(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await mia.put(f"{QM}/members/jonas", json={"role": "moderator"})
    first = (await post(mia, "restricted", level="confidential"))["id"]
    assert (await share(jonas, first, "olga"))["olga"]["waits"] is True
    await share(mia, first, "olga")
    assert await contents(olga, (await shared(olga))["name"]) == ["restricted"]


async def test_out_of_a_secret_group_a_thread_goes_with_an_owners_consent(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    mias = site.organisation.mia
    await site.organisation.hide(mias, "hush", f"{CANARY} group", members_invite=True)
    await mia.put(f"{V1}/groups/hush/members/jonas", json={})
    first = (await post(jonas, "out of it", "hush"))["id"]
    assert (await share(jonas, first, "olga"))["olga"]["waits"] is True
    await share(mia, first, "olga")
    mine = await shared(olga)
    texts = [
        (await olga.get(path)).text
        for path in (
            f"{V1}/groups",
            f"{V1}/groups/{mine['name']}",
            f"{V1}/groups/{mine['name']}/activities",
            f"{V1}/groups/{mine['name']}/members",
            f"{V1}/groups/{mine['name']}/audience",
            f"{V1}/home",
            f"{V1}/inbox",
            f"{V1}/activities/{first}",
            f"{V1}/activities/{first}/explain",
            f"{V1}/activities/{first}/history",
            sharing(first),
            f"{V1}/streams/{mine['streams'][1]['stream']}/entries",
        )
    ]
    assert "out of it" in texts[2]
    for text in texts:
        assert "hush" not in text
        assert CANARY not in text


async def test_who_reads_it_anyway_is_not_outside(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, thread: str
) -> None:
    assert problem(await mia.put(sharing(thread, "jonas"), json={})) == (409, "conflict")
    assert problem(await mia.put(sharing(thread, "nobody"), json={})) == (404, "not_found")
    assert problem(await mia.put(sharing(NO_ID, "olga"), json={})) == (404, "not_found")
    past = {"expires": "2020-01-01T00:00:00Z"}
    assert problem(await mia.put(sharing(thread, "olga"), json=past)) == (422, "invalid")


async def test_who_reads_it_from_outside_does_not_share_it(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    assert problem(await olga.put(sharing(thread, "gus"), json={})) == (404, "not_found")
    assert (await olga.get(sharing(thread))).json()["mayShare"] is False
