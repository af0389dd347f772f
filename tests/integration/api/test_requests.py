"""What holds for every request: bodies, methods, headers, problems; health; the web client."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from headrace.api.application import create_api
from headrace.errors import Unavailable
from headrace.log import Database
from headrace.settings import Rate
from headrace.tasks import end_when_broken
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.integration.conftest import Organisation

PATH = f"{V1}/groups/qm/activities"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"{", b"[]", b'"x"', b"null", b'{"content": "\xff"}', b'{"content": "\\ud800"}'],
)
async def test_a_body_that_is_not_the_json_asked_for_is_malformed(
    jonas: httpx.AsyncClient, body: bytes
) -> None:
    answer = await jonas.post(PATH, content=body, headers=JSON)
    assert problem(answer) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("application/activity+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json-but-not-quite", 415),
        ("", 415),
        (None, 201),
    ],
)
async def test_a_body_is_json_or_of_no_type(
    jonas: httpx.AsyncClient, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await jonas.post(PATH, content=b'{"content": "x"}', headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert problem(answer) == (415, "unsupported_media_type")


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(
    organisation: Organisation,
) -> None:
    site = Site(organisation, max_body_bytes=1_000)
    jonas = await site.client(organisation.jonas)

    async def chunks() -> Any:
        yield b'{"content": "'
        for _ in range(100):
            yield b"x" * 100

    for content in (b'{"content": "' + b"x" * 1_000 + b'"}', chunks()):
        answer = await jonas.post(PATH, content=content, headers=JSON)
        assert problem(answer) == (413, "too_large")
    fits = await jonas.post(PATH, content=b'{"content": "' + b"x" * 985 + b'"}', headers=JSON)
    assert fits.status_code == 201
    await site.close()


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/v2/me", "/api", "/nowhere"])
async def test_an_address_that_does_not_exist_is_not_found(
    jonas: httpx.AsyncClient, path: str
) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert problem(await jonas.request(method, path)) == (404, "not_found")


@pytest.mark.parametrize("has_client", [False, True])
async def test_a_method_that_an_address_does_not_take_is_told_the_others(
    organisation: Organisation, tmp_path: Path, has_client: bool
) -> None:
    site = Site(organisation, tmp_path if has_client else None)
    answer = await site.visitor().put(f"{V1}/groups/qm")
    assert problem(answer) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH"}
    await site.close()


async def test_no_answer_is_kept_or_shared_by_anybody_in_between(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    answers = [
        await jonas.get(f"{V1}/home"),
        await jonas.get(f"{V1}/activities/nowhere"),
        await jonas.get(f"{V1}/nowhere"),
        await jonas.put(f"{V1}/streams/nowhere/read", json={"seq": 1}),
        await site.visitor().get(f"{V1}/home"),
        await jonas.post(f"{PATH}:batch", content=b"{}"),
        await jonas.delete(f"{V1}/session"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["vary"] == "Authorization, Cookie"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "etag" not in answer.headers


async def test_a_defect_is_noted_here_and_tells_nothing_outside(
    site: Site,
    jonas: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the secret group is called hush")

    monkeypatch.setattr(site.organisation.publisher, "publish", broken)
    with caplog.at_level(logging.ERROR, "asyncio"):
        answer = await jonas.post(PATH, json={"content": "x"})
    assert problem(answer) == (500, "internal")
    assert "hush" not in answer.text
    assert "hush" in caplog.text


@pytest.mark.parametrize(("error", "ends"), [(AssertionError, True), (RuntimeError, False)])
async def test_a_broken_belief_ends_the_process_and_another_defect_does_not(
    site: Site,
    jonas: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    ends: bool,
) -> None:
    async def broken(*_: object) -> None:
        raise error("water flows uphill")

    ended = asyncio.Event()
    end_when_broken(asyncio.get_running_loop(), ended.set)
    monkeypatch.setattr(site.organisation.publisher, "publish", broken)
    answer = await jonas.post(PATH, json={"content": "x"})
    assert problem(answer) == (500, "internal")
    assert ended.is_set() is ends


async def test_a_node_that_is_not_ready_says_when_to_come_back(site: Site) -> None:
    def not_yet() -> Any:
        raise Unavailable("this node is not ready yet")

    site.application = create_api(not_yet)
    answer = await site.visitor().get(f"{V1}/me")
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_a_log_that_is_away_is_unavailable_and_its_node_not_ready(
    organisation: Organisation,
) -> None:
    away = await Database.connect("postgresql://nobody@/nothing?host=/nowhere")
    known, organisation.database = organisation.database, away
    site = Site(organisation)
    jonas = site.visitor(Authorization="Bearer hr_any")
    answer = await jonas.get(f"{V1}/me")
    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    ready = await jonas.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {"status": "down", "checks": {"database": "down", "bus": "ok"}}
    assert (await jonas.get("/healthz")).json() == {"status": "ok"}
    await site.close()
    await away.close()
    organisation.database = known


async def test_without_the_bus_a_node_works_on(site: Site) -> None:
    visitor = site.visitor()
    ready = await visitor.get("/readyz")
    assert ready.json() == {"status": "ok", "checks": {"database": "ok", "bus": "ok"}}
    site.bus = False
    ready = await visitor.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "degraded"


async def test_a_node_that_is_going_down_works_but_is_not_ready(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    site.draining = True
    ready = await jonas.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"database": "ok", "bus": "ok", "node": "draining"}
    assert (await jonas.get("/healthz")).status_code == 200
    assert (await jonas.get(f"{V1}/me")).status_code == 200


async def test_requests_are_counted_by_address_of_the_table(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await jonas.get(f"{V1}/groups/hush")
    answer = await site.visitor(address="127.0.0.1").get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    row = 'headrace_http_requests_total{method="GET",path="/api/v1/groups/{name}",status="404"} 1.0'
    assert row in answer.text
    assert "hush" not in answer.text


async def test_the_api_describes_itself(site: Site) -> None:
    answer = await site.visitor().get(f"{V1}/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")


async def test_head_is_get_without_a_body(jonas: httpx.AsyncClient) -> None:
    assert (await jonas.head(f"{V1}/me")).status_code == 200


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A web client, built."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Headrace</title>")
    (tmp_path / "assets" / "index-1a2b.js").write_text("console.log('hello')")
    return tmp_path


async def test_the_web_client_is_served_and_reads_addresses_itself(
    organisation: Organisation, built: Path
) -> None:
    site = Site(organisation, built)
    browser = site.visitor()
    for path in ("/", "/index.html", "/groups/qm", "/search?q=x"):
        answer = await browser.get(path)
        assert "<title>Headrace</title>" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    again = await browser.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    await site.close()


async def test_assets_with_a_hash_in_their_name_are_kept_for_ever(
    organisation: Organisation, built: Path
) -> None:
    site = Site(organisation, built)
    browser = site.visitor()
    answer = await browser.get("/assets/index-1a2b.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert problem(await browser.get("/assets/index-gone.js")) == (404, "not_found")
    await site.close()


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/nowhere", "/api"])
async def test_the_web_client_answers_for_no_address_of_the_api(
    organisation: Organisation, built: Path, path: str
) -> None:
    site = Site(organisation, built)
    for method in ("GET", "POST"):
        answer = await site.visitor().request(method, path)
        assert problem(answer) == (404, "not_found")
    await site.close()


async def test_nothing_outside_the_web_client_is_served(
    organisation: Organisation, built: Path
) -> None:
    (built.parent / "secret.txt").write_text("canary")
    site = Site(organisation, built)
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00"):
        assert "canary" not in (await site.visitor().get(path)).text
    await site.close()


async def test_a_client_that_was_not_built_is_explained_in_both_languages(
    organisation: Organisation, tmp_path: Path
) -> None:
    site = Site(organisation, tmp_path / "nowhere")
    answer = await site.visitor().get("/")
    assert answer.status_code == 404
    assert "was not built" in answer.text
    assert "wurde nicht gebaut" in answer.text
    await site.close()


async def test_who_publishes_too_much_is_told_when_to_go_on(organisation: Organisation) -> None:
    site = Site(organisation, limit_publish=Rate(2, 30.0))
    jonas = await site.client(organisation.jonas)
    path = f"{V1}/groups/qm/activities"
    answers = [await jonas.post(path, json={"content": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [201, 201]
    assert problem(answers[2]) == (429, "rate_limited")
    assert 0 < int(answers[2].headers["retry-after"]) <= 31
    lines = {"Content-Type": "application/x-ndjson"}
    batch = await jonas.post(f"{path}:batch", content=b'{"content": "x"}\n', headers=lines)
    assert problem(batch) == (429, "rate_limited")
    await site.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_metrics_are_for_this_machine(site: Site, address: str) -> None:
    assert (await site.visitor(address).get("/metrics")).status_code == 200


async def test_elsewhere_there_are_no_metrics(site: Site, mia: httpx.AsyncClient) -> None:
    for client in (site.visitor(), site.visitor("::2"), mia):
        assert problem(await client.get("/metrics")) == (404, "not_found")


async def test_a_token_opens_the_metrics_from_anywhere_and_nothing_else_does(
    organisation: Organisation,
) -> None:
    site = Site(organisation, metrics_token="a token of its own")
    right = site.visitor(Authorization="Bearer a token of its own")
    assert (await right.get("/metrics")).status_code == 200
    for authorization in ("Bearer wrong", "Bearer ", "x"):
        client = site.visitor("127.0.0.1", Authorization=authorization)
        assert problem(await client.get("/metrics")) == (404, "not_found")
    assert problem(await site.visitor("127.0.0.1").get("/metrics")) == (404, "not_found")
    await site.close()
