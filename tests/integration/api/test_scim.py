"""A directory provisions people and teams, as the standard has it and as real ones do it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server
from scim2_tester.utils import Status

from headrace.model.groups import GroupKind, Role
from headrace.model.people import Kind
from headrace.tasks import end_when_broken
from tests.integration.api.conftest import V1, Site

if TYPE_CHECKING:
    import httpx

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class Directory:
    """What provisions: a service account's client, speaking SCIM."""

    def __init__(self, site: Site, client: httpx.AsyncClient) -> None:
        self.site = site
        self.client = client

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.client.request(method, f"/scim/v2{path}", json=body, **options)

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def add(self, who: str, **fields: Any) -> dict[str, Any]:
        """A person; answers the resource."""
        body = {"schemas": [USER], "userName": f"{who}@example.org", "displayName": who.title()}
        made: dict[str, Any] = await self.done("POST", "/Users", body | fields)
        return made

    async def team(self, title: str, *members: str, **fields: Any) -> dict[str, Any]:
        """A team; answers the resource."""
        body = {"schemas": [GROUP], "displayName": title, "members": _members(*members)}
        made: dict[str, Any] = await self.done("POST", "/Groups", body | fields)
        return made

    async def patch(self, path: str, *operations: dict[str, Any]) -> httpx.Response:
        return await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})


def _members(*keys: str) -> list[dict[str, str]]:
    return [{"value": key} for key in keys]


def failure(answer: httpx.Response) -> tuple[int, str | None]:
    """Status and scimType of an answer that has to be the standard's error."""
    assert answer.headers["content-type"] == "application/scim+json", answer.text
    body = answer.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(answer.status_code)
    return answer.status_code, body.get("scimType")


@pytest.fixture
async def directory(site: Site) -> Directory:
    account = await site.organisation.administration.add_person(
        None, email="directory@example.org", name="Directory", kind=Kind.SERVICE, admin=True
    )
    return Directory(site, await site.client(account))


async def members_of(site: Site, name: str) -> set[tuple[str, str, str]]:
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT p.handle, m.role, m.source FROM membership m "
            "JOIN team_group g ON g.id = m.group_id JOIN person p ON p.id = m.person "
            "WHERE g.name = $1",
            name,
        )
    return {(row["handle"], row["role"], row["source"]) for row in rows}


async def readers_of(site: Site, name: str) -> set[str]:
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT p.handle FROM reading r JOIN stream s ON s.id = r.stream_id "
            "JOIN team_group g ON g.id = s.group_id JOIN person p ON p.id = r.person "
            "WHERE g.name = $1 AND r.until IS NULL",
            name,
        )
    return {row["handle"] for row in rows}


# Who may.


