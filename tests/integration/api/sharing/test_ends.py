"""A thread that was shared ends for those outside: at once, with all that it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import V1, Site, items, problem
from tests.integration.api.sharing.conftest import QM, contents, post, share, shared, sharing

if TYPE_CHECKING:
    import httpx


async def outside_gets(client: httpx.AsyncClient, mine: dict[str, Any], thread: str) -> list[Any]:
    """What somebody outside is answered about a thread that was theirs."""
    paths = [
        f"{V1}/groups/{mine['name']}",
        f"{V1}/groups/{mine['name']}/activities",
        f"{V1}/activities/{thread}",
        sharing(thread),
        *[f"{V1}/streams/{stream['stream']}/entries" for stream in mine["streams"]],
    ]
    return [(await client.get(path)).status_code for path in paths]


async def assert_over(client: httpx.AsyncClient, mine: dict[str, Any], thread: str) -> None:
    assert set(await outside_gets(client, mine, thread)) == {404}
    for path in ("groups", "home", "inbox", "search?q=answer"):
        text = (await client.get(f"{V1}/{path}")).text
        assert "an answer" not in text
        assert "the first line" not in text
    assert all(group["kind"] != "thread" for group in await items(client, f"{V1}/groups"))


async def test_who_is_outside_again_is_left_with_nothing(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    mine = await shared(olga)
    await post(mia, "an answer for @olga", inReplyTo=thread)
    assert set(await outside_gets(olga, mine, thread)) == {200}
    assert (await mia.delete(sharing(thread, "olga"))).status_code == 204
    await assert_over(olga, mine, thread)
    path = f"{V1}/groups/{mine['name']}/activities"
    late = await olga.post(path, json={"content": "x", "inReplyTo": thread})
    assert problem(late) == (404, "not_found")
    revocations = [entry for entry in site.organisation.told if entry.revoked]
    assert {entry.revoked for entry in revocations} == {(site.organisation.olga.id,)}
    await share(mia, thread, "olga")
    assert "an answer for @olga" in await contents(olga, (await shared(olga))["name"])


async def test_one_may_leave_a_thread(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    mine = await shared(olga)
    assert (await olga.delete(sharing(thread, "olga"))).status_code == 204
    await assert_over(olga, mine, thread)
    assert (await mia.get(sharing(thread))).json()["items"] == []


async def test_a_closed_account_shares_nothing(
    site: Site,
    mia: httpx.AsyncClient,
    jonas: httpx.AsyncClient,
    olga: httpx.AsyncClient,
    thread: str,
) -> None:
    await mia.patch(QM, json={"membersInvite": True})
    first = (await post(mia, "restricted", level="internal"))["id"]
    await share(mia, thread, "olga")
    await share(jonas, first, "olga")
    await site.organisation.administration.deactivate(None, "olga@example.org")
    for activity in (thread, first):
        assert (await mia.get(sharing(activity))).json()["items"] == []
    async with site.organisation.database.connection() as connection:
        assert not await connection.fetchval("SELECT count(*) FROM thread_share")


@pytest.mark.parametrize("how", ["by hand", "by an edit", "by new rules"])
async def test_a_thread_that_rises_is_shared_no_more(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str, how: str
) -> None:
    await share(mia, thread, "olga")
    mine = await shared(olga)
    rule = {"name": "valves", "level": "confidential", "words": ["valve", "first"]}
    if how == "by hand":
        answer = await mia.patch(f"{V1}/activities/{thread}", json={"level": "confidential"})
    elif how == "by an edit":
        await mia.put(f"{QM}/classification", json={"rules": [rule]})
        answer = await mia.patch(f"{V1}/activities/{thread}", json={"content": "a valve"})
    else:
        await mia.put(f"{QM}/classification", json={"rules": [rule]})
        answer = await mia.post(f"{QM}/classification:apply", json={})
    assert answer.status_code == 200, answer.text
    await assert_over(olga, mine, thread)
    now = (await mia.get(f"{V1}/activities/{thread}")).json()["id"]
    assert now != thread
    assert (await mia.get(sharing(now))).json()["items"] == []
    lowered = await mia.patch(
        f"{V1}/activities/{now}", json={"level": "internal", "reason": "after all"}
    )
    assert lowered.status_code == 200, lowered.text
    await assert_over(olga, mine, lowered.json()["id"])


async def test_an_answer_that_rises_leaves_the_thread(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    name = (await shared(olga))["name"]
    answer = (await post(jonas, "too much", inReplyTo=thread))["id"]
    body = {"level": "confidential"}
    assert (await mia.patch(f"{V1}/activities/{answer}", json=body)).status_code == 200
    assert "too much" not in await contents(olga, name)
    risen = (await mia.get(f"{V1}/activities/{answer}")).json()["id"]
    for one in (answer, risen):
        assert "too much" not in (await olga.get(f"{V1}/activities/{one}")).text
    body = {"level": "internal", "reason": "harmless"}
    lowered = await mia.patch(f"{V1}/activities/{risen}", json=body)
    assert lowered.status_code == 200, lowered.text
    assert "too much" in await contents(olga, name)
    history = await olga.get(f"{V1}/activities/{lowered.json()['id']}/history")
    assert history.json() == {"items": []}, "why is the group's business"


async def test_a_post_goes_on_being_shared_when_its_thread_is_lowered(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    body = {"level": "public", "reason": "for all"}
    now = (await mia.patch(f"{V1}/activities/{thread}", json=body)).json()["id"]
    await post(jonas, "still here", inReplyTo=now)
    mine = await shared(olga)
    assert mine["thread"]["firstPost"] == now
    assert (await olga.get(f"{V1}/activities/{now}")).json()["likes"] == 1
    assert "still here" in await contents(olga, mine["name"])


async def test_a_share_ends_at_its_time(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, thread: str
) -> None:
    found = await share(mia, thread, "olga", expires="2999-01-01T00:00:00Z")
    assert found["olga"]["expires"].startswith("2999")
    mine = await shared(olga)
    async with site.organisation.database.connection() as connection:
        await connection.execute("UPDATE membership SET expires = now() WHERE role = 'member'")
        await connection.execute("UPDATE thread_share SET until = now()")
    await site.organisation.administration.expire()
    await assert_over(olga, mine, thread)
    assert (await mia.get(sharing(thread))).json()["items"] == []


async def test_who_shares_with_whom_is_in_the_audit_log(
    site: Site, mia: httpx.AsyncClient, thread: str
) -> None:
    await share(mia, thread, "olga")
    await mia.delete(sharing(thread, "olga"))
    found = (await mia.get(f"{V1}/audit?limit=2")).json()["items"]
    assert [(one["action"], one["subject"]) for one in found] == [
        ("thread.unshare", f"qm/{thread}"),
        ("thread.share", f"qm/{thread}"),
    ]
