"""Rules over HTTP: made by owners and administrators, told of in receipts, applied by a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

IBAN = "DE89 3704 0044 0532 0130 00"
BANK = {"name": "bank", "level": "confidential", "detects": ["iban"]}
QM = f"{V1}/groups/qm"
POSTS = f"{QM}/activities"


async def rule(client: httpx.AsyncClient, *rules: Any, path: str = QM, **fields: Any) -> Any:
    answer = await client.put(f"{path}/classification", json={"rules": rules} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, content: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post(POSTS, json={"content": content} | fields)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_rules_are_kept_as_they_were_given(mia: httpx.AsyncClient) -> None:
    assert (await mia.get(f"{QM}/classification")).json() == {
        "floor": "public",
        "rules": [],
        "version": 0,
    }
    told = await rule(mia, BANK, floor="internal")
    assert (await mia.get(f"{QM}/classification")).json() == told
    assert told["rules"] == [BANK]
    assert told["floor"] == "internal"
    stale = await mia.put(f"{QM}/classification", json={"version": 0})
    assert problem(stale) == (409, "conflict")
    await rule(mia, version=told["version"])


async def test_the_receipt_says_the_level_and_what_raised_it(mia: httpx.AsyncClient) -> None:
    await rule(mia, BANK)
    told = await post(mia, f"to {IBAN}")
    assert told["level"] == "confidential"
    assert told["raised"] == [{"rule": "bank", "group": "qm"}]
    assert "raised" not in await post(mia, "lunch")
    lines = "\n".join(json.dumps({"content": text}) for text in (IBAN, "lunch"))
    batch = await mia.post(
        f"{POSTS}:batch", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    told_lines = [json.loads(line) for line in batch.text.splitlines()]
    assert [line["level"] for line in told_lines] == ["confidential", "internal"]
    assert told_lines[0]["raised"] == [{"rule": "bank", "group": "qm"}]


async def test_who_is_not_cleared_learns_the_rules_name_and_nothing_it_looks_for(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await rule(mia, {"name": "pay", "level": "confidential", "words": ["falcon", "heron"]})
    answer = await jonas.post(POSTS, json={"content": "the falcon"})
    assert problem(answer) == (403, "above_clearance")
    assert answer.json()["errors"]["raised"] == [{"rule": "pay", "group": "qm"}]
    assert answer.json()["errors"]["level"] == "confidential"
    assert "falcon" not in answer.text
    assert "heron" not in answer.text


@pytest.mark.parametrize(
    "rules",
    [
        [{"name": "x", "level": "confidential"}],
        [{"name": "x", "level": "secret", "words": ["y"]}],
        [{"name": "x", "level": "confidential", "word": ["y"]}],
        [{"name": "x", "level": "confidential", "patterns": ["("]}],
        [{"name": "x", "level": "confidential", "detects": ["everything"]}],
        [BANK, BANK],
        [{"name": str(number), **BANK} for number in range(65)],
    ],
)
async def test_rules_that_cannot_be_are_refused_and_those_there_are_stay(
    mia: httpx.AsyncClient, rules: list[Any]
) -> None:
    await rule(mia, BANK)
    answer = await mia.put(f"{QM}/classification", json={"rules": rules})
    assert problem(answer)[0] in (400, 422)
    assert (await mia.get(f"{QM}/classification")).json()["rules"] == [BANK]


async def test_rules_are_shown_to_those_who_make_them_alone(
    mia: httpx.AsyncClient,
    jonas: httpx.AsyncClient,
    gus: httpx.AsyncClient,
    olga: httpx.AsyncClient,
) -> None:
    """What a rule looks for may be the secret."""
    await mia.post(f"{V1}/groups", json={"name": "hush", "title": "x"})
    await mia.patch(f"{V1}/groups/hush", json={"visibility": "secret"})
    requests = (("GET", ""), ("PUT", ""), ("POST", ":apply"))
    for client in (jonas, gus, olga):
        for method, verb in requests:
            address = f"{V1}/classification{verb}"
            assert problem(await client.request(method, address, json={})) == (403, "forbidden")
            address = f"{V1}/groups/hush/classification{verb}"
            assert problem(await client.request(method, address, json={})) == (404, "not_found")
    for client in (jonas, gus):
        for method, verb in requests:
            answer = await client.request(method, f"{QM}/classification{verb}", json={})
            assert problem(answer) == (403, "forbidden")


async def test_the_organisations_rules_hold_in_all_groups(
    mia: httpx.AsyncClient, site: Site
) -> None:
    await rule(mia, BANK, path=V1)
    assert (await post(mia, IBAN))["raised"] == [{"rule": "bank"}]


async def test_a_level_is_changed_by_a_patch_and_the_change_is_on_record(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    told = await post(jonas, "hello", level="public")
    path = f"{V1}/activities/{told['id']}"
    raised = (await jonas.patch(path, json={"level": "internal"})).json()
    assert (raised["level"], raised["content"]) == ("internal", "hello")
    assert raised["formerly"] == told["id"]
    assert (await jonas.get(path)).json()["id"] == raised["id"]
    new = f"{V1}/activities/{raised['id']}"
    assert problem(await mia.patch(new, json={"level": "public"})) == (422, "invalid")
    lowered = (await mia.patch(new, json={"level": "public", "reason": "harmless"})).json()
    history = (await jonas.get(f"{V1}/activities/{lowered['id']}/history")).json()["items"]
    assert [(one["was"], one["became"], one["by"]["handle"]) for one in history] == [
        ("internal", "public", "mia"),
        ("public", "internal", "jonas"),
    ]
    assert history[0]["reason"] == "harmless"


async def test_a_patch_of_nothing_is_refused_and_one_to_the_same_level_changes_nothing(
    mia: httpx.AsyncClient,
) -> None:
    told = await post(mia, "hello")
    path = f"{V1}/activities/{told['id']}"
    for body in ({}, {"level": "public", "content": "hi"}):
        assert problem(await mia.patch(path, json=body)) == (422, "invalid")
    same = (await mia.patch(path, json={"level": "internal"})).json()
    assert (same["id"], "updated" in same) == (told["id"], False)


async def test_an_edit_that_raises_answers_what_the_post_became(mia: httpx.AsyncClient) -> None:
    await rule(mia, BANK)
    told = await post(mia, "lunch")
    edited = (await mia.patch(f"{V1}/activities/{told['id']}", json={"content": IBAN})).json()
    assert (edited["level"], edited["content"]) == ("confidential", IBAN)
    history = (await mia.get(f"{V1}/activities/{edited['id']}/history")).json()["items"]
    assert history[0]["raised"] == [{"rule": "bank", "group": "qm"}]


async def test_rules_are_applied_to_what_is_there_and_their_progress_is_told(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    for text in (IBAN, "lunch", IBAN):
        await post(jonas, text)
    await rule(mia, BANK)
    steps = []
    for body in ({"rehearsal": True}, {}):
        answer = await mia.post(f"{QM}/classification:apply", json=body)
        assert answer.headers["content-type"] == "application/x-ndjson"
        steps.append(json.loads(answer.text.splitlines()[-1]))
    assert steps == [
        {"group": "qm", "examined": 3, "of": 3, "found": 2, "raised": 0},
        {"group": "qm", "examined": 3, "of": 3, "found": 2, "raised": 2},
    ]
    seen = (await jonas.get(POSTS, params={"filter": "type:Create"})).json()["items"]
    assert [one["content"] for one in seen] == ["lunch"]
