"""Bad input gets a clear error, and the connection goes on where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.scenario.conftest import Site


WRONG = {
    "{": "malformed_message",
    "[]": "malformed_message",
    '{"op":"dance"}': "malformed_message",
    '{"op":"subscribe","id":1,"groups":"home"}': "malformed_message",
    '{"op":"subscribe","id":"x","groups":"all"}': "malformed_message",
    '{"op":"subscribe","id":"x","groups":"home","from":{"s":-1}}': "malformed_message",
    '{"op":"subscribe","id":"x","groups":["nope"]}': "not_found",
    '{"op":"unsubscribe","id":"x"}': "not_found",
    '{"op":"read","stream":"x","seq":1}': "not_found",
    r'{"op":"read","stream":"x\u0000","seq":1}': "malformed_message",
    '{"op":"ping","id":"' + "x" * 70_000 + '"}': "too_large",
}


async def test_a_wrong_message_is_answered_and_the_next_one_taken(site: Site) -> None:
    client = await site.follow("jonas")
    assert client.socket is not None
    for number, (message, code) in enumerate(WRONG.items()):
        await client.socket.send(message)
        await client.until_op("error", number + 1)
        error = client.of("error")[-1]
        assert error["code"] == code, message[:60]
        assert error["message"]
    await site.post("mia", "goes on")
    await client.until_content("goes on")


async def test_a_filter_error_points_at_the_column(site: Site) -> None:
    client = await site.follow("jonas", only="tag:audit colour:blue")
    (error,) = client.of("error")
    assert (error["code"], error["column"], error["ref"]) == ("filter_syntax", 11, "1")
    assert (error["errors"]["reason"], error["errors"]["value"]) == ("unknown_field", "colour")


@pytest.mark.parametrize("position", [9_999, 2**53])
async def test_a_future_position_is_named_and_the_rest_subscribed(
    site: Site, position: int
) -> None:
    client = await site.follow("jonas")
    name = next(iter(client.streams))
    client.messages.clear()
    await client.send(
        {"op": "subscribe", "id": "2", "groups": "home", "from": {name: position, "foreign": 3}}
    )
    await client.until_op("subscribed")
    assert {error["stream"] for error in client.of("error")} == {name, "foreign"}
    assert {error["code"] for error in client.of("error")} == {"position_unknown"}
    assert name not in client.of("subscribed")[0]["streams"]


async def test_bytes_on_a_text_connection_end_it(site: Site) -> None:
    client = await site.follow("jonas")
    assert client.socket is not None
    await client.socket.send(b"\x81\xa2op")
    assert await client.until_closed() == 4001


async def test_who_never_gets_it_right_is_sent_away(site: Site) -> None:
    client = await site.follow("jonas")
    assert client.socket is not None
    for _ in range(20):
        await client.socket.send("nonsense")
    assert await client.until_closed() == 4004


async def test_a_message_split_into_frames_is_one_message(site: Site) -> None:
    client = await site.follow("jonas")
    assert client.socket is not None
    await client.socket.send(['{"op":"pi', 'ng","id":', '"parts"}'])
    await client.until_op("pong")
    assert client.of("pong") == [{"op": "pong", "id": "parts"}]


async def test_what_is_sent_right_after_the_handshake_is_not_lost(site: Site) -> None:
    from websockets.asyncio.client import connect

    url = f"ws://localhost:{site.nodes[0].port}/api/v1/live"
    headers = {"Authorization": f"Bearer {site.tokens['jonas']}"}
    async with connect(url, additional_headers=headers) as socket:
        for number in range(3):
            await socket.send(f'{{"op":"ping","id":"{number}"}}')
        got: list[Any] = [await socket.recv() for _ in range(4)]
    assert '"op":"welcome"' in got[0]
    assert [f'"id":"{number}"' in got[number + 1] for number in range(3)] == [True] * 3
