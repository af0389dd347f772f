"""What administrators do over HTTP, by the same functions as the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headrace.model.groups import Role
from headrace.model.levels import Level
from headrace.model.people import Kind
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

READS = (f"{V1}/people", f"{V1}/people/olga", f"{V1}/people/nobody", f"{V1}/audit")


async def test_all_of_it_is_for_administrators(
    site: Site, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    for path in READS:
        assert problem(await site.visitor().get(path)) == (401, "unauthenticated")
        for client in (jonas, gus):
            assert problem(await client.get(path)) == (403, "forbidden"), "whoever is asked about"
    for who in ("olga", "nobody"):
        answer = await jonas.patch(f"{V1}/people/{who}", json={"name": "X"})
        assert problem(answer) == (403, "forbidden")


async def people(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(f"{V1}/people", params=query)
    assert answer.status_code == 200, answer.text
    return [row["handle"] for row in answer.json()["items"]]


async def test_people_are_found_and_listed_in_pages(site: Site, mia: httpx.AsyncClient) -> None:
    await site.organisation.administration.deactivate(None, "olga@example.org")
    assert await people(mia) == ["gus", "jonas", "mia", "olga"]
    assert await people(mia, q="KELLER") == ["mia"]
    assert await people(mia, q="customer.example") == ["gus"]
    assert await people(mia, q="%") == []
    assert await people(mia, kind="guest") == ["gus"]
    assert await people(mia, active="false") == ["olga"]
    assert await people(mia, active="true", kind="employee") == ["jonas", "mia"]
    path, seen = f"{V1}/people?limit=2", []
    while path:
        page = (await mia.get(path)).json()
        seen += [row["handle"] for row in page["items"]]
        path = page.get("next", "")
    assert seen == ["gus", "jonas", "mia", "olga"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "kind=robot", "active=perhaps", "nonsense=1", "q=%00"]
)
async def test_a_list_that_cannot_be_is_refused(mia: httpx.AsyncClient, query: str) -> None:
    assert problem(await mia.get(f"{V1}/people?{query}")) == (422, "invalid")


async def test_a_person_is_shown_and_changed(site: Site, mia: httpx.AsyncClient) -> None:
    path = f"{V1}/people/olga"
    before = (await mia.get(path)).json()
    changes = {"name": " Olga P. ", "email": "Olga.P@Example.org", "admin": True}
    after = await mia.patch(path, json=changes)
    changed = {"name": "Olga P.", "email": "olga.p@example.org", "admin": True}
    assert after.json() == before | changed
    assert (await mia.get(f"{V1}/people/olga.p@example.org")).json() == before | changed
    assert (await mia.patch(path, json={})).json() == before | changed, "nothing is no change"
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM audit WHERE action = 'person.change'")
    assert [(row["actor"], row["subject"]) for row in rows] == [
        ("mia@example.org", "olga@example.org")
    ]


async def test_closing_an_account_ends_what_it_could_do_and_opening_gives_nothing_back(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    path = f"{V1}/people/jonas"
    told = len(site.organisation.told)
    assert (await mia.patch(path, json={"active": False})).json()["active"] is False
    assert problem(await jonas.get(f"{V1}/me")) == (401, "unauthenticated")
    assert len(site.organisation.told) > told, "his sockets hear of it"
    members = (await mia.get(f"{V1}/groups/qm/members")).json()["items"]
    assert "jonas" not in [row.get("handle") for row in members]
    assert (await mia.patch(path, json={"active": True})).json()["active"] is True
    assert problem(await jonas.get(f"{V1}/me")) == (401, "unauthenticated")
    again = await site.client(site.organisation.jonas)
    assert (await again.get(f"{V1}/me")).json()["handle"] == "jonas"
    assert (await again.get(f"{V1}/home")).json()["items"] == []
    members = (await mia.get(f"{V1}/groups/qm/members")).json()["items"]
    assert "jonas" not in [row.get("handle") for row in members], "memberships are given anew"
    assert (await mia.put(f"{V1}/groups/qm/members/jonas", json={})).status_code == 204
    found = (await mia.get(f"{V1}/audit?subject=jonas@example.org")).json()["items"]
    actions = [row["action"] for row in found if row["action"].startswith("person.")]
    assert actions == ["person.reactivate", "person.deactivate", "person.add"]


async def test_closing_twice_is_closing_once(site: Site, mia: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await mia.patch(f"{V1}/people/olga", json={"active": False})
        assert answer.json()["active"] is False
    async with site.organisation.database.connection() as connection:
        count = await connection.fetchval(
            "SELECT count(*) FROM audit WHERE action = 'person.deactivate'"
        )
    assert count == 1


async def test_a_member_who_becomes_a_guest_reads_what_is_public(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await site.organisation.post(site.organisation.mia, "for the staff")
    await site.organisation.post(site.organisation.mia, "for all", level=Level.PUBLIC)
    assert (await mia.patch(f"{V1}/people/jonas", json={"kind": "guest"})).status_code == 200
    posts = (await jonas.get(f"{V1}/groups/qm/activities")).json()["items"]
    contents = [post.get("content") for post in posts if post["type"] == "Create"]
    assert contents == ["for all"]
    assert (await mia.patch(f"{V1}/people/jonas", json={"kind": "employee"})).status_code == 200
    await site.organisation.post(site.organisation.mia, "for the staff again")
    posts = (await jonas.get(f"{V1}/groups/qm/activities")).json()["items"]
    assert "for the staff again" in [post.get("content") for post in posts]


@pytest.mark.parametrize(
    ("who", "change", "status", "code"),
    [
        ("nobody", {"name": "X"}, 404, "not_found"),
        ("olga", {"email": "jonas@example.org"}, 409, "conflict"),
        ("olga", {"email": "not an address"}, 422, "invalid"),
        ("olga", {"name": ""}, 400, "malformed_body"),
        ("olga", {"kind": "robot"}, 400, "malformed_body"),
        ("olga", {"kind": "service"}, 422, "invalid"),
        ("olga", {"password": "x"}, 400, "malformed_body"),
        ("gus", {"admin": True}, 422, "guest_limit"),
        ("mia", {"kind": "guest"}, 422, "guest_limit"),
        ("mia", {"admin": False}, 409, "last_admin"),
        ("mia", {"active": False}, 409, "last_admin"),
        ("mia", {"kind": "guest", "admin": False}, 409, "last_admin"),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing_at_all(
    mia: httpx.AsyncClient, who: str, change: dict[str, Any], status: int, code: str
) -> None:
    before = (await mia.get(f"{V1}/people")).json()
    body = {"name": "Changed"} | change
    assert problem(await mia.patch(f"{V1}/people/{who}", json=body)) == (status, code)
    assert (await mia.get(f"{V1}/people")).json() == before


async def test_whoever_alone_owns_a_group_does_not_become_a_guest(
    site: Site, mia: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await organisation.administration.put_member(organisation.mia, "qm", "olga", Role.OWNER, None)
    await organisation.administration.drop_member(organisation.mia, "qm", "mia")
    answer = await mia.patch(f"{V1}/people/olga", json={"kind": "guest"})
    assert problem(answer) == (409, "last_owner")
    assert (await mia.get(f"{V1}/people/olga")).json()["kind"] == Kind.EMPLOYEE