async def test_only_an_administrating_service_with_a_token_provisions(
    site: Site, directory: Directory, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    for path in ("/Users", "/Groups", "/ServiceProviderConfig", "/nowhere"):
        for client, status in ((site.visitor(), 401), (mia, 403), (jonas, 403)):
            answer = await client.get(f"/scim/v2{path}")
            assert failure(answer)[0] == status
            assert answer.headers["cache-control"] == "private, no-store"
    assert (
        "bearer" in (await site.visitor().get("/scim/v2/Users")).headers["www-authenticate"].lower()
    )


async def test_a_cookie_does_not_provision(site: Site) -> None:
    mia = site.organisation.mia
    await site.accounts.set_password(mia, "correct horse battery")
    browser = site.visitor(Origin="http://headrace.example")
    body = {"email": mia.email, "password": "correct horse battery"}
    assert (await browser.post(f"{V1}/session", json=body)).status_code == 201
    assert failure(await browser.get("/scim/v2/Users")) == (401, None)


# What it says of itself.


async def test_it_declares_what_it_can_and_what_it_keeps(directory: Directory) -> None:
    config = await directory.done("GET", "/ServiceProviderConfig")
    supported = {
        name: config[name]["supported"]
        for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    }
    assert supported == {
        "patch": True,
        "bulk": False,
        "filter": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    types = await directory.done("GET", "/ResourceTypes")
    assert {row["endpoint"] for row in types["Resources"]} == {"/Users", "/Groups"}
    schemas = await directory.done("GET", "/Schemas")
    assert {row["id"] for row in schemas["Resources"]} == {USER, GROUP}
    assert (await directory.ask("POST", "/Bulk", {})).status_code == 501


async def test_the_published_tester_finds_nothing_wrong(directory: Directory, site: Site) -> None:
    loop = asyncio.get_running_loop()

    class Bridge(httpx2.BaseTransport):
        """The tester is synchronous and waits in a thread of its own."""

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            transport = httpx2.ASGITransport(app=site.application)
            content = request.read()
            asked = httpx2.Request(
                request.method, request.url, headers=request.headers, content=content
            )

            async def ask() -> httpx2.Response:
                answer = await transport.handle_async_request(asked)
                await answer.aread()
                return answer

            answer = asyncio.run_coroutine_threadsafe(ask(), loop).result()
            return httpx2.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )

    def check() -> list[Any]:
        headers = {"Authorization": directory.client.headers["authorization"]}
        with httpx2.Client(
            transport=Bridge(), base_url="http://headrace.example/scim/v2", headers=headers
        ) as client:
            return list(check_server(SyncSCIMClient(client)))

    results = await asyncio.to_thread(check)
    bad = (Status.ERROR, Status.CRITICAL, Status.DEVIATION)
    found = [f"{r.title}: {r.reason}" for r in results if r.status in bad]
    # What is removed gets its default value again, which RFC 7643, section 2.5, allows.
    defaults = [
        f"check_remove_attribute: Attribute '{name}' was not removed"
        for name in ("displayName", "userType", "active")
    ]
    assert [line for line in found if line not in defaults] == []
    assert sum(r.status is Status.SUCCESS for r in results) > 50


# People.


async def test_a_person_is_added_changed_and_closed(site: Site, directory: Directory) -> None:
    names = {"givenName": "Nora", "familyName": "Neu"}
    made = await directory.add(
        "nora",
        externalId="e-1",
        name=names,
        emails=[
            {"value": "private@example.net", "type": "home"},
            {"value": "Nora.Neu@Example.org", "type": "work", "primary": True},
        ],
    )
    assert made["meta"]["location"] == f"http://headrace.example/scim/v2/Users/{made['id']}"
    assert made["emails"] == [{"value": "nora.neu@example.org", "type": "work", "primary": True}]
    assert made["active"] is True
    assert made["meta"]["lastModified"] >= made["meta"]["created"]
    assert made["userType"] == "Employee"
    path = f"/Users/{made['id']}"
    changed = await directory.done("PUT", path, made | {"displayName": "Nora Alt"})
    assert (changed["displayName"], changed["name"]) == ("Nora Alt", names)
    assert (await directory.ask("DELETE", path)).status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        body = made if method == "PUT" else None
        assert failure(await directory.ask(method, path, body)) == (404, None)
    async with site.organisation.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM person WHERE email LIKE 'nora%'")
    assert (row["name"], row["active"]) == ("Nora Alt", False), "what they published stays theirs"


async def test_names_are_cleaned_not_refused(directory: Directory) -> None:
    made = await directory.add("nora", displayName="Nora\t\u202eNeu ")
    assert made["displayName"] == "Nora Neu"
    given = {"givenName": "Olaf", "familyName": "\u200b"}
    made = await directory.add("olaf", displayName="\u200b", name=given)
    assert made["displayName"].startswith("Olaf")
    assert (await directory.team("Two\nlines"))["displayName"] == "Two lines"
    empty = {"schemas": [GROUP], "displayName": "\u2060"}
    assert failure(await directory.ask("POST", "/Groups", empty)) == (400, "invalidValue")


async def test_the_same_said_twice_is_done_once(site: Site, directory: Directory) -> None:
    made = await directory.add("nora")
    path = f"/Users/{made['id']}"
    for _ in range(2):
        again = await directory.done("PUT", path, made)
        assert again["meta"] == made["meta"]
        answer = await directory.patch(path, {"op": "replace", "path": "active", "value": True})
        assert answer.status_code in (200, 204)
    assert (await directory.done("GET", path))["meta"]["version"] == made["meta"]["version"]
    async with site.organisation.database.connection() as connection:
        count = await connection.fetchval("SELECT count(*) FROM audit WHERE subject LIKE 'nora%'")
    assert count == 1


async def test_whoever_is_switched_off_is_out_with_the_next_request(
    site: Site, directory: Directory, jonas: httpx.AsyncClient
) -> None:
    key = site.organisation.jonas.id
    told = len(site.organisation.told)
    off = {"op": "Replace", "path": "active", "value": "False"}
    assert (await directory.patch(f"/Users/{key}", off)).is_success, "as Microsoft Entra writes it"
    assert (await jonas.get(f"{V1}/me")).status_code == 401
    assert any(entry.ended for entry in site.organisation.told[told:]), "sockets hear of it"
    assert (await directory.done("GET", f"/Users/{key}"))["active"] is False
    assert "jonas" not in await readers_of(site, "qm")


async def test_whoever_comes_back_gets_what_the_directory_says_and_no_more(
    site: Site, directory: Directory
) -> None:
    jonas = site.organisation.jonas
    team = await directory.team("Werkstatt Süd", jonas.id)
    for active in (False, True):
        change = {"op": "replace", "value": {"active": active}}
        assert (await directory.patch(f"/Users/{jonas.id}", change)).is_success
    assert await readers_of(site, "werkstatt-sud") == {"jonas"}
    assert "jonas" not in await readers_of(site, "qm"), "that was given by hand"
    assert (await directory.done("GET", f"/Groups/{team['id']}"))["members"][0]["value"] == jonas.id


async def test_whoever_was_removed_can_be_added_again(directory: Directory) -> None:
    made = await directory.add("nora")
    await directory.done("DELETE", f"/Users/{made['id']}")
    again = await directory.add("nora", displayName="Nora II")
    assert again["id"] == made["id"]
    assert (again["active"], again["displayName"]) == (True, "Nora II")


async def test_a_user_name_need_not_be_an_address(directory: Directory) -> None:
    body = {"schemas": [USER], "userName": "nneu"}
    made = await directory.done("POST", "/Users", body)
    assert "emails" not in made, "nothing is made up"
    addressed = made | {"emails": [{"value": "nora@example.org"}]}
    made = await directory.done("PUT", f"/Users/{made['id']}", addressed)
    assert (made["userName"], made["emails"][0]["value"]) == ("nneu", "nora@example.org")
    again = body | {"userName": "NNeu", "emails": [{"value": "other@example.org"}]}
    assert failure(await directory.ask("POST", "/Users", again)) == (409, "uniqueness")


async def test_an_address_or_user_name_in_use_is_a_conflict(
    site: Site, directory: Directory
) -> None:
    for user_name in ("jonas@example.org", "Jonas@Example.org", "directory@example.org"):
        body = {"schemas": [USER], "userName": user_name}
        assert failure(await directory.ask("POST", "/Users", body)) == (409, "uniqueness")
    made = await directory.add("nora")
    moved = made | {"userName": "x", "emails": [{"value": "jonas@example.org"}]}
    answer = await directory.ask("PUT", f"/Users/{made['id']}", moved)
    assert failure(answer) == (409, "uniqueness")
    assert await directory.done("GET", f"/Users/{made['id']}") == made, "nothing half done"


async def test_a_service_is_none_of_its_business(site: Site, directory: Directory) -> None:
    services = await directory.done("GET", '/Users?filter=userName sw "directory"')
    assert services["totalResults"] == 0
    async with site.organisation.database.connection() as connection:
        key = await connection.fetchval("SELECT id FROM person WHERE kind = 'service'")
    assert failure(await directory.ask("DELETE", f"/Users/{key}")) == (404, None)
    body = {"schemas": [GROUP], "displayName": "T", "members": _members(str(key))}
    assert failure(await directory.ask("POST", "/Groups", body)) == (400, "invalidValue")


async def test_the_kind_follows_the_user_type(site: Site, directory: Directory) -> None:
    path = f"/Users/{site.organisation.jonas.id}"
    to_guest = {"op": "replace", "path": "userType", "value": "Guest"}
    assert (await directory.patch(path, to_guest)).is_success
    async with site.organisation.database.connection() as connection:
        levels = await connection.fetch(
            "SELECT s.level FROM reading r JOIN stream s ON s.id = r.stream_id "
            "WHERE r.person = $1 AND r.until IS NULL AND s.group_id IS NOT NULL",
            site.organisation.jonas.id,
        )
    assert {row["level"] for row in levels} == {0}, "a guest reads what is public"
    nonsense = {"op": "replace", "path": "userType", "value": "Astronaut"}
    assert failure(await directory.patch(path, nonsense)) == (400, "invalidValue")
    owner = f"/Users/{site.organisation.mia.id}"
    assert (await directory.patch(owner, to_guest)).status_code == 400, "an administrator"


# Finding.


async def test_people_are_found_and_listed_in_pages(directory: Directory) -> None:
    for number in range(5):
        await directory.add(f"extra{number}", externalId=f"x-{number}")
    for wanted, count in {
        'userName eq "EXTRA3@example.org"': 1,
        'externalId eq "x-3"': 1,
        'externalId eq "X-3"': 0,
        'emails.value eq "extra3@example.org"': 1,
        'emails[type eq "work" and value sw "extra"]': 5,
        'userName eq "extra3@example.org" or externalId eq "x-4"': 2,
        'userName sw "extra" and not (externalId eq "x-4")': 4,
        'userType eq "Guest"': 1,
        "active eq false": 0,
        f'meta.resourceType eq "User" and {USER}:userName sw "extra"': 5,
    }.items():
        found = await directory.ask("GET", "/Users", params={"filter": wanted})
        assert found.json()["totalResults"] == count, wanted
    pages = [
        (await directory.done("GET", f"/Users?startIndex={start}&count=4")) for start in (1, 5, 9)
    ]
    keys = [row["id"] for page in pages for row in page["Resources"]]
    assert len(set(keys)) == len(keys) == pages[0]["totalResults"] == 9
    by_name = await directory.done("GET", "/Users?sortBy=userName&sortOrder=descending&count=2")
    names = [row["userName"] for row in by_name["Resources"]]
    assert names == sorted(names, reverse=True)
    only = await directory.done("GET", "/Users?attributes=userName&count=1")
    assert set(only["Resources"][0]) == {"schemas", "id", "userName"}
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName sw "extra"',
    }
    assert (await directory.done("POST", "/Users/.search", body))["totalResults"] == 5


