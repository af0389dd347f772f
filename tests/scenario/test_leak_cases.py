"""Leaks that comparable products had, and that this one must not have: what goes out live.

Each test is named after its case; the list of all cases, and of those that need what does not
exist here yet, is in tests/integration/api/test_leak_cases.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.scenario.client import LiveClient
    from tests.scenario.conftest import Site

CANARY = "canary"
BODY = {"content": f"{CANARY} @gus", "level": "public"}


async def do(site: Site, who: str, method: str, path: str, body: Any = None, node: int = 0) -> Any:
    """A request that has to work; what it answers."""
    answer = await site.call(who, method, path, body, node)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json() if answer.content else None


async def fence(client: LiveClient) -> None:
    """Whatever the node had to send to this client before has come when this returns."""
    before = len(client.of("pong"))
    await client.send({"op": "ping"})
    await client.until_op("pong", before + 1)


def news(client: LiveClient) -> list[dict[str, Any]]:
    """All that came but what answers the client's own messages."""
    return [m for m in client.messages if m["op"] not in ("welcome", "subscribed", "pong")]


async def _until_type(client: LiveClient, kind: str) -> None:
    await client.until(lambda: any(one["type"] == kind for one in client.seen))


async def test_l05_what_was_deleted_is_not_sent_to_those_who_come_back(site: Site) -> None:
    """Neither the post nor its edits, neither in the group nor in an inbox."""
    stays = await site.follow("jonas", inbox=True)
    comes_back = await site.follow("jonas", inbox=True)
    await comes_back.close()
    post = await site.post("mia", f"{CANARY} one @jonas")
    await do(site, "mia", "PATCH", f"/activities/{post['id']}", {"content": f"{CANARY} two"})
    await do(site, "mia", "DELETE", f"/activities/{post['id']}")
    await site.post("mia", "the end")
    await stays.until_content("the end")
    assert f"{CANARY} two" in stays.contents
    await comes_back.connect(site.nodes[0].port)
    await comes_back.until_op("caught_up")
    assert comes_back.contents == ["the end"]
    assert CANARY not in str(comes_back.messages)


async def test_l05_what_was_raised_is_taken_from_its_readers_and_told_to_the_cleared(
    pair: Site,
) -> None:
    """On both nodes, live and when coming back, in the group and in an inbox."""
    await do(pair, "mia", "PUT", "/groups/qm/members/olga", {"clearance": "confidential"})
    stays = await pair.follow("jonas", 1, inbox=True)
    come_back = [await pair.follow("jonas", inbox=True) for _ in pair.nodes]
    for client in come_back:
        await client.close()
    olga = await pair.follow("olga", 1)
    post = await pair.post("mia", f"{CANARY} @jonas")
    body = {"content": f"{CANARY} answer", "inReplyTo": post["id"]}
    await do(pair, "jonas", "POST", "/groups/qm/activities", body)
    await stays.until_content(f"{CANARY} answer")
    await do(pair, "mia", "PATCH", f"/activities/{post['id']}", {"level": "confidential"})
    await pair.post("mia", "the end")
    await stays.until_content("the end")
    await olga.until_content("the end")
    moved = [one for one in olga.seen if one["level"] == "confidential"]
    assert [one["content"] for one in moved] == [f"{CANARY} @jonas", f"{CANARY} answer"]
    assert moved[1]["inReplyTo"] == moved[0]["id"]
    gone = {one["object"] for one in stays.seen if one["type"] == "Delete"}
    assert gone == {one["formerly"] for one in moved}
    assert not [one for one in stays.seen if one["id"] in {thing["id"] for thing in moved}]
    for client, node in zip(come_back, pair.nodes, strict=True):
        await client.connect(node.port)
        await client.until_op("caught_up")
        assert client.contents == ["the end"]
        assert CANARY not in str(client.messages)


