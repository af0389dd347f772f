"""Who will see something, and why somebody sees it or does not: told to those who may know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

QM = f"{V1}/groups/qm"
NO_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


async def preview(client: httpx.AsyncClient, content: str = "hello", **fields: Any) -> Any:
    answer = await client.post(f"{QM}/activities:preview", json={"content": content} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, content: str = "hello", **fields: Any) -> str:
    answer = await client.post(f"{QM}/activities", json={"content": content} | fields)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def explained(client: httpx.AsyncClient, activity: str, **query: str) -> Any:
    answer = await client.get(f"{V1}/activities/{activity}/explain", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def team(mia: httpx.AsyncClient, name: str, *people: str, **fields: str) -> None:
    """A team of these people that sits in group qm as a whole."""
    group = {"name": name, "title": name.title(), "kind": "team"}
    assert (await mia.post(f"{V1}/groups", json=group)).status_code == 201
    assert (await mia.patch(f"{V1}/groups/{name}", json=fields)).status_code == 200
    for person in people:
        await mia.put(f"{V1}/groups/{name}/members/{person}", json={})
    await mia.put(f"{QM}/members/team:{name}", json={})


# Before publishing.


async def test_a_preview_counts_readers_by_role_and_names_the_externals(
    jonas: httpx.AsyncClient,
) -> None:
    assert await preview(jonas, level="public") == {
        "level": "public",
        "audience": [
            {
                "group": "qm",
                "level": "public",
                "readers": {"owner": 1, "member": 1, "guest": 1},
                "externals": [{"name": "Gus", "handle": "gus"}],
            }
        ],
    }
    internal = await preview(jonas)
    assert internal["audience"][0]["readers"] == {"owner": 1, "member": 1}
    assert "externals" not in internal["audience"][0]


async def test_l23_a_preview_says_who_is_told_and_which_mentions_reach_nobody(
    mia: httpx.AsyncClient,
) -> None:
    """Of whom is not in the group, and of whom there is not, alike."""
    told = await preview(mia, "@jonas @olga @gus @nobody @mia")
    assert told["inbox"] == ["jonas"]
    assert told["unreached"] == ["olga", "gus", "nobody"]


async def test_a_preview_of_an_answer_tells_its_author(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    asked = await post(jonas, "who?")
    assert (await preview(mia, "me", inReplyTo=asked))["inbox"] == ["jonas"]
    assert "inbox" not in await preview(jonas, "me", inReplyTo=asked)


async def test_a_preview_of_a_like_that_is_there_already_is_one_that_nobody_sees(
    jonas: httpx.AsyncClient,
) -> None:
    liked = await post(jonas)
    like = {"type": "Like", "object": liked}
    before = await preview(jonas, **like)
    assert before["audience"]
    assert (await jonas.post(f"{QM}/activities", json=like)).status_code == 201
    assert await preview(jonas, **like) == {"level": "internal", "audience": []}


async def test_a_preview_says_what_rules_will_make_of_it(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    rules = [{"name": "pay", "level": "confidential", "words": ["salary"]}]
    await mia.put(f"{QM}/classification", json={"rules": rules})
    told = await preview(mia, "the salary")
    assert (told["level"], told["raised"]) == ("confidential", [{"rule": "pay", "group": "qm"}])
    assert told["audience"][0]["readers"] == {"owner": 1}
    refused = await jonas.post(f"{QM}/activities:preview", json={"content": "the salary"})
    assert problem(refused) == (403, "above_clearance")


async def test_a_preview_changes_nothing_and_refuses_what_publishing_refuses(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    paths = (f"{QM}/activities", f"{V1}/inbox", QM)
    before = [(await jonas.get(path)).content for path in paths]
    await preview(mia, "hello @jonas")
    assert [(await jonas.get(path)).content for path in paths] == before
    assert site.organisation.told == []
    for body, who in (
        ({"content": "x", "level": "confidential"}, jonas),
        ({"content": " "}, jonas),
        ({"content": "x", "inReplyTo": NO_ID}, jonas),
        ({"content": "x", "also": ["nowhere"]}, jonas),
        ({"content": "x"}, olga),
    ):
        refused = await who.post(f"{QM}/activities:preview", json=body)
        published = await who.post(f"{QM}/activities", json=body)
        assert problem(refused) == problem(published)
        assert refused.content == published.content


async def test_who_comes_through_a_secret_team_is_neither_counted_nor_named(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    """For those who do not know of the team: what they are told is the same without it."""
    before = await preview(jonas, level="public")
    await team(mia, "crew", "olga", visibility="secret")
    assert await preview(jonas, level="public") == before
    assert (await preview(mia, level="public"))["audience"][0]["readers"]["member"] == 2
    audience = (await jonas.get(f"{QM}/audience")).json()["items"]
    assert audience[0] == before["audience"][0]


async def test_a_group_says_who_reads_its_levels_as_far_as_one_reads_them(
    mia: httpx.AsyncClient,
    jonas: httpx.AsyncClient,
    gus: httpx.AsyncClient,
    olga: httpx.AsyncClient,
) -> None:
    seen = {}
    for name, client in (("mia", mia), ("jonas", jonas), ("gus", gus)):
        items = (await client.get(f"{QM}/audience")).json()["items"]
        seen[name] = [one["level"] for one in items]
    assert seen == {
        "mia": ["public", "internal", "confidential"],
        "jonas": ["public", "internal"],
        "gus": ["public"],
    }
    assert problem(await olga.get(f"{QM}/audience")) == (403, "forbidden")
    missing = await gus.get(f"{V1}/groups/nowhere/audience")
    assert problem(missing) == (404, "not_found")


async def test_two_groups_have_an_audience_each(mia: httpx.AsyncClient) -> None:
    await mia.post(f"{V1}/groups", json={"name": "lab", "title": "Lab"})
    told = await preview(mia, also=["lab"])
    assert [one["group"] for one in told["audience"]] == ["qm", "lab"]
    assert told["audience"][1]["readers"] == {"owner": 1}


# Afterwards.


async def test_everybody_may_ask_why_they_see_something(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    activity = await post(mia, "hello @jonas #audit")
    told = await explained(jonas, activity, filter="tag:audit")
    (place,) = told.pop("places")
    assert told.pop("at")
    assert told == {
        "activity": activity,
        "person": {"name": "Jonas Weber", "handle": "jonas"},
        "sees": True,
        "passes": True,
    }
    assert place == {
        "group": "qm",
        "level": "internal",
        "sees": True,
        "reason": "reads",
        "seq": place["seq"],
        "head": place["seq"],
        "role": "member",
        "clearance": "internal",
        "ways": [{"teams": [], "role": "member"}],
        "live": True,
        "inbox": True,
    }
    assert (await explained(jonas, activity, filter="tag:lunch"))["passes"] is False
    receipt = (await jonas.get(f"{V1}/groups/qm")).json()["streams"][1]
    await jonas.put(f"{V1}/streams/{receipt['stream']}/read", json={"seq": place["seq"]})
    assert (await explained(jonas, activity))["places"][0]["read"] is True


@pytest.mark.parametrize(
    ("who", "level", "reason", "clearance"),
    [
        ("jonas@example.org", "confidential", "level", "internal"),
        ("gus", "internal", "level", "public"),
        ("olga", "public", "not_a_member", None),
    ],
)
async def test_an_owner_is_told_why_somebody_does_not_see_a_post(
    mia: httpx.AsyncClient, who: str, level: str, reason: str, clearance: str | None
) -> None:
    activity = await post(mia, level=level)
    told = await explained(mia, activity, person=who)
    (place,) = told["places"]
    assert (told["sees"], place["sees"], place["reason"]) == (False, False, reason)
    assert place.get("clearance") == clearance
    assert "live" not in place


async def test_the_way_in_is_told_team_by_team_to_those_who_know_of_them(
    site: Site, mia: httpx.AsyncClient
) -> None:
    await team(mia, "core")
    group = {"name": "inner", "title": "Inner", "kind": "team", "parent": "core"}
    await mia.post(f"{V1}/groups", json=group)
    await mia.put(f"{V1}/groups/inner/members/olga", json={})
    await team(mia, "crew", "olga", visibility="secret")
    activity = await post(mia)
    ways = (await explained(mia, activity, person="olga"))["places"][0]["ways"]
    assert [way["teams"] for way in ways] == [["crew"], ["core", "inner"]]
    await mia.put(f"{QM}/members/jonas", json={"role": "moderator"})
    jonas = await site.client(site.organisation.jonas)
    told = (await explained(jonas, activity, person="olga"))["places"][0]
    assert [way["teams"] for way in told["ways"]] == [["core", "inner"]]
    assert told["sees"] is True


async def test_a_newcomer_is_told_apart(mia: httpx.AsyncClient) -> None:
    await mia.patch(QM, json={"history": "since_join"})
    activity = await post(mia)
    await mia.put(f"{QM}/members/olga", json={})
    (place,) = (await explained(mia, activity, person="olga"))["places"]
    assert (place["sees"], place["reason"]) == (False, "newcomer")


async def test_about_others_only_those_may_ask_who_manage_it(
    mia: httpx.AsyncClient,
    jonas: httpx.AsyncClient,
    gus: httpx.AsyncClient,
    olga: httpx.AsyncClient,
) -> None:
    """Everybody else, and about what is not there: the same bytes."""
    activity, hidden = await post(mia), await post(mia, level="confidential")
    missing = await olga.get(f"{V1}/activities/{NO_ID}/explain")
    assert problem(missing) == (404, "not_found")
    for client, asked, person in (
        (jonas, activity, "gus"),
        (jonas, activity, "nobody"),
        (jonas, hidden, ""),
        (jonas, hidden, "mia"),
        (gus, activity, ""),
        (olga, activity, "olga"),
        (mia, activity, "nobody"),
        (mia, NO_ID, "jonas"),
    ):
        answer = await client.get(
            f"{V1}/activities/{asked}/explain", params={"person": person} if person else {}
        )
        assert answer.content == missing.content
        assert answer.headers == missing.headers


async def test_l25_a_moderator_learns_no_clearance_above_the_level_that_it_is_about(
    site: Site, mia: httpx.AsyncClient
) -> None:
    await mia.put(f"{QM}/members/olga", json={"clearance": "confidential"})
    await mia.put(f"{QM}/members/jonas", json={"role": "moderator", "clearance": "internal"})
    activity = await post(mia)
    jonas = await site.client(site.organisation.jonas)
    told = await explained(jonas, activity, person="olga")
    assert "confidential" not in str(told)


async def test_what_changed_its_level_is_explained_under_its_old_name_too(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    activity = await post(mia)
    raised = await mia.patch(f"{V1}/activities/{activity}", json={"level": "confidential"})
    told = await explained(mia, activity)
    assert told["activity"] == raised.json()["id"]
    assert told["places"][0]["level"] == "confidential"
    about_jonas = await explained(mia, activity, person="jonas")
    assert about_jonas["places"][0]["reason"] == "level"
    old = await explained(jonas, activity)
    assert (old["activity"], old["deleted"], old["sees"]) == (activity, True, False)
