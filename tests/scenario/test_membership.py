"""Memberships from outside: what those who come, go and stay get live, on every node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.scenario.conftest import running

if TYPE_CHECKING:
    from tests.scenario.conftest import Site


async def test_a_newcomer_who_asks_for_the_beginning_starts_where_they_joined(pair: Site) -> None:
    answer = await pair.call("mia", "PATCH", "/groups/qm", {"history": "since_join"})
    assert answer.status_code == 200, answer.text
    for number in range(40):
        await pair.post("mia", f"old {number}")
    olga = await pair.follow("olga", node=1, inbox=True)
    await pair.call("mia", "PUT", "/groups/qm/members/olga@example.org", {})
    await olga.until_op("granted", 2)
    await pair.post("mia", "new @olga")
    await olga.until_content("new @olga")
    streams = list(olga.remembered)
    for node in (0, 1):
        await olga.close()
        olga.remembered = dict.fromkeys(streams, 0)
        olga.seen.clear()
        await olga.connect(pair.nodes[node].port)
        await olga.until_op("caught_up")
        assert [text for text in olga.contents if text] == ["new @olga", "new @olga"], (
            "once in the group, once in the inbox"
        )


def in_seconds(seconds: float) -> dict[str, str]:
    return {"expires": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()}


async def test_a_membership_ends_at_its_time_on_every_node(pair: Site) -> None:
    tabs = [await pair.follow("olga", node) for node in (0, 1)]
    answer = await pair.call("mia", "PUT", "/groups/qm/members/olga@example.org", in_seconds(2))
    assert answer.status_code == 204, answer.text
    for tab in tabs:
        await tab.until_op("granted", 2)
        await tab.until_op("revoked", 2)
        assert {message["reason"] for message in tab.of("revoked")} == {"expired"}
    await pair.post("mia", "after")
    assert (await pair.call("olga", "GET", "/groups/qm/activities")).status_code == 403
    for tab in tabs:
        await tab.send({"op": "ping", "id": "fence"})
        await tab.until_op("pong")
        assert tab.contents == []


async def test_a_node_ends_it_though_nobody_sweeps(database_url: str, redis_url: str) -> None:
    async with running(database_url, redis_url, expiry_interval="3600") as site:
        olga = await site.follow("olga")
        await site.call("mia", "PUT", "/groups/qm/members/olga@example.org", in_seconds(2))
        await olga.until_op("granted", 2)
        await olga.until_op("revoked", 2)
        assert {message["reason"] for message in olga.of("revoked")} == {"expired"}
        members = (await site.call("mia", "GET", "/groups/qm/members")).json()["items"]
        assert "olga" not in {member.get("handle") for member in members}


async def test_asking_and_its_answer_are_told_live_across_nodes(pair: Site) -> None:
    body = {"name": "board", "title": "The board", "visibility": "closed"}
    assert (await pair.call("mia", "POST", "/groups", body)).status_code == 201
    mia = await pair.follow("mia", node=0, inbox=True)
    olga = await pair.follow("olga", node=1, inbox=True)

    async def ask() -> str:
        answer = await pair.call("olga", "POST", "/groups/board/join-requests", node=1)
        key: str = answer.json()["id"]
        return key

    first = await ask()
    await mia.until(lambda: _types(mia.seen).count("Offer") == 1)
    await pair.call("mia", "DELETE", f"/groups/board/join-requests/{first}")
    await olga.until(lambda: "Reject" in _types(olga.seen))
    second = await ask()
    await mia.until(lambda: _types(mia.seen).count("Offer") == 2)
    await pair.call("mia", "POST", f"/groups/board/join-requests/{second}/accept")
    await olga.until_op("granted", 2)
    assert {message["group"] for message in olga.of("granted")} == {"board"}
    await pair.call("mia", "DELETE", "/groups/board/members/olga@example.org", node=1)
    await olga.until_op("revoked", 2)
    invitation = await pair.call("mia", "POST", "/groups/board/invitations", {"subject": "olga"})
    await olga.until(lambda: "Invite" in _types(olga.seen))
    await pair.call("olga", "POST", f"/invitations/{invitation.json()['id']}/accept", node=1)
    await olga.until_op("granted", 4)


def _types(activities: list[dict[str, Any]]) -> list[str]:
    return [activity["type"] for activity in activities]