@pytest.mark.parametrize(
    "wanted", ["userName", 'userName like "x"', 'nonsense eq "x"', "(" * 500, 'userName eq "', ""]
)
async def test_a_filter_that_cannot_be_read_is_an_error(directory: Directory, wanted: str) -> None:
    answer = await directory.ask("GET", "/Users", params={"filter": wanted})
    assert failure(answer) == (400, "invalidFilter")


async def test_a_version_guards_against_what_changed_meanwhile(
    site: Site, directory: Directory
) -> None:
    made = await directory.add("nora")
    path, version = f"/Users/{made['id']}", made["meta"]["version"]
    same = await directory.ask("GET", path, headers={"If-None-Match": version})
    assert (same.status_code, same.headers["etag"]) == (304, version)
    await site.organisation.administration.change_person(None, "nora@example.org", name="New")
    for method in ("PUT", "DELETE"):
        body = made if method == "PUT" else None
        answer = await directory.ask(method, path, body, headers={"If-Match": version})
        assert failure(answer) == (412, None)
    current = await directory.done("GET", path)
    fresh = {"If-Match": current["meta"]["version"]}
    assert (await directory.ask("PUT", path, made, headers=fresh)).status_code == 200


# Teams.


async def test_a_team_has_those_whom_the_directory_puts_there(
    site: Site, directory: Directory
) -> None:
    jonas, olga = site.organisation.jonas, site.organisation.olga
    made = await directory.team("Prüfung & Qualität", jonas.id, externalId="g-1")
    path = f"/Groups/{made['id']}"
    assert await members_of(site, "prufung-qualitat") == {("jonas", "member", "scim")}
    await directory.patch(path, {"op": "add", "path": "members", "value": _members(olga.id)})
    assert await readers_of(site, "prufung-qualitat") == {"jonas", "olga"}
    gone = {"op": "remove", "path": f'members[value eq "{jonas.id}"]'}
    assert (await directory.patch(path, gone)).is_success
    assert await readers_of(site, "prufung-qualitat") == {"olga"}
    mine = await directory.done("GET", f"/Users/{olga.id}")
    assert [place["value"] for place in mine["groups"]] == [made["id"]]
    assert mine["groups"][0]["$ref"] == made["meta"]["location"]
    as_entra_does = {"op": "Remove", "path": "members", "value": _members(olga.id)}
    assert (await directory.patch(path, as_entra_does)).is_success
    assert await readers_of(site, "prufung-qualitat") == set()
    await directory.patch(path, {"op": "replace", "path": "displayName", "value": "Prüfung"})
    found = await directory.ask("GET", "/Groups", params={"filter": 'displayName eq "prüfung"'})
    assert [row["id"] for row in found.json()["Resources"]] == [made["id"]]
    assert (await directory.ask("DELETE", path)).status_code == 204
    assert failure(await directory.ask("GET", path)) == (404, None)


