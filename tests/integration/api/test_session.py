from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.api.conftest import EPOCH, V1, Site, problem

if TYPE_CHECKING:
    import httpx

    from tests.integration.conftest import Organisation

PASSWORD = "correct horse battery staple"
OWN = {"Origin": "http://headrace.example"}


async def signed_in(site: Site) -> httpx.AsyncClient:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    browser = site.visitor()
    answer = await browser.post(
        f"{V1}/session", json={"email": "Jonas@Example.org ", "password": PASSWORD}, headers=OWN
    )
    assert answer.status_code == 201, answer.text
    return browser


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(site: Site) -> None:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    answer = await site.visitor().post(
        f"{V1}/session", json={"email": "jonas@example.org", "password": PASSWORD}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("headrace_session=hs_")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert f"Max-Age={30 * 86_400}" in cookie
    assert "Secure" not in cookie
    assert answer.json()["handle"] == "jonas"
    assert "password" not in answer.text


async def test_the_cookie_is_secure_where_browsers_reach_us_by_https(
    organisation: Organisation,
) -> None:
    site = Site(organisation, public_url="https://stream.example.org")
    await site.accounts.set_password(organisation.jonas, PASSWORD)
    answer = await site.visitor().post(
        f"{V1}/session", json={"email": "jonas@example.org", "password": PASSWORD}
    )
    assert answer.headers["set-cookie"].startswith("__Host-headrace_session=hs_")
    assert "Secure" in answer.headers["set-cookie"]
    assert "Path=/" in answer.headers["set-cookie"]
    assert "Domain" not in answer.headers["set-cookie"]
    session = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    theirs = site.visitor(Cookie=f"__Host-headrace_session={session}")
    assert (await theirs.get(f"{V1}/me")).json()["handle"] == "jonas"
    neighbour = site.visitor(Cookie=f"headrace_session={session}")
    assert problem(await neighbour.get(f"{V1}/me")) == (401, "unauthenticated")
    await site.close()


async def test_the_cookie_says_who_asks(site: Site) -> None:
    browser = await signed_in(site)
    answer = await browser.get(f"{V1}/me")
    jonas = site.organisation.jonas
    assert answer.json() == {
        "id": jonas.id,
        "email": "jonas@example.org",
        "handle": "jonas",
        "name": "Jonas Weber",
        "kind": "employee",
        "admin": False,
        "inbox": jonas.inbox,
        "epoch": EPOCH,
    }


async def test_signing_out_ends_the_session_and_clears_the_cookie(site: Site) -> None:
    browser = await signed_in(site)
    stolen = dict(browser.cookies)
    answer = await browser.delete(f"{V1}/session", headers=OWN)
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    thief = site.visitor(Cookie=f"headrace_session={stolen['headrace_session']}")
    assert problem(await thief.get(f"{V1}/me")) == (401, "unauthenticated")


async def test_signing_out_without_a_session_is_no_error(site: Site) -> None:
    assert (await site.visitor().delete(f"{V1}/session")).status_code == 204


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(site: Site) -> None:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    visitor = site.visitor()
    answers = [
        await visitor.post(f"{V1}/session", json={"email": email, "password": "wrong password"})
        for email in ("jonas@example.org", "olga@example.org", "nobody@example.org", "\u0001")
    ]
    assert {problem(answer) for answer in answers} == {(401, "bad_credentials")}
    assert len({(answer.content, str(answer.headers)) for answer in answers}) == 1


async def test_whoever_keeps_trying_has_to_wait(site: Site) -> None:
    visitor = site.visitor()
    body = {"email": "jonas@example.org", "password": "wrong password"}
    answers = [await visitor.post(f"{V1}/session", json=body) for _ in range(11)]
    assert problem(answers[9]) == (401, "bad_credentials")
    assert problem(answers[10]) == (429, "rate_limited")
    assert 0 < int(answers[10].headers["retry-after"]) <= 30
    assert answers[10].json()["retry"] is True
    assert "errors" not in answers[10].json(), "nobody who guesses is told how often they may"


async def test_requests_of_foreign_pages_with_a_cookie_are_refused(site: Site) -> None:
    browser = await signed_in(site)
    body = {"content": "forged"}
    path = f"{V1}/groups/qm/activities"
    foreign: list[dict[str, str]] = [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": "http://evil.example/http://headrace.example"},
        {"Origin": "http://headrace.example.evil.example"},
    ]
    for headers in foreign:
        answer = await browser.post(path, json=body, headers=headers)
        assert problem(answer) == (403, "origin_not_allowed"), headers
    for headers in (OWN, {"Referer": "http://headrace.example/groups/qm"}):
        assert (await browser.post(path, json=body, headers=headers)).status_code == 201


async def test_nobody_is_signed_in_by_a_foreign_page(site: Site) -> None:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    answer = await site.visitor().post(
        f"{V1}/session",
        json={"email": "jonas@example.org", "password": PASSWORD},
        headers={"Origin": "http://evil.example"},
    )
    assert problem(answer) == (403, "origin_not_allowed")
    assert "set-cookie" not in answer.headers


async def test_a_token_needs_no_origin(site: Site, jonas: httpx.AsyncClient) -> None:
    answer = await jonas.post(
        f"{V1}/groups/qm/activities",
        json={"content": "from a script"},
        headers={"Origin": "http://elsewhere.example"},
    )
    assert answer.status_code == 201


async def test_a_wrong_token_is_not_made_good_by_a_cookie(site: Site) -> None:
    browser = await signed_in(site)
    for header in ("Bearer hr_wrong", "Bearer ", "Basic am9uYXM6eA==", "x"):
        answer = await browser.get(f"{V1}/me", headers={"Authorization": header})
        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_deactivated_person_is_out_with_the_next_request(site: Site) -> None:
    browser = await signed_in(site)
    token = await site.client(site.organisation.jonas)
    await site.organisation.administration.deactivate(None, "jonas@example.org")
    assert problem(await browser.get(f"{V1}/me")) == (401, "unauthenticated")
    assert problem(await token.get(f"{V1}/me")) == (401, "unauthenticated")


async def test_a_ticket_is_good_for_one_handshake(site: Site, jonas: httpx.AsyncClient) -> None:
    answer = await jonas.post(f"{V1}/live/ticket")
    assert answer.status_code == 201
    assert answer.json()["expiresIn"] == 30
    known = await site.accounts.redeem(answer.json()["ticket"])
    assert known.person == site.organisation.jonas


async def test_the_address_of_the_websocket_says_so(jonas: httpx.AsyncClient) -> None:
    answer = await jonas.get(f"{V1}/live")
    assert problem(answer) == (426, "upgrade_required")
    assert answer.headers["upgrade"] == "websocket"
