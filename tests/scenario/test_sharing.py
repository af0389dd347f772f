"""A thread that is shared with somebody outside its group: live, on every node, until it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scenario.conftest import running, with_own_bus

if TYPE_CHECKING:
    from tests.scenario.client import LiveClient
    from tests.scenario.conftest import Site


async def share(site: Site, thread: str, person: str = "olga") -> None:
    answer = await site.call("mia", "PUT", f"/activities/{thread}/sharing/{person}", {})
    assert answer.status_code == 200, answer.text


async def unshare(site: Site, thread: str) -> None:
    answer = await site.call("mia", "DELETE", f"/activities/{thread}/sharing/olga")
    assert answer.status_code == 204, answer.text


async def begin(site: Site) -> str:
    """A thread of Mia's with an answer, and something beside it."""
    first = (await site.post("mia", "first"))["id"]
    await site.post("jonas", "answer", inReplyTo=first)
    await site.post("jonas", "beside")
    return str(first)


async def group_of(site: Site) -> str:
    """The one thread that Olga reads from outside, as she calls it."""
    groups = (await site.call("olga", "GET", "/groups", node=1)).json()["items"]
    (name,) = [group["name"] for group in groups if group["kind"] == "thread"]
    return str(name)


async def fenced(client: LiveClient) -> None:
    """Everything that came before now has come."""
    before = len(client.of("pong"))
    await client.send({"op": "ping", "id": "fence"})
    await client.until_op("pong", before + 1)


def groups(client: LiveClient, op: str) -> set[str]:
    return {message["group"] for message in client.of(op)}


async def test_who_is_outside_follows_the_thread_and_answers_live_across_nodes(pair: Site) -> None:
    first = await begin(pair)
    olga = await pair.follow("olga", node=1)
    jonas = await pair.follow("jonas", node=0)
    await share(pair, first)
    await olga.until_op("granted", 2)
    name = await group_of(pair)
    assert groups(olga, "granted") == {name}
    await pair.post("mia", "elsewhere")
    await pair.post("mia", "in it", inReplyTo=first)
    await olga.until_content("in it")
    body = {"content": "from outside", "inReplyTo": first}
    answer = await pair.call("olga", "POST", f"/groups/{name}/activities", body, node=1)
    assert answer.status_code == 201, answer.text
    await jonas.until_content("from outside")
    await olga.until_content("from outside")
    assert [text for text in olga.contents if text] == ["in it", "from outside"]
    assert {one["target"] for one in olga.seen} == {name}
    assert {one["target"] for one in jonas.seen} == {"qm"}


async def test_an_answer_to_who_is_outside_is_in_their_inbox_live(pair: Site) -> None:
    first = await begin(pair)
    await share(pair, first)
    olga = await pair.follow("olga", node=1, inbox=True)
    name = await group_of(pair)
    body = {"content": "a question", "inReplyTo": first}
    asked = (await pair.call("olga", "POST", f"/groups/{name}/activities", body, node=1)).json()
    await pair.post("jonas", "an answer to it", inReplyTo=asked["id"])
    inbox = next(stream for stream, start in olga.streams.items() if start["group"] is None)

    def told() -> list[Any]:
        messages = [message for message in olga.of("activity") if message["stream"] == inbox]
        return [message["activity"].get("content") for message in messages]

    await olga.until(lambda: told() == ["an answer to it"])


async def test_who_was_away_resumes_in_the_thread_without_gap(pair: Site) -> None:
    first = await begin(pair)
    await share(pair, first)
    olga = await pair.follow("olga", node=1)
    await pair.post("mia", "seen", inReplyTo=first)
    await olga.until_content("seen")
    await olga.close()
    for number in range(30):
        await pair.post("jonas", f"missed {number}", inReplyTo=first)
        await pair.post("jonas", f"elsewhere {number}")
    await olga.connect(pair.nodes[0].port)
    await olga.until_op("caught_up")
    assert olga.contents == ["seen", *(f"missed {number}" for number in range(30))]


async def test_who_is_outside_again_hears_nothing_more_on_any_node(pair: Site) -> None:
    first = await begin(pair)
    await share(pair, first)
    tabs = [await pair.follow("olga", node) for node in (0, 1)]
    await unshare(pair, first)
    for tab in tabs:
        await tab.until_op("revoked", 2)
    await pair.post("mia", "after", inReplyTo=first)
    for tab in tabs:
        await fenced(tab)
        assert tab.contents == []


async def test_without_a_bus_it_ends_as_well(database_url: str) -> None:
    async with with_own_bus(database_url) as (site, bus):
        first = await begin(site)
        await share(site, first)
        olga = await site.follow("olga", node=1)
        await bus.kill()
        await unshare(site, first)
        await olga.until_op("revoked", 2)
        await site.post("mia", "after", inReplyTo=first)
        await fenced(olga)
        assert olga.contents == []


async def test_a_thread_that_rises_is_silent_at_once(pair: Site) -> None:
    first = await begin(pair)
    await share(pair, first)
    olga = await pair.follow("olga", node=1)
    body = {"level": "confidential"}
    answer = await pair.call("mia", "PATCH", f"/activities/{first}", body)
    assert answer.status_code == 200, answer.text
    await olga.until_op("revoked", 2)
    await pair.post("mia", "after", inReplyTo=answer.json()["id"])
    await fenced(olga)
    assert olga.contents == []


async def test_a_person_who_is_deactivated_loses_the_thread_with_everything(
    database_url: str, redis_url: str
) -> None:
    async with running(database_url, redis_url) as site:
        first = await begin(site)
        await share(site, first)
        olga = await site.follow("olga")
        await site.command("person", "deactivate", "olga@example.org")
        assert await olga.until_closed(5) == 4002
        found = (await site.call("mia", "GET", f"/activities/{first}/sharing")).json()
        assert found["items"] == []