async def test_whom_the_directory_puts_into_a_team_has_nothing_pending_there(
    site: Site, directory: Directory, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    ann = await directory.add("ann")
    crew = await directory.team("Crew")
    group = f"{V1}/groups/crew"
    assert (await mia.post(f"{group}/invitations", json={"subject": "ann"})).status_code == 201
    assert (await olga.post(f"{group}/join-requests")).status_code == 201
    members = _members(ann["id"], site.organisation.olga.id)
    join = {"op": "add", "path": "members", "value": members}
    assert (await directory.patch(f"/Groups/{crew['id']}", join)).is_success
    for path in ("invitations", "join-requests"):
        assert (await mia.get(f"{group}/{path}")).json()["items"] == []


async def test_who_is_a_member_by_hand_stays_whatever_the_directory_says(
    site: Site, directory: Directory
) -> None:
    organisation = site.organisation
    made = await directory.team("Werk", organisation.jonas.id, organisation.olga.id)
    put = organisation.administration.put_member
    await put(organisation.mia, "werk", "mia", Role.OWNER, None)
    await put(organisation.mia, "werk", "olga", Role.MODERATOR, None)
    path = f"/Groups/{made['id']}"
    await directory.done("PUT", path, made)
    assert ("olga", "moderator", "scim") in await members_of(site, "werk")
    await directory.done("PUT", path, made | {"members": _members(organisation.mia.id)})
    assert await members_of(site, "werk") == {("mia", "owner", "api")}
    await directory.done("PUT", path, made | {"members": []})
    assert await members_of(site, "werk") == {("mia", "owner", "api")}
    await directory.done("DELETE", path)
    assert await members_of(site, "werk") == {("mia", "owner", "api")}


async def test_l14_a_directory_takes_nobody_out_of_what_it_did_not_fill(
    site: Site, directory: Directory
) -> None:
    organisation = site.organisation
    mia, administration = organisation.mia, organisation.administration
    await administration.add_group(mia, name="crew", title="Crew", kind=GroupKind.TEAM)
    await administration.put_member(mia, "crew", "jonas", Role.MEMBER, None)
    before = {name: await members_of(site, name) for name in ("qm", "crew")}
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT name, id FROM team_group")
    paths = {row["name"]: f"/Groups/{row['id']}" for row in rows}
    nobody = {"schemas": [GROUP], "displayName": "Taken over", "members": []}
    for method, body in (("GET", None), ("PUT", nobody), ("DELETE", None)):
        assert failure(await directory.ask(method, paths["qm"], body)) == (404, None)
    listed = (await directory.done("GET", "/Groups"))["Resources"]
    assert [team["displayName"] for team in listed] == ["Crew"]
    await directory.done("PUT", paths["crew"], nobody)
    await directory.done("DELETE", paths["crew"])
    assert before == {name: await members_of(site, name) for name in before}


async def test_teams_contain_teams_but_no_circles(site: Site, directory: Directory) -> None:
    inner = await directory.team("Inner", site.organisation.jonas.id)
    outer = await directory.team("Outer", inner["id"])
    assert outer["members"][0]["type"] == "Group"
    assert outer["members"][0]["$ref"] == inner["meta"]["location"]
    assert await readers_of(site, "outer") == {"jonas"}
    circle = {"op": "add", "path": "members", "value": _members(outer["id"])}
    path = f"/Groups/{inner['id']}"
    assert failure(await directory.patch(path, circle)) == (400, "invalidValue")
    itself = {"op": "add", "path": "members", "value": _members(inner["id"])}
    assert failure(await directory.patch(path, itself)) == (400, "invalidValue")
    assert await directory.done("GET", path) == inner
    await directory.done("PUT", f"/Groups/{outer['id']}", outer | {"members": []})
    assert await readers_of(site, "outer") == set()


async def test_a_team_keeps_its_last_owner(site: Site, directory: Directory) -> None:
    organisation = site.organisation
    made = await directory.team("Werk", organisation.jonas.id)
    await organisation.administration.put_member(
        organisation.mia, "werk", "jonas", Role.OWNER, None
    )
    path = f"/Groups/{made['id']}"
    gone = {"op": "remove", "path": "members"}
    assert failure(await directory.patch(path, gone)) == (409, None)
    assert failure(await directory.ask("DELETE", path)) == (409, None)
    assert await readers_of(site, "werk") == {"jonas"}
    assert (await directory.done("GET", path))["members"] == made["members"]


async def test_two_teams_of_one_title_are_two_groups(directory: Directory, site: Site) -> None:
    await directory.team("Werk")
    await directory.team("Werk", site.organisation.olga.id)
    assert await readers_of(site, "werk-2") == {"olga"}
    assert (await directory.team("東京"))["displayName"] == "東京"


async def test_what_is_done_is_in_the_audit_log_by_whom(site: Site, directory: Directory) -> None:
    made = await directory.add("nora")
    team = await directory.team("Werk", made["id"])
    await directory.done("DELETE", f"/Groups/{team['id']}")
    await directory.done("DELETE", f"/Users/{made['id']}")
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT action FROM audit WHERE actor = 'directory@example.org' ORDER BY no"
        )
    assert [row["action"] for row in rows] == [
        *("person.add", "group.add", "member.provision"),
        *("member.provision", "group.remove", "person.deactivate"),
    ]


