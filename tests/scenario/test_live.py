"""The main job, from outside: publish, and everyone who may see it sees it at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

if TYPE_CHECKING:
    from tests.scenario.conftest import Site


async def test_everybody_who_may_see_it_sees_it(site: Site) -> None:
    jonas, gus, olga = [await site.follow(name) for name in ("jonas", "gus", "olga")]
    await site.post("mia", "for the staff")
    await site.post("mia", "for all", level="public")
    await site.post("mia", "for the cleared", level="confidential")
    await site.post("mia", "the end", level="public")
    await jonas.until_content("the end")
    await gus.until_content("the end")
    assert jonas.contents == ["for the staff", "for all", "the end"]
    assert gus.contents == ["for all", "the end"]
    assert olga.contents == []


async def test_formats_carry_the_same(site: Site) -> None:
    text = await site.follow("jonas")
    pack = await site.follow("jonas", form="headrace.v1.msgpack")
    await site.post("mia", "Grüße #ä @jonas")
    for client in (text, pack):
        await client.until_content("Grüße #ä @jonas")
    assert text.of("activity") == pack.of("activity")


async def test_a_filter_holds_live_and_on_resume(site: Site) -> None:
    jonas = await site.follow("jonas", only="tag:audit -from:@olga")
    for number in range(6):
        await site.post("mia", f"number {number}", tags=["audit"] if number % 2 else [])
    await jonas.until_content("number 5")
    await jonas.close()
    await site.post("mia", "while away", tags=["audit"])
    await site.post("mia", "not this")
    await jonas.connect(site.nodes[0].port)
    await jonas.until_op("caught_up")
    assert jonas.contents == ["number 1", "number 3", "number 5", "while away"]


async def test_resume_has_no_gap_and_no_duplicate(site: Site) -> None:
    jonas = await site.follow("jonas")
    await site.post("mia", "before")
    await jonas.until_content("before")
    await jonas.close()
    for number in range(40):
        await site.post("mia", f"away {number}")
    await jonas.connect(site.nodes[0].port)
    await site.post("mia", "after")
    await jonas.until_content("after")
    assert jonas.contents == ["before", *(f"away {n}" for n in range(40)), "after"]


async def test_the_inbox_is_a_stream_of_its_own(site: Site) -> None:
    jonas = await site.follow("jonas", groups=[], inbox=True)
    await site.post("mia", "not for him")
    await site.post("mia", "look, @jonas")
    await jonas.until_content("look, @jonas")
    assert jonas.contents == ["look, @jonas"]


async def test_a_subscription_that_is_ended_at_once_takes_nothing_from_another(site: Site) -> None:
    jonas = await site.follow("jonas")
    await jonas.send({"op": "subscribe", "id": "2", "groups": ["qm"], "filter": "tag:never"})
    await jonas.send({"op": "unsubscribe", "id": "2"})
    await jonas.until(lambda: jonas.of("granted"))
    assert jonas.of("error") == []
    await site.post("mia", "for the first one")
    await jonas.until_content("for the first one")


async def test_a_grant_brings_the_group_live(site: Site) -> None:
    olga = await site.follow("olga")
    await site.call("mia", "PUT", "/groups/qm/members/olga@example.org", {})
    await olga.until_op("granted", 2)
    assert {(m["group"], m["level"]) for m in olga.of("granted")} == {
        ("qm", "public"),
        ("qm", "internal"),
    }
    await site.post("mia", "welcome")
    await olga.until_content("welcome")


async def test_a_revoked_person_gets_nothing_more_on_any_node(pair: Site) -> None:
    tabs = [await pair.follow("jonas", node) for node in (0, 1, 1)]
    mia = await pair.follow("mia", 1)
    await pair.post("mia", "before")
    for tab in tabs:
        await tab.until_content("before")
    await pair.call("mia", "DELETE", "/groups/qm/members/jonas@example.org")
    await pair.post("mia", "after", node=1)
    await mia.until_content("after")
    for tab in tabs:
        await tab.until_op("revoked", 2)
        await tab.send({"op": "ping", "id": "fence"})
        await tab.until_op("pong")
        assert tab.contents == ["before"]


async def test_who_was_revoked_while_away_cannot_resume(site: Site) -> None:
    jonas = await site.follow("jonas")
    await jonas.close()
    await site.call("mia", "DELETE", "/groups/qm/members/jonas@example.org")
    await site.post("mia", "secret")
    await jonas.connect(site.nodes[0].port)
    await jonas.until_op("error", 2)
    assert {error["code"] for error in jonas.of("error")} == {"position_unknown"}
    await jonas.until_op("caught_up")
    assert jonas.contents == []


async def test_a_closed_account_is_cut_off_within_a_second(pair: Site) -> None:
    tabs = [await pair.follow("jonas", node) for node in (0, 1)]
    await pair.command("person", "deactivate", "jonas@example.org")
    for tab in tabs:
        assert await tab.until_closed(patience=1) == 4002
    answer = await pair.call("jonas", "GET", "/me")
    assert answer.status_code == 401
    await tabs[0].connect(pair.nodes[1].port)
    assert await tabs[0].until_closed() == 4000


async def test_a_node_killed_in_mid_traffic_costs_nobody_anything(pair: Site) -> None:
    clients = [await pair.follow("jonas", number % 2) for number in range(6)]
    expected: list[str] = []

    async def publish(count: int) -> None:
        for _ in range(count):
            content = f"number {len(expected)}"
            await pair.post("mia", content, node=1)
            expected.append(content)

    await publish(20)
    traffic = asyncio.create_task(publish(60))
    await pair.nodes[0].kill()
    victims = clients[::2]
    for client in victims:
        await client.until_closed()
        await client.connect(pair.nodes[1].port)
    await traffic
    await publish(1)
    for client in clients:
        await client.until_content(expected[-1])
        assert client.contents == expected


async def test_writing_is_told_to_the_others(pair: Site) -> None:
    jonas, mia = await pair.follow("jonas", 0), await pair.follow("mia", 1)
    await mia.send({"op": "typing", "group": "qm"})
    await jonas.until_op("typing")
    assert jonas.of("typing") == [{"op": "typing", "group": "qm", "handle": "mia"}]


async def test_reading_on_one_connection_counts_everywhere(site: Site) -> None:
    jonas = await site.follow("jonas")
    receipt = await site.post("mia", "news")

    async def unread() -> int:
        groups = (await site.call("jonas", "GET", "/groups/qm")).json()
        return sum(stream["unread"] for stream in groups["streams"])

    assert await unread() == 1
    await jonas.send({"op": "read", "stream": receipt["stream"], "seq": receipt["seq"]})
    await jonas.send({"op": "read", "stream": "no such stream", "seq": 1})
    await jonas.until_op("error")
    assert await unread() == 0


# Handshakes


async def _refused(url: str, **headers: str) -> int:
    with pytest.raises(InvalidStatus) as raised:
        async with connect(url, additional_headers=headers):
            raise AssertionError("it was let in")
    return raised.value.response.status_code


async def test_who_comes_without_a_valid_token_is_told_not_to_come_back(site: Site) -> None:
    url = f"ws://localhost:{site.nodes[0].port}/api/v1/live"
    for headers in ({}, {"Authorization": "Bearer hr_wrong"}):
        async with connect(url, additional_headers=headers) as socket:
            await socket.wait_closed()
        assert (socket.close_code, socket.close_reason) == (4000, '{"name":"bad_token"}')


async def test_a_foreign_page_is_refused(site: Site) -> None:
    url = f"ws://localhost:{site.nodes[0].port}/api/v1/live"
    assert await _refused(url, Origin="https://evil.example") == 403


async def test_another_address_is_not_found(site: Site) -> None:
    assert await _refused(f"ws://localhost:{site.nodes[0].port}/elsewhere") == 404


async def test_a_ticket_opens_one_connection(site: Site) -> None:
    answer = await site.call("jonas", "POST", "/live/ticket")
    ticket = answer.json()["ticket"]
    url = f"ws://localhost:{site.nodes[0].port}/api/v1/live?ticket={ticket}"
    async with connect(url) as socket:
        assert '"op":"welcome"' in str(await socket.recv())
    async with connect(url) as socket:
        await socket.wait_closed()
    assert socket.close_code == 4000
