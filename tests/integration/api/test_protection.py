"""What holds for every address, walked from the table of routes: a new one cannot forget it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from headrace.api.answers import HEADERS, PROTECTION
from headrace.api.route import Open, Route
from headrace.api.routes import ROUTES
from headrace.auth.credentials import COOKIE
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.integration.conftest import Organisation

SAFE = {"GET", "HEAD"}
CHANGING = [route for route in ROUTES if route.method not in SAFE]
FOREIGN = ("http://evil.example", "null", "http://headrace.example.evil.example")


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    """An address of that route, about things that mostly are not there."""
    names = {"name": "qm", "subject": "jonas", "id": "00000000-0000-0000-0000-000000000000"}
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: names.get(found[1], "x"), route.path)


async def ask(client: httpx.AsyncClient, route: Route, **headers: str) -> httpx.Response:
    content = None if route.method in SAFE else b"{}"
    return await client.request(route.method, address(route), content=content, headers=headers)


@pytest.fixture
async def session(site: Site) -> str:
    """The session of Mia's browser: she is an administrator, whom a foreign page would like."""
    mia = site.organisation.mia
    await site.accounts.set_password(mia, "correct horse battery")
    secret, _ = await site.accounts.sign_in(mia.email, "correct horse battery")
    return secret


async def test_no_answer_is_kept_framed_or_guessed_whoever_asks(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    for route in ROUTES:
        for client in (site.visitor(), jonas):
            answer = await ask(client, route)
            for header, value in HEADERS.items():
                assert answer.headers.get(header) == value, (name(route), header)
            assert "access-control-allow-origin" not in answer.headers, name(route)
    for path in ("/scim/v2/Users", "/scim/v2/nowhere", "/nowhere", f"{V1}/nowhere"):
        answer = await jonas.get(path)
        for header, value in HEADERS.items():
            assert answer.headers.get(header) == value, (path, header)


async def test_nothing_that_changes_anything_is_done_for_a_foreign_page(
    site: Site, session: str
) -> None:
    browser = site.visitor(Cookie=f"{COOKIE}={session}")
    for route in CHANGING:
        for origin in FOREIGN:
            answer = await ask(browser, route, Origin=origin)
            assert problem(answer) == (403, "origin_not_allowed"), (name(route), origin)
            answer = await ask(browser, route, Referer=f"{origin}/page")
            assert problem(answer) == (403, "origin_not_allowed"), (name(route), origin)
        answer = await ask(browser, route)
        assert problem(answer) == (403, "origin_not_allowed"), (name(route), "no origin")
    assert (await browser.get(f"{V1}/me")).status_code == 200, "she is still signed in"


async def test_no_page_signs_somebody_in_or_out_without_their_cookie_either(site: Site) -> None:
    for route in CHANGING:
        answer = await ask(site.visitor(), route, Origin="http://evil.example")
        assert problem(answer) == (403, "origin_not_allowed"), name(route)


async def test_nothing_that_only_shows_changes_anything(site: Site, mia: httpx.AsyncClient) -> None:
    async def state() -> list[int]:
        tables = ("activity", "entry", "membership", "person", "team_group", "audit", "token")
        async with site.organisation.database.connection() as connection:
            return [await connection.fetchval(f"SELECT count(*) FROM {t}") for t in tables]

    before = await state()
    shown = [route for route in ROUTES if route.method in SAFE and "export" not in route.path]
    for route in shown:
        await ask(mia, route)
    assert await state() == before


async def test_what_is_not_open_asks_who_it_is(site: Site) -> None:
    for route in ROUTES:
        if route.needs is not Open.ANYBODY:
            answer = await ask(site.visitor(), route)
            assert problem(answer) == (401, "unauthenticated"), name(route)


async def test_no_body_is_read_that_is_too_large(organisation: Organisation) -> None:
    site = Site(organisation, max_body_bytes=1_024, max_batch_bytes=1_024)
    mia = await site.client(organisation.mia)
    taking = [route for route in CHANGING if isinstance(route.takes, type)]
    assert len(taking) > 10
    for route in taking:
        answer = await mia.request(route.method, address(route), content=b'{"x": "' + b"x" * 2_000)
        assert problem(answer) == (413, "too_large"), name(route)
    await site.close()


async def test_no_body_is_nested_until_the_server_breaks(mia: httpx.AsyncClient) -> None:
    deep = b'{"content": ' + b"[" * 100_000
    for route in CHANGING:
        if isinstance(route.takes, type) and not route.lines:
            answer = await mia.request(route.method, address(route), content=deep)
            assert problem(answer)[0] in (400, 403, 404), name(route)


async def test_the_web_client_runs_its_own_scripts_and_styles_and_nothing_else(
    organisation: Organisation, tmp_path: Path
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Headrace</title>")
    (tmp_path / "assets" / "index-1a2b.js").write_text("1")
    site = Site(organisation, tmp_path)
    for path in ("/", "/groups/qm", "/assets/index-1a2b.js"):
        answer = await site.visitor().get(path)
        for header, value in PROTECTION.items():
            assert answer.headers.get(header) == value, (path, header)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy
    await site.close()