# What is wrong.


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"schemas": [USER]}, "invalidValue"),
        ({"schemas": [USER], "userName": 7}, "invalidValue"),
        ({"schemas": [USER], "userName": ""}, "invalidValue"),
        ({"schemas": [USER], "userName": "   "}, "invalidValue"),
        ({"schemas": [USER], "userName": "x@example.org", "active": "perhaps"}, "invalidValue"),
        ({"schemas": [USER], "userName": "x@example.org", "emails": "x"}, "invalidValue"),
        ({"schemas": [USER], "userName": "x" * 300 + "@example.org"}, "invalidValue"),
        ({"schemas": [USER], "userName": "x@example.org", "emails": [{"value": "x"}]}, None),
        ({"schemas": [USER], "userName": "x@example.org", "nonsense": 1}, None),
        ({"schemas": [USER], "userName": "x\x00@example.org"}, "invalidValue"),
        ([], None),
        ("x", None),
    ],
)
async def test_a_person_that_is_none_is_refused_whole(
    site: Site, directory: Directory, body: Any, kind: str | None
) -> None:
    answer = await directory.ask("POST", "/Users", body)
    status, found = failure(answer)
    assert status == 400
    assert kind is None or found == kind
    async with site.organisation.database.connection() as connection:
        assert not await connection.fetchval("SELECT count(*) FROM provisioned_person")


