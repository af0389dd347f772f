"""Many activities in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from headrace.errors import Unavailable
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx
    import pytest

    from headrace.publishing import Publication
    from headrace.publishing.publisher import Outcome
    from tests.integration.conftest import Organisation

PATH = f"{V1}/groups/qm/activities"
LINES = {"Content-Type": "application/x-ndjson"}


async def batch(
    client: httpx.AsyncClient, body: str | bytes, **headers: str
) -> list[dict[str, Any]]:
    answer = await client.post(f"{PATH}:batch", content=body, headers=LINES | headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [msgspec.json.decode(line) for line in answer.content.splitlines()]


async def test_every_line_has_its_result_in_order(jonas: httpx.AsyncClient) -> None:
    lines = "\n".join(f'{{"content": "number {number}"}}' for number in range(100))
    results = await batch(jonas, lines)
    assert [result["line"] for result in results] == list(range(1, 101))
    first = results[0]["seq"]
    assert [result["seq"] for result in results] == list(range(first, first + 100))
    page = await jonas.get(PATH, params={"limit": 2, "filter": "number"})
    assert [item["id"] for item in page.json()["items"]] == [
        results[99]["id"],
        results[98]["id"],
    ]


async def test_a_bad_line_holds_up_no_other(jonas: httpx.AsyncClient) -> None:
    body = b"\n".join(
        [
            b'{"content": "one"}',
            b"{broken",
            b"",
            b'{"content": 4}',
            b'{"content": "\xff"}',
            b'{"content": "\\u0000"}',
            b'{"content": "x", "level": "confidential"}',
            b'{"content": ""}',
            b'{"content": "nine"}\r',
            b"",
        ]
    )
    results = await batch(jonas, body)
    told = [(r["line"], r["error"]["code"] if "error" in r else "published") for r in results]
    assert told == [
        (1, "published"),
        (2, "malformed_body"),
        (4, "malformed_body"),
        (5, "malformed_body"),
        (6, "malformed_body"),
        (7, "level_not_allowed"),
        (8, "invalid"),
        (9, "published"),
    ]
    assert results[2]["error"]["errors"] == {"path": "content"}
    assert results[7]["seq"] == results[0]["seq"] + 1


async def test_a_key_makes_every_line_of_a_batch_repeatable(jonas: httpx.AsyncClient) -> None:
    lines = '{"content": "a"}\n{"content": "b"}'
    key = {"Idempotency-Key": "import-1"}
    first = await batch(jonas, lines, **key)
    longer = await batch(jonas, lines + '\n{"content": "c"}', **key)
    assert longer[:2] == first
    assert longer[2]["seq"] == first[1]["seq"] + 1


async def test_mentions_that_reach_nobody_are_told_by_line(jonas: httpx.AsyncClient) -> None:
    results = await batch(jonas, '{"content": "@mia"}\n{"content": "@olga"}')
    assert [result.get("unreached", []) for result in results] == [[], ["olga"]]


async def test_a_line_that_is_too_long_is_refused_alone(organisation: Organisation) -> None:
    site = Site(organisation, max_body_bytes=100)
    jonas = await site.client(organisation.jonas)
    long = msgspec.json.encode({"content": "x" * 100})
    results = await batch(jonas, long + b'\n{"content": "short"}')
    assert results[0]["error"]["code"] == "too_large"
    assert "seq" in results[1]
    await site.close()


async def test_a_batch_that_is_too_large_publishes_nothing(organisation: Organisation) -> None:
    site = Site(organisation, max_batch_bytes=1_000)
    jonas = await site.client(organisation.jonas)

    async def chunks() -> Any:
        for _ in range(100):
            yield b'{"content": "x"}\n'

    for content in (b'{"content": "x"}\n' * 100, chunks()):
        answer = await jonas.post(f"{PATH}:batch", content=content, headers=LINES)
        assert problem(answer) == (413, "too_large")
    assert (await jonas.get(PATH, params={"filter": "x"})).json() == {"items": []}
    await site.close()


async def test_an_empty_batch_has_no_results(jonas: httpx.AsyncClient) -> None:
    assert await batch(jonas, "\n\n") == []


async def test_a_batch_into_a_group_that_one_may_not_see_is_refused_line_by_line(
    olga: httpx.AsyncClient,
) -> None:
    results = await batch(olga, '{"content": "a"}\n{"content": "b"}')
    assert [result["error"]["code"] for result in results] == ["not_found", "not_found"]


async def test_the_log_going_away_tells_the_lines_left_to_come_again(
    site: Site, jonas: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = site.settings.publish_batch
    publish_many = site.organisation.publisher.publish_many
    rounds = 0

    async def goes_away(publications: Sequence[Publication]) -> list[Outcome]:
        nonlocal rounds
        rounds += 1
        if rounds > 1:
            raise Unavailable
        return await publish_many(publications)

    monkeypatch.setattr(site.organisation.publisher, "publish_many", goes_away)
    results = await batch(jonas, '{"content": "x"}\n' * (size * 3))
    assert [result["line"] for result in results] == list(range(1, size * 3 + 1))
    assert all(UUID(result["id"]) for result in results[:size])
    left = {(r["error"]["code"], r["error"]["retry"]) for r in results[size:]}
    assert left == {("unavailable", True)}
    assert rounds == 2


async def test_a_log_that_is_away_refuses_the_whole_batch(
    site: Site, jonas: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(publications: Sequence[Publication]) -> list[Outcome]:
        raise Unavailable

    monkeypatch.setattr(site.organisation.publisher, "publish_many", away)
    answer = await jonas.post(f"{PATH}:batch", content=b'{"content": "x"}', headers=LINES)
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"
