"""Whoever publishes is remembered; whose session or token is over is over for all that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from headrace.log import accounts
from tests.integration.api.conftest import NO_ID, V1, Site, problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import httpx

    from headrace.log.database import Connection
    from headrace.publishing import Publication
    from headrace.publishing.publisher import Outcome

POSTS = f"{V1}/groups/qm/activities"
BATCH = f"{POSTS}:batch"
KEY = {"Idempotency-Key": "1"}
#: What is published, what was, what will not do, and what changes nothing.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (POSTS, {"content": "again"}, {}),
    (POSTS, {"content": "first"}, KEY),
    (POSTS, {"content": 5}, {}),
    (POSTS, {"content": ""}, {}),
    (POSTS, {"content": "up", "level": "confidential"}, {}),
    (POSTS, {"type": "Undo", "object": NO_ID}, {}),
    (POSTS, {"type": "Like", "object": NO_ID}, {}),
    (f"{V1}/groups/none/activities", {"content": "again"}, {}),
    (BATCH, {"content": "again"}, {}),
    (BATCH, {"content": "first"}, KEY),
    (BATCH, {"content": 5}, {}),
    (BATCH, {"content": ""}, {}),
    (BATCH, {"content": "up", "level": "confidential"}, {}),
]


@pytest.fixture
async def asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The secrets that the log was asked for."""
    seen: list[bytes] = []
    identify = accounts.identify

    async def noted(connection: Connection, secrets: Sequence[bytes], now: datetime) -> Any:
        seen.extend(secrets)
        return await identify(connection, secrets, now)

    monkeypatch.setattr(accounts, "identify", noted)
    return seen


async def first(client: httpx.AsyncClient) -> UUID:
    """A post with a key, and one more, after which they are remembered, and their seats."""
    answer = await client.post(POSTS, json={"content": "first"}, headers=KEY)
    for _ in range(2):
        more = await client.post(POSTS, json={"content": "more"})
        assert (answer.status_code, more.status_code) == (201, 201)
    return UUID(answer.json()["id"])


async def end(site: Site, name: str) -> None:
    """End all that speaks for somebody, as another node does; their seats are as they were."""
    async with site.organisation.database.transaction() as connection:
        await connection.execute(
            "DELETE FROM token USING person p WHERE person = p.id AND p.handle = $1", name
        )


async def posts(site: Site) -> int:
    async with site.organisation.database.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM activity WHERE content > ''")
    return count


async def test_who_publishes_again_is_not_asked_for_again(
    jonas: httpx.AsyncClient, asked: list[bytes]
) -> None:
    await first(jonas)
    asked.clear()
    for number in range(3):
        answer = await jonas.post(POSTS, json={"content": f"number {number}"})
        assert answer.status_code == 201
    several = await jonas.post(BATCH, content=b'{"content": "a"}\n{"content": 5}\n')
    assert (several.status_code, several.content.count(b'"error":')) == (200, 1)
    assert asked == []


@pytest.mark.parametrize(("path", "body", "headers"), REQUESTS)
async def test_whose_token_is_over_gets_what_a_stranger_gets_and_nothing_is_published(
    site: Site,
    jonas: httpx.AsyncClient,
    path: str,
    body: dict[str, Any],
    headers: dict[str, str],
) -> None:
    await first(jonas)
    await end(site, "jonas")
    before = await posts(site)
    answer = await jonas.post(path, json=body, headers=headers)
    stranger = site.visitor(Authorization="Bearer hr_unknown")
    expected = await stranger.post(path, json=body, headers=headers)
    assert problem(answer) == (401, "unauthenticated")
    assert answer.content == expected.content
    assert answer.headers == expected.headers
    assert await posts(site) == before
    again = await jonas.post(path, json=body, headers=headers)
    assert again.content == expected.content


async def test_whose_token_ends_within_a_long_batch_is_refused_from_there_on(
    site: Site, jonas: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first(jonas)
    publish_many = site.organisation.publisher.publish_many

    async def then_ended(publications: Sequence[Publication]) -> list[Outcome]:
        outcomes = await publish_many(publications)
        await end(site, "jonas")
        return outcomes

    monkeypatch.setattr(site.organisation.publisher, "publish_many", then_ended)
    size = site.settings.publish_batch
    before = await posts(site)
    answer = await jonas.post(BATCH, content=b'{"content": "x"}\n' * (size + 2))
    results = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [result["error"]["code"] for result in results[size:]] == ["unauthenticated"] * 2
    assert all(UUID(result["id"]) for result in results[:size])
    assert await posts(site) == before + size


async def test_who_published_beside_somebody_whose_token_is_over_is_answered(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    """Both are in one batch: the one that fails does not fail the other."""
    await first(jonas)
    await first(mia)
    await end(site, "jonas")
    answers = await asyncio.gather(
        *(
            client.post(POSTS, json={"content": "at once"})
            for client in (mia, jonas, mia, jonas, mia)
        )
    )
    assert [answer.status_code for answer in answers] == [201, 401, 201, 401, 201]


async def test_a_closed_account_is_nobody_though_its_token_is_there(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await first(jonas)
    async with site.organisation.database.transaction() as connection:
        await connection.execute("UPDATE person SET active = false WHERE handle = 'jonas'")
    answer = await jonas.post(POSTS, json={"content": "again"})
    assert problem(answer) == (401, "unauthenticated")


async def test_a_remembered_token_expires(site: Site, mia: httpx.AsyncClient) -> None:
    until = site.organisation.clock() + timedelta(hours=1)
    made = await mia.post(
        f"{V1}/tokens",
        json={"name": "ci", "scopes": ["publish"], "expires": until.isoformat()},
    )
    program = site.visitor(Authorization=f"Bearer {made.json()['token']}")
    await first(program)
    site.organisation.clock.time += timedelta(hours=1)
    assert problem(await program.post(POSTS, json={"content": "late"})) == (401, "unauthenticated")


async def test_somebody_remembered_is_asked_for_wherever_they_do_not_publish(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    post = await first(jonas)
    await end(site, "jonas")
    for path in ("/me", "/home", f"/activities/{post}"):
        assert problem(await jonas.get(V1 + path)) == (401, "unauthenticated")