DEEP = b"[" * 5_000


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", DEEP, b'{"schemas": ' + DEEP])
async def test_what_is_no_json_is_refused(directory: Directory, content: bytes) -> None:
    answer = await directory.client.post(
        "/scim/v2/Users", content=content, headers={"Content-Type": "application/scim+json"}
    )
    assert failure(answer) == (400, "invalidSyntax")


async def test_what_is_too_large_or_no_json_at_all_is_told_so(
    site: Site, directory: Directory
) -> None:
    long = b'{"userName": "' + b"x" * 1_100_000 + b'"}'
    answer = await directory.client.post("/scim/v2/Users", content=long)
    assert failure(answer) == (413, None)
    xml = {"Content-Type": "application/xml"}
    answer = await directory.client.post("/scim/v2/Users", content=b"<x/>", headers=xml)
    assert failure(answer)[0] == 415
    assert (await directory.ask("PUT", "/Users", {})).status_code == 405


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "destroy", "path": "active"},
        {"op": "replace", "path": "nonsense", "value": 1},
        {"op": "replace", "path": "active", "value": "perhaps"},
        {"op": "replace", "path": "emails[", "value": []},
        {"op": "replace", "path": "userName", "value": None},
        {"op": "replace", "path": "id", "value": "x"},
        {"op": "remove"},
        {"op": "remove", "path": "userName"},
        {"op": "add", "path": "emails", "value": [{"value": "not an address"}]},
        {"op": "replace", "value": {"nonsense": 1}},
        {"op": "replace", "value": "x"},
        {},
    ],
)
async def test_a_patch_that_is_none_changes_nothing_at_all(
    directory: Directory, operation: dict[str, Any]
) -> None:
    made = await directory.add("nora")
    path = f"/Users/{made['id']}"
    sound = {"op": "replace", "path": "displayName", "value": "Changed"}
    assert failure(await directory.patch(path, sound, operation))[0] == 400
    assert await directory.done("GET", path) == made


