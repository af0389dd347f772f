"""Sharing one thread with somebody outside its group: they read it, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from headrace.model.levels import Level
from tests.integration.api.conftest import V1, Site, items, problem, told
from tests.integration.api.sharing.conftest import (
    CANARY,
    QM,
    contents,
    like,
    post,
    share,
    shared,
    sharing,
    unread,
)

if TYPE_CHECKING:
    import httpx
    import pytest


# What is read.


async def test_who_is_outside_reads_the_thread_as_it_was_and_as_it_goes_on(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    found = await share(mia, thread, "olga")
    assert found["olga"] == {
        "person": found["olga"]["person"],
        "kind": "employee",
        "replies": True,
        "inviter": found["olga"]["inviter"],
    }
    mine = await shared(olga)
    assert mine["title"] == "the first line"
    assert mine["thread"] == {"firstPost": thread, "replies": True}
    assert await contents(olga, mine["name"]) == ["the first line\nand another", "an answer"]
    later = await post(jonas, "and later", inReplyTo=thread)
    assert (await contents(olga, mine["name"]))[2:] == ["and later"]
    first = (await olga.get(f"{V1}/activities/{thread}")).json()
    assert (first["target"], first["likes"], first["replies"]) == (mine["name"], 1, 2)
    for path in ("home", "search?q=later"):
        assert later["id"] in [one["id"] for one in await items(olga, f"{V1}/{path}")]
    assert await unread(olga) == {"public": 0, "internal": 1}


async def test_every_number_of_the_threads_streams_is_there_and_none_of_the_groups(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    await post(jonas, f"{CANARY} elsewhere")
    await post(jonas, "later", inReplyTo=thread)
    for stream in (await shared(olga))["streams"]:
        entries = (await olga.get(f"{V1}/streams/{stream['stream']}/entries")).json()
        numbers = [one["seq"] for one in entries["items"]]
        assert numbers == list(range(1, entries["head"] + 1))
        assert CANARY not in str(entries)
    told = (await olga.get(f"{V1}/streams/{stream['stream']}/entries")).json()["items"]
    types = [one["activity"]["type"] for one in told]
    assert types == ["Create", "Create", "Like", "Add", "Create"]


async def test_edits_likes_and_deletions_reach_it(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    await mia.patch(f"{V1}/activities/{thread}", json={"content": "said anew"})
    assert (await shared(olga))["title"] == "said anew", "it is called as it is now"
    second = await post(jonas, "to be deleted", inReplyTo=thread)
    await like(mia, second["id"])
    assert (await olga.get(f"{V1}/activities/{second['id']}")).json()["likes"] == 1
    await jonas.delete(f"{V1}/activities/{second['id']}")
    assert await contents(olga, name) == ["said anew", "an answer"]
    await mia.delete(f"{V1}/activities/{thread}")
    assert (await shared(olga))["title"] == ""


async def test_who_is_outside_answers_and_the_group_reads_it_as_its_own(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    answer = await post(olga, "from outside", name, inReplyTo=thread)
    assert (await contents(mia, "qm"))[-1] == "from outside"
    seen = (await mia.get(f"{V1}/activities/{answer['id']}")).json()
    assert (seen["target"], seen["actor"]["handle"], seen["thread"]) == ("qm", "olga", thread)
    assert told(site, site.organisation.mia)[-1] == "Create", "it answers her"
    await post(mia, "for you", inReplyTo=answer["id"])
    mine = await items(olga, f"{V1}/inbox")
    assert (mine[0]["content"], mine[0]["target"]) == ("for you", name)
    assert await unread(olga) == {"public": 0, "internal": 1}
    await olga.patch(f"{V1}/activities/{answer['id']}", json={"content": "better said"})
    assert "better said" in await contents(mia, "qm")
    await olga.delete(f"{V1}/activities/{answer['id']}")
    assert "better said" not in await contents(mia, "qm")


async def test_an_answer_is_repeated_without_a_word_of_the_group(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    mine = await shared(olga)
    path = f"{V1}/groups/{mine['name']}/activities"
    body = {"content": "once", "inReplyTo": thread}
    answers = [await olga.post(path, json=body, headers={"Idempotency-Key": "1"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    streams = [stream["stream"] for stream in mine["streams"]]
    assert answers[0].json()["stream"] in streams


async def test_who_may_read_it_only_does_not_answer(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga", replies=False)
    mine = await shared(olga)
    assert mine["thread"]["replies"] is False
    path = f"{V1}/groups/{mine['name']}/activities"
    for body in ({"content": "x", "inReplyTo": thread}, {"type": "Like", "object": thread}):
        assert problem(await olga.post(path, json=body)) == (403, "forbidden")
    await share(mia, thread, "olga", replies=True)
    await post(olga, "now", mine["name"], inReplyTo=thread)


async def test_a_shared_thread_takes_answers_and_nothing_else(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    await olga.post(f"{V1}/groups", json={"name": "hers", "title": "Hers"})
    path = f"{V1}/groups/{name}/activities"
    assert problem(await olga.post(path, json={"content": "x"})) == (403, "forbidden")
    across = {"content": "x", "inReplyTo": thread, "also": ["hers"]}
    assert problem(await olga.post(path, json=across)) == (404, "not_found")
    into = {"content": "x", "also": [name]}
    assert problem(await olga.post(f"{V1}/groups/hers/activities", json=into)) == (404, "not_found")
    for method, address, body in (
        ("PATCH", f"{V1}/groups/{name}", {"title": "x"}),
        ("PUT", f"{V1}/groups/{name}/members/jonas", {}),
        ("DELETE", f"{V1}/groups/{name}/members/olga", None),
        ("POST", f"{V1}/groups/{name}/invitations", {"subject": "jonas"}),
        ("POST", f"{V1}/groups/{name}/join-requests", None),
        ("PUT", f"{V1}/groups/{name}/classification", {"floor": "internal"}),
        ("POST", f"{V1}/groups", {"name": "x", "title": "X", "parent": name}),
    ):
        for client in (mia, olga):
            answer = await client.request(method, address, json=body)
            assert problem(answer) == (404, "not_found"), (method, address)


async def test_a_thread_is_shared_and_not_created(mia: httpx.AsyncClient) -> None:
    body = {"name": "x", "title": "X", "kind": "thread"}
    assert problem(await mia.post(f"{V1}/groups", json=body)) == (422, "invalid")


async def test_files_of_the_thread_are_opened_and_no_others(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    async def upload(**fields: Any) -> str:
        answer = await mia.post(f"{V1}/files?name=plan.txt", content=b"a plan")
        assert answer.status_code == 201, answer.text
        file: str = answer.json()["id"]
        await post(mia, "with a file", attachment=[file], **fields)
        return file

    inside, outside = await upload(inReplyTo=thread), await upload()
    await share(mia, thread, "olga")
    assert (await olga.get(f"{V1}/files/{inside}")).content == b"a plan"
    assert problem(await olga.get(f"{V1}/files/{outside}")) == (404, "not_found")
    later = await upload(inReplyTo=thread)
    assert (await olga.get(f"{V1}/files/{later}")).content == b"a plan"
    await mia.delete(sharing(thread, "olga"))
    for file in (inside, later):
        assert problem(await olga.get(f"{V1}/files/{file}")) == (404, "not_found")


async def test_it_is_shared_as_it_is_read_in_one_group(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    """A post in two groups: what is answered in the other one is not shared with it."""
    await mia.post(f"{V1}/groups", json={"name": "lab", "title": "Lab"})
    first = (await post(mia, "in both", also=["lab"]))["id"]
    await share(mia, first, "olga")
    await post(mia, f"{CANARY} in the lab", "lab", inReplyTo=first)
    await post(mia, "in both again", "lab", inReplyTo=first, also=["qm"])
    assert await contents(olga, (await shared(olga))["name"]) == ["in both", "in both again"]
    for group in ("qm", "lab"):
        assert (await contents(mia, group))[-1] == "in both again"
    await mia.delete(f"{QM}/members/jonas")
    await mia.put(f"{V1}/groups/lab/members/jonas", json={})
    told = await jonas.get(sharing(first))
    assert told.json() == {"items": [], "mayShare": False}, "whom qm shares it with, qm knows"


async def test_who_is_outside_is_mentioned_as_members_are(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    receipt = await post(jonas, "look, @olga and @mia", inReplyTo=thread)
    assert "unreached" not in receipt
    (mine, *_) = await items(olga, f"{V1}/inbox")
    assert (mine["content"], mine["mentions"]) == ("look, @olga and @mia", ["olga", "mia"])
    beside = await post(jonas, "not here, @olga")
    assert beside["unreached"] == ["olga"]


# Who knows.


async def test_members_are_told_with_whom_it_is_shared(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    (one,) = (await jonas.get(sharing(thread))).json()["items"]
    assert (one["person"]["handle"], one["inviter"]["handle"]) == ("olga", "mia")
    (entry,) = [
        entry.activity
        for entry in site.organisation.told
        if entry.activity.type == "Add" and entry.activity.target == "qm"
    ]
    assert (entry.thread, getattr(entry.object, "handle", "")) == (thread, "olga")
    assert (await jonas.get(f"{V1}/activities/{thread}")).json()["replies"] == 1


async def test_a_preview_names_those_outside_before_anybody_writes_to_them(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    async def audience(client: httpx.AsyncClient, group: str = "qm") -> Any:
        body = {"content": "hello", "inReplyTo": thread}
        answer = await client.post(f"{V1}/groups/{group}/activities:preview", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert [one["group"] for one in (await audience(jonas))["audience"]] == ["qm"]
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    olgas = [{"name": "Olga Petrova", "handle": "olga"}]
    inside, outside = (await audience(jonas))["audience"]
    assert (inside["group"], outside["group"]) == ("qm", name)
    assert outside["externals"] == olgas
    seen = await audience(olga, name)
    assert [one["group"] for one in seen["audience"]] == [name]
    assert "inbox" not in seen, "that Mia is told is nobody's business"


async def test_an_explanation_to_a_moderator_says_how_somebody_outside_sees_it(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await mia.put(f"{QM}/members/jonas", json={"role": "moderator"})
    await share(mia, thread, "olga")
    path = f"{V1}/activities/{thread}/explain?person=olga"
    places = (await jonas.get(path)).json()["places"]
    name = (await shared(olga))["name"]
    assert {place["group"]: place["sees"] for place in places} == {"qm": False, name: True}
    mine = (await olga.get(f"{V1}/activities/{thread}/explain")).json()["places"]
    assert [place["group"] for place in mine] == [name]
    assert problem(await olga.get(f"{path}&person=jonas")) == (404, "not_found")


async def test_names_cannot_be_tried_from_outside(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, gus: httpx.AsyncClient, thread: str
) -> None:
    """Jonas is in the group, Nobody is not: a mention does not tell which."""
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    receipt = await post(olga, "@jonas @nobody", name, inReplyTo=thread)
    assert receipt["unreached"] == ["jonas", "nobody"]
    assert "mentions" not in (await olga.get(f"{V1}/activities/{receipt['id']}")).json()
    edited = await olga.patch(
        f"{V1}/activities/{receipt['id']}", json={"content": "@jonas @nobody again"}
    )
    assert "mentions" not in edited.json()


async def test_a_rule_of_the_group_is_not_told_outside(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    rule = {"name": f"{CANARY} rule", "level": "confidential", "words": ["valve"]}
    assert (await mia.put(f"{QM}/classification", json={"rules": [rule]})).status_code == 200
    path = f"{V1}/groups/{name}/activities"
    answer = await olga.post(path, json={"content": "the valve", "inReplyTo": thread})
    assert problem(answer) == (403, "level_not_allowed")
    assert CANARY not in answer.text
    mine = await post(olga, "harmless", name, inReplyTo=thread)
    answer = await olga.patch(f"{V1}/activities/{mine['id']}", json={"content": "the valve"})
    assert problem(answer) == (403, "level_not_allowed")
    assert CANARY not in answer.text


# What is said while a thread is being shared.


async def test_whoever_looked_before_it_was_shared_looks_again(
    site: Site,
    mia: httpx.AsyncClient,
    olga: httpx.AsyncClient,
    thread: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer that was prepared before the thread was shared, and numbered after it, is in it."""
    organisation = site.organisation
    publisher = organisation.publisher
    prepared = publisher._streams_of
    done = False

    async def then_share(*arguments: Any) -> Any:
        nonlocal done
        streams = await prepared(*arguments)
        if not done:
            done = True
            book = await publisher._rules.kept(arguments[0])
            await share(mia, thread, "olga")
            publisher._rules._book = book
        return streams

    monkeypatch.setattr(publisher, "_streams_of", then_share)
    await organisation.post(
        organisation.jonas, "in between", in_reply_to=UUID(thread), level=Level.INTERNAL
    )
    assert (await contents(olga, (await shared(olga))["name"]))[-1] == "in between"


async def test_who_may_read_only_by_now_changes_nothing_of_what_they_have_said(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    said = await post(olga, "mine", (await shared(olga))["name"], inReplyTo=thread)
    await share(mia, thread, "olga", replies=False)
    mine = f"{V1}/activities/{said['id']}"
    answer = await olga.patch(mine, json={"content": "something else"})
    assert problem(answer) == (403, "forbidden")
    assert (await mia.get(mine)).json()["content"] == "mine"
    assert (await olga.delete(mine)).status_code == 204  # to take it back is theirs
