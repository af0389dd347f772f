"""Inviting: who may, whose consent it takes, what a link is good for, and when it is void."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from headrace.errors import LastOwner
from headrace.model.groups import GroupKind, Role
from headrace.model.people import Kind
from tests.integration.api.conftest import NO_ID, V1, Site, inbox, items, problem, told

if TYPE_CHECKING:
    import httpx

INVITATIONS = f"{V1}/groups/qm/invitations"
MINE = f"{V1}/invitations"
PASSWORD = "violet kettle drumming 47"


async def invite(client: httpx.AsyncClient, subject: str, **terms: Any) -> dict[str, Any]:
    answer = await client.post(INVITATIONS, json={"subject": subject} | terms)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def widen(mia: httpx.AsyncClient) -> None:
    answer = await mia.patch(f"{V1}/groups/qm", json={"membersInvite": True})
    assert answer.json()["membersInvite"] is True


async def pass_time(site: Site) -> None:
    """Two weeks and a day."""
    async with site.organisation.database.connection() as connection:
        await connection.execute("UPDATE pending SET expires = expires - interval '15 days'")


async def role(client: httpx.AsyncClient) -> str | None:
    found: str | None = (await client.get(f"{V1}/groups/qm")).json().get("role")
    return found


async def test_who_is_invited_accepts_and_is_in(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    invited = await invite(mia, "olga@example.org", role="moderator")
    assert (invited["state"], invited.get("token")) == ("offered", None)
    assert (await inbox(olga))[0] == ("Invite", "mia", "qm")
    assert told(site, site.organisation.olga) == ["Invite"], "and live"
    (mine,) = await items(olga, MINE)
    assert (mine["group"], mine["inviter"]["handle"]) == ("qm", "mia")
    assert await role(olga) is None
    assert (await olga.post(f"{MINE}/{mine['id']}/accept")).status_code == 204
    assert await role(olga) == "moderator"
    assert await items(mia, INVITATIONS) == []
    assert problem(await olga.post(f"{MINE}/{mine['id']}/accept")) == (404, "not_found")


async def test_a_service_that_invites_is_told_as_one(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    bot = await site.organisation.administration.add_person(
        None, email="bot@example.org", name="Bot", kind=Kind.SERVICE
    )
    await site.organisation.administration.put_member(
        site.organisation.mia, "qm", "bot", Role.OWNER, None
    )
    await invite(await site.client(bot), "olga")
    (mine,) = await items(olga, MINE)
    assert (mine["inviter"]["handle"], mine["inviter"]["type"]) == ("bot", "Service")


async def test_who_declines_stays_outside_and_who_invited_is_told(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    invited = await invite(mia, "olga")
    assert (await olga.delete(f"{MINE}/{invited['id']}")).status_code == 204
    assert (await inbox(mia))[0] == ("Reject", "olga", "qm")
    assert await role(olga) is None
    assert await items(olga, MINE) == []


async def test_an_invitation_is_for_one_person(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    key = (await invite(mia, "olga"))["id"]
    for client in (mia, gus):
        assert problem(await client.post(f"{MINE}/{key}/accept")) == (404, "not_found")
        assert problem(await client.delete(f"{MINE}/{key}")) == (404, "not_found")
    assert len(await items(olga, MINE)) == 1


async def test_members_invite_where_the_group_lets_them(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    body = {"subject": "olga"}
    assert problem(await jonas.post(INVITATIONS, json=body)) == (403, "forbidden")
    await widen(mia)
    assert (await invite(jonas, "olga"))["state"] == "offered"
    assert problem(await gus.post(INVITATIONS, json=body)) == (403, "forbidden")
    seat = f"{V1}/groups/qm/members/olga@example.org"
    assert (await jonas.put(seat, json={})).status_code == 204, "or bring them in at once"
    assert await items(mia, INVITATIONS) == [], "which settles it"
    assert problem(await jonas.put(seat, json={"role": "guest"})) == (403, "forbidden")
    assert problem(await jonas.delete(seat)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("who", "terms"),
    [("olga", {"clearance": "confidential"}), ("carl@customer.example", {})],
)
async def test_guests_and_higher_levels_wait_for_an_owner(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, who: str, terms: dict[str, str]
) -> None:
    await widen(mia)
    proposed = await invite(jonas, who, **terms)
    assert proposed["state"] == "consent"
    assert (await inbox(mia))[0] == ("Offer", "jonas", "qm")
    path = f"{INVITATIONS}/{proposed['id']}"
    assert problem(await jonas.post(f"{path}/approve")) == (403, "forbidden")
    assert (await mia.post(f"{path}/approve")).status_code == 204
    (offered,) = await items(mia, INVITATIONS)
    assert offered["state"] == "offered"
    assert problem(await mia.post(f"{path}/approve")) == (404, "not_found")


async def test_who_is_proposed_knows_nothing_before_an_owner_agrees(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await widen(mia)
    proposed = await invite(jonas, "olga", clearance="confidential")
    assert await items(olga, MINE) == []
    assert problem(await olga.post(f"{MINE}/{proposed['id']}/accept")) == (404, "not_found")
    assert told(site, site.organisation.olga) == []
    await mia.post(f"{INVITATIONS}/{proposed['id']}/approve")
    assert (await olga.post(f"{MINE}/{proposed['id']}/accept")).status_code == 204
    streams = (await olga.get(f"{V1}/groups/qm")).json()["streams"]
    assert [stream["level"] for stream in streams] == ["public", "internal", "confidential"]


async def test_a_proposal_that_an_owner_declines_is_told_to_who_made_it(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await widen(mia)
    proposed = await invite(jonas, "carl@customer.example")
    assert (await mia.delete(f"{INVITATIONS}/{proposed['id']}")).status_code == 204
    assert (await inbox(jonas))[0] == ("Reject", "mia", "qm")
    assert await items(jonas, INVITATIONS) == []


async def test_a_team_with_guests_takes_consent_and_is_in_with_it(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    add = organisation.administration.add_group
    await add(organisation.jonas, name="crew", title="Crew", kind=GroupKind.TEAM)
    await organisation.administration.put_member(organisation.jonas, "crew", "olga", None, None)
    await widen(mia)
    body = {"subject": "team:crew"}
    answer = await jonas.post(INVITATIONS, json=body)
    assert problem(answer) == (409, "conflict"), "no need to ask"
    assert answer.json()["errors"] == {"reason": "team"}
    await organisation.administration.put_member(organisation.jonas, "crew", "gus", None, None)
    seat = f"{V1}/groups/qm/members/team:crew"
    assert problem(await jonas.put(seat, json={})) == (403, "consent_needed")
    proposed = await invite(jonas, "team:crew")
    assert (await mia.post(f"{INVITATIONS}/{proposed['id']}/approve")).status_code == 204
    assert await role(await site.client(organisation.olga)) == "member"
    assert problem(await jonas.post(INVITATIONS, json=body)) == (409, "conflict")


async def test_a_secret_team_is_shown_to_no_owner_who_does_not_know_it(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await organisation.hide(organisation.jonas, "crew", kind=GroupKind.TEAM)
    await organisation.administration.put_member(organisation.jonas, "crew", "gus", None, None)
    await widen(mia)
    answer = await jonas.post(INVITATIONS, json={"subject": "team:crew"})
    assert problem(answer) == (403, "forbidden")
    assert "crew" not in (await mia.get(INVITATIONS)).text


# Links


async def redeem(site: Site, token: str, password: str = PASSWORD) -> httpx.Response:
    body = {"token": token, "name": "Carl", "password": password}
    return await site.visitor().post(f"{MINE}:redeem", json=body)


async def test_a_link_becomes_the_account_of_a_guest_once(
    site: Site, mia: httpx.AsyncClient
) -> None:
    invited = await invite(mia, "Carl@Customer.example")
    token = invited["token"]
    looked = await site.visitor().post(f"{MINE}:look", json={"token": token})
    assert looked.json()["group"] == "Quality"
    assert looked.json()["email"] == "carl@customer.example"
    answer = await redeem(site, token)
    assert answer.status_code == 201, answer.text
    assert answer.json()["kind"] == "guest"
    carl = site.visitor()
    body = {"email": "carl@customer.example", "password": PASSWORD}
    assert (await carl.post(f"{V1}/session", json=body)).status_code == 201
    assert await role(carl) == "guest"
    assert problem(await redeem(site, token)) == (404, "invitation_unknown")
    assert token not in (await mia.get(INVITATIONS)).text


async def test_the_secret_of_a_link_is_shown_once_and_kept_nowhere(
    site: Site, mia: httpx.AsyncClient
) -> None:
    token = (await invite(mia, "carl@customer.example"))["token"]
    assert token not in (await mia.get(INVITATIONS)).text
    async with site.organisation.database.connection() as connection:
        kept = await connection.fetchval("SELECT pending::text FROM pending")
        audited = await connection.fetchval("SELECT string_agg(audit::text, '') FROM audit")
    assert token.removeprefix("hv_") not in kept + audited


async def test_links_that_are_void_say_why_and_change_nothing(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    before = await _people(site)
    assert problem(await redeem(site, "hv_foreign")) == (404, "invitation_unknown")
    revoked = await invite(mia, "a@customer.example")
    await mia.delete(f"{INVITATIONS}/{revoked['id']}")
    assert problem(await redeem(site, revoked["token"])) == (404, "invitation_unknown")
    await widen(mia)
    waiting = await invite(jonas, "b@customer.example")
    assert problem(await redeem(site, waiting["token"])) == (403, "consent_needed")
    old = await invite(mia, "c@customer.example")
    await pass_time(site)
    assert problem(await redeem(site, old["token"])) == (410, "invitation_expired")
    looked = await site.visitor().post(f"{MINE}:look", json={"token": old["token"]})
    assert problem(looked) == (410, "invitation_expired")
    new = await invite(mia, "d@customer.example")
    weak = await redeem(site, new["token"], "password1234")
    assert problem(weak)[1] == "weak_password"
    assert await _people(site) == before


async def test_what_is_over_makes_room_for_a_new_one(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    old = await invite(mia, "olga")
    body = {"subject": "olga"}
    assert problem(await mia.post(INVITATIONS, json=body)) == (409, "conflict")
    await pass_time(site)
    assert await items(olga, MINE) == []
    assert problem(await olga.post(f"{MINE}/{old['id']}/accept")) == (404, "not_found")
    new = await invite(mia, "olga")
    assert (await olga.post(f"{MINE}/{new['id']}/accept")).status_code == 204


async def test_an_invitation_is_void_once_its_giver_could_not_give_it_any_more(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await widen(mia)
    invited = await invite(jonas, "olga")
    await mia.patch(f"{V1}/groups/qm", json={"membersInvite": False})
    accept = f"{MINE}/{invited['id']}/accept"
    assert problem(await olga.post(accept)) == (404, "invitation_unknown")
    assert await role(olga) is None
    await site.organisation.administration.put_member(
        site.organisation.mia, "qm", "jonas", Role.MODERATOR, None
    )
    assert (await olga.post(accept)).status_code == 204


async def test_a_link_for_somebody_who_has_an_account_by_now_is_refused(
    site: Site, mia: httpx.AsyncClient
) -> None:
    token = (await invite(mia, "carl@customer.example"))["token"]
    await site.organisation.administration.add_person(
        None, email="carl@customer.example", name="Carl"
    )
    assert problem(await redeem(site, token)) == (409, "conflict")


async def accept(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{MINE}:accept", json={"token": token})


@pytest.mark.parametrize("kind", [Kind.EMPLOYEE, Kind.GUEST])
async def test_who_has_an_account_by_now_accepts_a_link_as_the_guest_that_it_is_for(
    site: Site, mia: httpx.AsyncClient, kind: Kind
) -> None:
    token = (await invite(mia, "carl@customer.example"))["token"]
    carl = await site.client(
        await site.organisation.administration.add_person(
            None, email="carl@customer.example", name="Carl", kind=kind
        )
    )
    assert (await accept(carl, token)).status_code == 204
    assert await role(carl) == "guest"
    assert problem(await accept(carl, token)) == (404, "invitation_unknown")
    assert await items(mia, INVITATIONS) == []


async def test_a_link_to_another_address_is_accepted_by_nobody_and_stays_good(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    token = (await invite(mia, "carl@customer.example"))["token"]
    used = (await invite(mia, "used@customer.example"))["token"]
    assert (await redeem(site, used)).status_code == 201
    answers = [await accept(olga, one) for one in (token, used, "hv_made-up", "")]
    assert problem(answers[0]) == (404, "invitation_unknown")
    assert len({answer.content for answer in answers}) == 1
    assert await role(olga) is None
    assert (await redeem(site, token)).status_code == 201


async def test_a_link_that_waits_for_consent_or_is_too_old_is_not_accepted_either(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await widen(mia)
    waiting = (await invite(jonas, "carl@customer.example"))["token"]
    old = (await invite(mia, "dora@customer.example"))["token"]
    assert problem(await accept(mia, waiting)) == (403, "consent_needed")
    await pass_time(site)
    assert problem(await accept(mia, old)) == (410, "invitation_expired")


async def test_who_comes_in_another_way_has_no_invitation_left(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    """By an import, say; and where the link was for an address, by that address's account."""
    office = site.organisation.administration
    await invite(mia, "olga")
    await invite(mia, "carl@example.org")
    carl = await office.add_person(None, email="carl@example.org", name="Carl")
    newcomers = [UUID(site.organisation.olga.id), UUID(carl.id)]
    await office.add_writers(site.organisation.mia, "qm", newcomers, "chat")
    assert await items(olga, MINE) == []
    assert await items(mia, INVITATIONS) == []