async def test_what_the_standard_knows_and_we_do_not_keep_is_taken_and_forgotten(
    site: Site, directory: Directory
) -> None:
    made = await directory.add(
        "nora",
        schemas=[USER, ENTERPRISE],
        title="Head of Something",
        password="a password that is not ours to keep",
        phoneNumbers=[{"value": "+49 89 1", "type": "work"}],
        **{ENTERPRISE: {"department": "D7"}},
    )
    path = f"/Users/{made['id']}"
    entra = [
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "n@example.org"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "D8"},
        {"op": "Replace", "path": 'phoneNumbers[type eq "work"].value', "value": "+49 89 2"},
        {"op": "Replace", "path": "title", "value": "Boss"},
    ]
    answer = await directory.patch(path, *entra)
    assert answer.is_success, answer.text
    kept = await directory.done("GET", path)
    assert kept["emails"][0]["value"] == "n@example.org"
    assert not {"title", "phoneNumbers", "password", ENTERPRISE} & set(kept)
    assert kept["schemas"] == [USER]


@pytest.mark.parametrize("key", ["x", "0", "-1", "9" * 30, "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("endpoint", ["Users", "Groups"])
async def test_what_is_not_there_is_not_found(
    directory: Directory, endpoint: str, key: str
) -> None:
    assert failure(await directory.ask("GET", f"/{endpoint}/{key}")) == (404, None)
    assert failure(await directory.ask("DELETE", f"/{endpoint}/{key}")) == (404, None)


async def test_two_who_add_the_same_person_at_once_add_one(directory: Directory) -> None:
    body = {"schemas": [USER], "userName": "nora@example.org"}
    answers = await asyncio.gather(*(directory.ask("POST", "/Users", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_defect_is_noted_here_and_tells_nothing_outside(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the secret group is called hush")

    monkeypatch.setattr(directory.site.organisation.administration, "in_bulk", broken)
    answer = await directory.ask("POST", "/Users", {})
    assert failure(answer) == (500, None)
    assert "hush" not in answer.text
    assert "hush" in caplog.text


@pytest.mark.parametrize(("error", "ends"), [(AssertionError, True), (RuntimeError, False)])
async def test_a_broken_belief_ends_the_process_and_another_defect_does_not(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, error: type[Exception], ends: bool
) -> None:
    async def broken(*_: object) -> None:
        raise error("water flows uphill")

    ended = asyncio.Event()
    end_when_broken(asyncio.get_running_loop(), ended.set)
    monkeypatch.setattr(directory.site.organisation.administration, "in_bulk", broken)
    assert failure(await directory.ask("POST", "/Users", {})) == (500, None)
    assert ended.is_set() is ends