@pytest.mark.parametrize("how", ["deleted", "raised"])
async def test_l05_who_follows_their_inbox_alone_keeps_nothing_of_what_is_gone(
    pair: Site, how: str
) -> None:
    """Live, on coming back and over HTTP, on a node on which nobody follows the group."""
    stays = await pair.follow("jonas", 1, groups=[], inbox=True)
    comes_back = await pair.follow("jonas", 1, groups=[], inbox=True)
    await comes_back.close()
    post = await pair.post("mia", f"{CANARY} @jonas")
    await stays.until_content(f"{CANARY} @jonas")
    activity = f"/activities/{post['id']}"
    if how == "deleted":
        await do(pair, "mia", "DELETE", activity)
    else:
        await do(pair, "mia", "PATCH", activity, {"level": "confidential"})
    await _until_type(stays, "Delete")
    assert [one["object"] for one in stays.seen if one["type"] == "Delete"] == [post["id"]]
    await comes_back.connect(pair.nodes[1].port)
    await comes_back.until_op("caught_up")
    assert [one["type"] for one in comes_back.seen] == ["Tombstone", "Delete"]
    assert CANARY not in str(comes_back.messages)
    for node in (0, 1):
        listed = await pair.call("jonas", "GET", "/inbox", node=node)
        assert [one["type"] for one in listed.json()["items"]] == ["Tombstone", "Add"]
        (stream,) = comes_back.streams
        entries = await pair.call("jonas", "GET", f"/streams/{stream}/entries", node=node)
        assert CANARY not in listed.text + entries.text


async def test_l26_a_level_that_changes_is_told_to_its_readers_and_not_to_those_concerned(
    site: Site,
) -> None:
    """The author who is not cleared for it, who liked it and who was mentioned lose it too."""
    clients = [await site.follow(who, inbox=True) for who in ("jonas", "gus")]
    post = (await site.call("jonas", "POST", "/groups/qm/activities", BODY)).json()
    like = {"type": "Like", "object": post["id"]}
    await do(site, "gus", "POST", "/groups/qm/activities", like)
    for client in clients:
        await _until_type(client, "Like")
    before = [len(client.seen) for client in clients]
    await do(site, "mia", "PATCH", f"/activities/{post['id']}", {"level": "confidential"})
    places = (1, 2)  # in the group; and in the inbox of who was mentioned
    for client, count, times in zip(clients, before, places, strict=True):
        await client.until_seen(count + times)
        await fence(client)
        told = [(one["type"], one.get("object")) for one in client.seen[count:]]
        assert told == [("Delete", post["id"])] * times


async def test_l06_nothing_that_happens_to_a_secret_group_reaches_an_outsider(site: Site) -> None:
    outsiders = [await site.follow(who, inbox=True) for who in ("olga", "jonas", "gus")]
    group = {"name": "hush", "title": CANARY, "visibility": "secret"}
    hush = (await do(site, "mia", "POST", "/groups", group))["name"]
    mia = await site.follow("mia")
    post = await do(
        site,
        "mia",
        "POST",
        f"/groups/{hush}/activities",
        {"content": f"{CANARY} @olga @jonas @gus"},
    )
    await do(site, "mia", "PATCH", f"/groups/{hush}", {"title": f"{CANARY} two"})
    await do(site, "mia", "PATCH", f"/activities/{post['id']}", {"content": f"{CANARY} @olga"})
    like = {"type": "Like", "object": post["id"]}
    await do(site, "mia", "POST", f"/groups/{hush}/activities", like)
    await mia.send({"op": "typing", "group": hush})
    await do(site, "mia", "DELETE", f"/activities/{post['id']}")
    await mia.until(lambda: any(one["type"] == "Delete" for one in mia.seen))
    for outsider in outsiders:
        await fence(outsider)
        assert news(outsider) == []


async def test_l07_a_guest_who_follows_all_follows_the_guests_own_groups(site: Site) -> None:
    await do(site, "mia", "POST", "/groups", {"name": "lab", "title": "Lab"})
    gus = await site.follow("gus")
    assert {(one["group"], one["level"]) for one in gus.streams.values()} == {("qm", "public")}
    body = {"content": CANARY, "level": "public"}
    await do(site, "mia", "POST", "/groups/lab/activities", body)
    await fence(gus)
    assert news(gus) == []


async def test_l09_after_gains_and_losses_a_client_follows_what_a_fresh_one_would(
    site: Site,
) -> None:
    olga = await site.follow("olga")
    seat = "/groups/qm/members/olga"
    await do(site, "mia", "PUT", seat, {})
    await olga.until_op("granted", 2)
    await do(site, "mia", "PUT", seat, {"clearance": "confidential"})
    await olga.until_op("granted", 3)
    await do(site, "mia", "PUT", seat, {"role": "guest"})
    await olga.until_op("revoked", 2)
    held = {message["stream"] for message in olga.of("granted")}
    held -= {message["stream"] for message in olga.of("revoked")}
    fresh = await site.follow("olga")
    groups = (await do(site, "olga", "GET", "/groups/qm"))["streams"]
    assert held == set(fresh.streams) == {stream["stream"] for stream in groups}
    for level in ("confidential", "internal", "public"):
        await site.post("mia", level, level=level)
    for client in (olga, fresh):
        await client.until_content("public")
        assert client.contents == ["public"]


