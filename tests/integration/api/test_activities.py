"""Single activities: published, shown, changed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

PATH = f"{V1}/groups/qm/activities"


async def publish(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={"content": "hello"} | fields)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_what_is_published_can_be_seen(
    jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    receipt = await publish(
        jonas,
        content="Please look, @mia and @nobody. #Audit",
        tags=["Review"],
        attachment=[{"url": "https://example.org/a.pdf", "mediaType": "application/pdf"}],
    )
    assert set(receipt) == {"id", "stream", "seq", "published", "level", "unreached"}
    assert receipt["unreached"] == ["nobody"]
    told = (await mia.get(f"{V1}/activities/{receipt['id']}")).json()
    assert told["content"] == "Please look, @mia and @nobody. #Audit"
    assert told["type"] == "Create"
    assert told["level"] == "internal"
    assert told["target"] == "qm"
    assert told["tags"] == ["review", "audit"]
    assert told["mentions"] == ["mia"]
    assert told["attachment"] == [
        {"url": "https://example.org/a.pdf", "mediaType": "application/pdf"}
    ]
    assert told["published"] == receipt["published"]
    assert "source" not in told


async def test_the_same_key_gives_the_same_answer_and_one_activity(
    jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "7c1f: once"}
    first = await jonas.post(PATH, json={"content": "once"}, headers=key)
    again = await jonas.post(PATH, json={"content": "once"}, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    other = await mia.post(PATH, json={"content": "once"}, headers=key)
    assert other.json()["id"] != first.json()["id"]
    assert len((await jonas.get(PATH, params={"filter": "once"})).json()["items"]) == 2


@pytest.mark.parametrize("key", ["", " x", "x" * 201, "tab\there"])
async def test_a_key_is_short_and_printable(jonas: httpx.AsyncClient, key: str) -> None:
    answer = await jonas.post(PATH, json={"content": "x"}, headers={"Idempotency-Key": key})
    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"] == {"field": "Idempotency-Key"}


async def test_answers_likes_and_their_undoing(
    jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    post = await publish(mia)
    await publish(jonas, inReplyTo=post["id"])
    await publish(jonas, type="Like", content=None, object=post["id"])
    seen = (await jonas.get(f"{V1}/activities/{post['id']}")).json()
    assert (seen["likes"], seen["liked"], seen["replies"]) == (1, True, 1)
    await publish(jonas, type="Undo", content=None, object=post["id"])
    seen = (await jonas.get(f"{V1}/activities/{post['id']}")).json()
    assert "likes" not in seen


async def test_an_author_edits_and_deletes(
    jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    path = f"{V1}/activities/{(await publish(jonas))['id']}"
    edited = await jonas.patch(path, json={"content": "hello again #new"})
    assert edited.status_code == 200
    assert edited.json()["content"] == "hello again #new"
    assert edited.json()["tags"] == ["new"]
    assert "updated" in edited.json()
    assert (await jonas.delete(path)).status_code == 204
    left = (await mia.get(path)).json()
    assert (left["type"], left["formerType"]) == ("Tombstone", "Create")
    assert "content" not in left
    assert problem(await jonas.patch(path, json={"content": "back"})) == (404, "not_found")
    assert problem(await jonas.delete(path)) == (404, "not_found")


async def test_others_may_not_edit_but_moderators_may_delete(
    jonas: httpx.AsyncClient, gus: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    path = f"{V1}/activities/{(await publish(jonas, level='public'))['id']}"
    assert problem(await mia.patch(path, json={"content": "mine"})) == (403, "forbidden")
    assert problem(await gus.delete(path)) == (403, "forbidden")
    assert (await mia.delete(path)).status_code == 204


async def test_only_posts_are_edited_or_deleted(jonas: httpx.AsyncClient) -> None:
    post = await publish(jonas)
    like = await publish(jonas, type="Like", content=None, object=post["id"])
    path = f"{V1}/activities/{like['id']}"
    assert problem(await jonas.patch(path, json={"content": "x"})) == (422, "invalid")
    assert problem(await jonas.delete(path)) == (422, "invalid")


@pytest.mark.parametrize(
    ("fields", "status", "code", "errors"),
    [
        ({"content": ""}, 422, "invalid", {"field": "content"}),
        ({"content": None}, 422, "invalid", {"field": "content"}),
        ({"inReplyTo": "x"}, 422, "invalid", {"field": "inReplyTo"}),
        ({"object": str(uuid4())}, 422, "invalid", {"field": "object"}),
        ({"type": "Like", "content": None}, 422, "invalid", {"field": "object"}),
        ({"inReplyTo": str(uuid4())}, 404, "not_found", None),
        ({"also": ["nowhere"]}, 404, "not_found", None),
        ({"also": ["a\x00b"]}, 400, "malformed_body", {"path": "also[0]"}),
        ({"attachment": [{"url": "x", "mediaType": "\x00"}]}, 400, "malformed_body", None),
        ({"attachment": [{"url": "javascript:alert(1)"}]}, 422, "invalid", {"field": "attachment"}),
        ({"attachment": [{"url": " http://x"}]}, 422, "invalid", {"field": "attachment"}),
        ({"level": "confidential"}, 403, "level_not_allowed", None),
        ({"level": "top secret"}, 400, "malformed_body", {"path": "level"}),
        ({"type": "Join"}, 400, "malformed_body", {"path": "type"}),
        ({"contents": "x"}, 400, "malformed_body", {"path": "contents"}),
        ({"tags": ["x", 1]}, 400, "malformed_body", {"path": "tags[1]"}),
        ({"actor": "mia"}, 400, "malformed_body", {"path": "actor"}),
    ],
)
async def test_what_is_wrong_with_a_publication_is_said(
    jonas: httpx.AsyncClient,
    fields: dict[str, Any],
    status: int,
    code: str,
    errors: dict[str, str] | None,
) -> None:
    answer = await jonas.post(PATH, json={"content": "x"} | fields)
    assert problem(answer) == (status, code), answer.text
    assert errors is None or answer.json()["errors"] == errors


async def test_bad_input_loses_nothing_that_is_published_with_it(
    site: Site, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    refused = await olga.post(PATH, json={"content": "x"})
    assert problem(refused) == (404, "not_found")
    await publish(jonas)
