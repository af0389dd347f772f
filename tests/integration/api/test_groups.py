"""People, groups and members."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

QM: dict[str, Any] = {
    "name": "qm",
    "title": "Quality",
    "kind": "project",
    "visibility": "open",
}


async def test_an_administrator_adds_a_person_who_can_sign_in(
    site: Site, mia: httpx.AsyncClient
) -> None:
    new = {"email": "Ada@Example.org", "name": "Ada", "password": "a long password"}
    answer = await mia.post(f"{V1}/people", json=new)
    assert answer.status_code == 201
    told = answer.json()
    assert told == {
        "id": told["id"],
        "email": "ada@example.org",
        "handle": "ada",
        "name": "Ada",
        "kind": "employee",
    }
    _, person = await site.accounts.sign_in("ada@example.org", "a long password")
    assert person.id == told["id"]


async def test_adding_people_is_for_administrators(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    new = {"email": "ada@example.org", "name": "Ada"}
    assert problem(await jonas.post(f"{V1}/people", json=new)) == (403, "forbidden")
    assert (await mia.post(f"{V1}/people", json=new)).status_code == 201
    again = await mia.post(f"{V1}/people", json=new)
    assert problem(again) == (409, "conflict")
    assert again.json()["errors"] == {"field": "email"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"email": "no address"}, 422, "invalid"),
        ({"kind": "guest", "admin": True}, 422, "guest_limit"),
        ({"password": "short"}, 422, "weak_password"),
        ({"kind": "robot"}, 400, "malformed_body"),
        ({"name": ""}, 400, "malformed_body"),
        ({"name": "   "}, 422, "invalid"),
        ({"name": "\u200b"}, 422, "invalid"),
        ({"name": "Ada\u202enimda"}, 422, "invalid"),
        ({"name": "Ada\x1b[31m"}, 422, "invalid"),
    ],
)
async def test_a_person_who_cannot_be_is_refused(
    mia: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    new = {"email": "ada@example.org", "name": "Ada"} | change
    assert problem(await mia.post(f"{V1}/people", json=new)) == (status, code)


async def test_members_see_their_streams_and_what_is_unread(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    for number in range(3):
        await site.organisation.post(site.organisation.mia, f"news {number}")
    answer = (await jonas.get(f"{V1}/groups/qm")).json()
    streams = {stream.pop("level"): stream for stream in answer.pop("streams")}
    assert answer == QM | {"role": "member"}
    assert set(streams) == {"public", "internal"}
    assert streams["internal"]["unread"] == 3
    assert streams["internal"]["head"] - streams["internal"]["read"] == 3


async def test_reading_a_stream_leaves_nothing_unread(site: Site, jonas: httpx.AsyncClient) -> None:
    published = await site.organisation.post(site.organisation.mia, "news")
    path = f"{V1}/streams/{published.stream}/read"
    assert (await jonas.put(path, json={"seq": published.seq})).status_code == 204
    groups = (await jonas.get(f"{V1}/groups")).json()["items"]
    assert [stream["unread"] for stream in groups[0]["streams"]] == [0, 0]


async def test_employees_find_open_groups_and_guests_only_their_own(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    await mia.post(f"{V1}/groups", json={"name": "lunch", "title": "Lunch"})
    found = (await olga.get(f"{V1}/groups")).json()
    assert [group["name"] for group in found["items"]] == ["lunch", "qm"]
    assert all("role" not in group and "streams" not in group for group in found["items"])
    own = (await gus.get(f"{V1}/groups")).json()
    assert [(group["name"], group["role"]) for group in own["items"]] == [("qm", "guest")]


async def test_whoever_creates_a_group_owns_it(olga: httpx.AsyncClient) -> None:
    new = {"name": "audit", "title": "Audit", "kind": "team", "visibility": "secret"}
    answer = await olga.post(f"{V1}/groups", json=new)
    assert answer.status_code == 201
    told = answer.json()
    assert {name: told[name] for name in new} == new | {"name": told["name"]}
    assert re.fullmatch("audit-[a-z2-7]{8}", told["name"])
    assert (await olga.get(f"{V1}/groups/{told['name']}")).json() == told
    assert told["role"] == "owner"
    assert [stream["level"] for stream in told["streams"]] == [
        "public",
        "internal",
        "confidential",
    ]


async def test_whether_a_name_is_free_does_not_tell_of_secret_groups(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    """The answer is the same as if they were not there, to the byte, and so is the group."""
    hush = {"name": "hush", "title": "Hush"}
    hidden = [
        (await mia.post(f"{V1}/groups", json=hush | {"visibility": "secret"})).json()["name"]
        for _ in range(2)
    ]
    made = await olga.post(f"{V1}/groups", json=hush)
    assert made.status_code == 201
    assert made.json()["name"] == "hush"
    assert len({*hidden, "hush"}) == 3
    assert problem(await olga.post(f"{V1}/groups", json=hush)) == (409, "conflict")
    for name in hidden:
        assert problem(await olga.get(f"{V1}/groups/{name}")) == (404, "not_found")


async def test_the_longest_name_fits_for_a_secret_group_too(olga: httpx.AsyncClient) -> None:
    new = {"name": "a" * 64, "title": "Long", "visibility": "secret"}
    made = await olga.post(f"{V1}/groups", json=new)
    assert made.status_code == 201
    assert len(made.json()["name"]) == 64
    bad = await olga.post(f"{V1}/groups", json=new | {"name": "a" * 60 + "/"})
    assert problem(bad) == (422, "invalid")


async def test_a_group_needs_a_name_that_is_free_and_well_formed(
    olga: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    async def create(client: httpx.AsyncClient, name: str) -> tuple[int, str]:
        return problem(await client.post(f"{V1}/groups", json={"name": name, "title": "T"}))

    assert await create(olga, "qm") == (409, "conflict")
    assert await create(olga, "Not A Name") == (422, "invalid")
    assert await create(gus, "guests") == (403, "forbidden")


async def test_an_owner_changes_a_group_and_others_do_not(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    answer = await mia.patch(f"{V1}/groups/qm", json={"title": "Quality and more"})
    assert answer.json()["title"] == "Quality and more"
    assert answer.json()["visibility"] == "open"
    answer = await mia.patch(f"{V1}/groups/qm", json={"title": " Quality "})
    assert answer.json()["title"] == "Quality"
    refused = await jonas.patch(f"{V1}/groups/qm", json={"title": "Mine"})
    assert problem(refused) == (403, "forbidden")


async def test_everybody_in_a_group_is_told_of_each_change_of_it_once(
    mia: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    changes = [
        {"title": "Quality and more"},
        {"visibility": "closed"},
        {"history": "since_join"},
        {"membersInvite": True},
    ]
    for change in [{}, *changes, *changes]:
        await mia.patch(f"{V1}/groups/qm", json=change)
    told = (await gus.get(f"{V1}/groups/qm/activities?filter=type:Update")).json()["items"]
    assert len(told) == len(changes), "what is as it was is not told again"
    for one in told:
        assert (one["actor"]["handle"], one["target"], one["level"]) == ("mia", "qm", "public")
        assert one["object"] == {
            "id": "qm",
            "type": "Group",
            "name": "Quality and more",
            "handle": "qm",
        }
    shown = (await gus.get(f"{V1}/groups/qm/activities")).json()["items"]
    assert "Update" not in {one["type"] for one in shown}, "it is no news to read"


@pytest.mark.parametrize("title", ["   ", "\u2060", "two\nlines", "a\u2067b"])
async def test_a_title_is_a_line_with_something_to_see(mia: httpx.AsyncClient, title: str) -> None:
    new = {"name": "blank", "title": title, "kind": "team"}
    for answer in (
        await mia.post(f"{V1}/groups", json=new),
        await mia.patch(f"{V1}/groups/qm", json={"title": title}),
        await mia.patch(f"{V1}/groups/nowhere", json={"title": title}),
    ):
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"] == {"field": "title"}
    assert (await mia.get(f"{V1}/groups/blank")).status_code == 404


async def test_an_administrator_manages_a_secret_group_without_reading_it(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    new = {"name": "hush", "title": "Hush", "visibility": "secret"}
    name = (await olga.post(f"{V1}/groups", json=new)).json()["name"]
    answer = await mia.patch(f"{V1}/groups/{name}", json={"title": "Hush hush"})
    assert answer.json() == {
        "name": name,
        "title": "Hush hush",
        "kind": "project",
        "visibility": "secret",
    }
    assert len((await mia.get(f"{V1}/groups/{name}/members")).json()["items"]) == 1
    assert problem(await mia.get(f"{V1}/groups/{name}/activities")) == (404, "not_found")


async def test_the_member_list_has_people_and_teams_and_no_address(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await mia.post(f"{V1}/groups", json={"name": "core", "title": "Core team", "kind": "team"})
    body = {"role": "member", "clearance": "confidential"}
    put = await mia.put(f"{V1}/groups/qm/members/team:core", json=body)
    assert put.status_code == 204
    answer = await jonas.get(f"{V1}/groups/qm/members")
    assert "@" not in answer.text
    people = [
        {"type": "person", "name": "Gus", "role": "guest", "handle": "gus", "kind": "guest"},
        {
            "type": "person",
            "name": "Jonas Weber",
            "role": "member",
            "handle": "jonas",
            "kind": "employee",
        },
        {
            "type": "person",
            "name": "Mia Keller",
            "role": "owner",
            "handle": "mia",
            "kind": "employee",
        },
    ]
    team = {"type": "team", "name": "Core team", "role": "member", "team": "core"}
    assert answer.json() == {"items": [*people, team]}
    cleared = (await mia.get(f"{V1}/groups/qm/members")).json()["items"]
    assert cleared == [*people, team | {"clearance": "confidential"}]


@pytest.mark.parametrize("subject", ["olga", "olga@example.org", "olga%40example.org", "@olga"])
async def test_members_are_named_by_handle_or_address(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, subject: str
) -> None:
    path = f"{V1}/groups/qm/members/{subject}"
    assert (await mia.put(path, json={})).status_code == 204
    assert (await olga.get(f"{V1}/groups/qm")).json()["role"] == "member"
    assert (await mia.delete(path)).status_code == 204
    assert "role" not in (await olga.get(f"{V1}/groups/qm")).json()


async def test_people_join_and_leave_open_groups_themselves(olga: httpx.AsyncClient) -> None:
    path = f"{V1}/groups/qm/members/olga"
    assert (await olga.put(path, json={"role": "member"})).status_code == 204
    assert (await olga.delete(path)).status_code == 204
    assert problem(await olga.put(path, json={"role": "owner"})) == (403, "forbidden")


async def test_the_last_owner_stays(mia: httpx.AsyncClient) -> None:
    answer = await mia.delete(f"{V1}/groups/qm/members/mia")
    assert problem(answer) == (409, "last_owner")


async def test_members_are_shown_to_those_who_read_the_group(
    gus: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    assert (await gus.get(f"{V1}/groups/qm/members")).status_code == 200
    assert problem(await olga.get(f"{V1}/groups/qm/members")) == (403, "forbidden")