async def test_who_comes_in_with_a_team_has_nothing_to_ask_for_and_may_be_invited_to_more(
    site: Site, mia: httpx.AsyncClient
) -> None:
    office, owner = site.organisation.administration, site.organisation.mia
    await office.add_group(owner, name="crew", title="Crew", kind=GroupKind.TEAM)
    await office.add_person(None, email="carl@example.org", name="Carl")
    await office.put_member(owner, "crew", "olga", None, None)
    await office.put_member(owner, "crew", "carl", None, None)
    await mia.patch(f"{V1}/groups/qm", json={"visibility": "closed"})
    await office.ask(site.organisation.olga, "qm")
    await invite(mia, "carl", role="moderator")
    await office.put_member(owner, "qm", "team:crew", None, None)
    assert await items(mia, f"{V1}/groups/qm/join-requests") == []
    assert [one["whom"]["handle"] for one in await items(mia, INVITATIONS)] == ["carl"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"subject": "nobody"}, 422, "invalid"),
        ({"subject": "jonas"}, 409, "conflict"),
        ({"subject": "gus", "role": "member"}, 409, "conflict"),
        ({"subject": "new@customer.example", "role": "member"}, 422, "guest_limit"),
        ({"subject": "olga", "role": "guest", "clearance": "internal"}, 422, "guest_limit"),
        ({"subject": "olga", "expires": "2020-01-01T00:00:00Z"}, 422, "invalid"),
        ({"subject": "olga", "expires": "2030-01-01T00:00:00"}, 400, "malformed_body"),
        ({"subject": "team:nothing"}, 404, "not_found"),
        ({"subject": ""}, 400, "malformed_body"),
    ],
)
async def test_bad_invitations_are_refused(
    mia: httpx.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    assert problem(await mia.post(INVITATIONS, json=body)) == (status, code)
    assert await items(mia, INVITATIONS) == []


async def test_who_proposed_it_takes_it_back_and_others_see_only_their_own(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await widen(mia)
    by_mia, by_jonas = await invite(mia, "carl@customer.example"), await invite(jonas, "olga")
    assert [one["id"] for one in await items(jonas, INVITATIONS)] == [by_jonas["id"]]
    assert len(await items(mia, INVITATIONS)) == 2
    assert problem(await jonas.delete(f"{INVITATIONS}/{by_mia['id']}")) == (403, "forbidden")
    assert (await jonas.delete(f"{INVITATIONS}/{by_jonas['id']}")).status_code == 204
    assert problem(await mia.delete(f"{INVITATIONS}/{NO_ID}")) == (404, "not_found")


async def test_the_last_owner_is_not_deactivated_by_an_administrator_unaware_of_it(
    site: Site,
) -> None:
    organisation = site.organisation
    administration = organisation.administration
    await administration.add_group(organisation.jonas, name="own", title="Jonas' own")
    organisation.told.clear()
    with pytest.raises(LastOwner) as caught:
        await administration.deactivate(organisation.mia, "jonas@example.org")
    assert caught.value.details == {"groups": ["own"]}
    assert organisation.told == []
    jonas = await site.client(organisation.jonas)
    assert (await jonas.get(f"{V1}/me")).status_code == 200, "nothing half done"
    await administration.deactivate(None, "jonas@example.org")
    async with organisation.database.connection() as connection:
        detail = await connection.fetchval("SELECT detail FROM audit ORDER BY no DESC LIMIT 1")
    assert '"own"' in detail, "the operator's word is final, and noted"


async def _people(site: Site) -> int:
    async with site.organisation.database.connection() as connection:
        number: int = await connection.fetchval("SELECT count(*) FROM person")
    return number