async def test_l11_who_leaves_the_company_is_cut_off_on_every_node(pair: Site) -> None:
    tabs = [await pair.follow("jonas", node) for node in (0, 1)]
    await pair.command("person", "deactivate", "jonas@example.org")
    for tab in tabs:
        assert await tab.until_closed(patience=1) == 4002
    await pair.post("mia", CANARY)
    assert all(tab.contents == [] for tab in tabs)
    for node in (0, 1):
        assert (await pair.call("jonas", "GET", "/me", node=node)).status_code == 401


async def test_l12_what_happens_to_roles_and_clearances_is_no_news_for_others(site: Site) -> None:
    """A clearance is told to those who are cleared; a membership to those who read the group."""
    olga, gus = await site.follow("olga", inbox=True), await site.follow("gus", inbox=True)
    mia = await site.follow("mia")
    seat = "/groups/qm/members/jonas"
    await do(site, "mia", "PUT", seat, {"clearance": "confidential"})
    await do(site, "mia", "PUT", seat, {})
    await mia.until_seen(2)
    for outsider in (olga, gus):
        await fence(outsider)
        assert news(outsider) == []
    await do(site, "mia", "PUT", seat, {"role": "moderator"})
    await mia.until_seen(3)
    await fence(olga)
    assert news(olga) == []


async def test_l20_who_lost_the_group_before_coming_back_is_not_told_what_called_them(
    site: Site,
) -> None:
    jonas = await site.follow("jonas", groups=[], inbox=True)
    await jonas.close()
    await site.post("mia", f"{CANARY} @jonas #{CANARY}")
    await do(site, "mia", "DELETE", "/groups/qm/members/jonas")
    await jonas.connect(site.nodes[0].port)
    await jonas.until_op("caught_up")
    assert [one["type"] for one in jonas.seen] == ["Tombstone", "Remove"]
    assert CANARY not in str(jonas.messages)


async def test_l24_reading_and_writing_are_told_to_readers_only_and_reading_to_nobody(
    site: Site,
) -> None:
    olga, gus = await site.follow("olga"), await site.follow("gus")
    jonas, mia = await site.follow("jonas"), await site.follow("mia")
    post = await site.post("mia", "for the staff")
    await jonas.until_content("for the staff")
    await jonas.send({"op": "read", "stream": post["stream"], "seq": post["seq"]})
    await jonas.send({"op": "typing", "group": "qm"})
    await mia.until_op("typing")
    for client in (olga, gus):
        await fence(client)
        assert news(client) == []
    assert [m["op"] for m in news(mia)] == ["activity", "typing"]


async def test_l24_writing_something_confidential_is_told_to_the_cleared_only(site: Site) -> None:
    await do(site, "mia", "PUT", "/groups/qm/members/olga", {"clearance": "confidential"})
    olga = await site.follow("olga")
    gus, jonas, mia = [await site.follow(who) for who in ("gus", "jonas", "mia")]
    await mia.send({"op": "typing", "group": "qm", "level": "confidential"})
    await olga.until_op("typing")
    for client in (gus, jonas):
        await client.send({"op": "typing", "group": "qm", "level": "confidential"})
        await fence(client)
        assert news(client) == []
    await fence(mia)
    assert news(mia) == []


async def test_l26_a_like_goes_to_the_readers_of_the_post_and_not_to_friends_of_who_liked(
    site: Site,
) -> None:
    gus, olga = await site.follow("gus", inbox=True), await site.follow("olga", inbox=True)
    jonas = await site.follow("jonas")
    post = await site.post("mia", "for the staff")
    like = {"type": "Like", "object": post["id"]}
    await do(site, "jonas", "POST", "/groups/qm/activities", like)
    await jonas.until(lambda: any(one["type"] == "Like" for one in jonas.seen))
    for client in (gus, olga):
        await fence(client)
        assert news(client) == []


async def test_l27_both_formats_show_the_same_people_the_same(site: Site) -> None:
    forms = ("headrace.v1.json", "headrace.v1.msgpack")
    clients = [await site.follow("gus", form=form) for form in forms]
    for level in ("confidential", "internal", "public"):
        await site.post("mia", level, level=level)
    for client in clients:
        await client.until_content("public")
        assert client.contents == ["public"]
