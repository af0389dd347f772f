"""Sessions and tokens: listed, limited, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from headrace.api.route import Open
from headrace.api.routes import ROUTES
from headrace.model.identity import Scope
from headrace.model.people import Kind
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

    from headrace.api.route import Route

PASSWORD = "correct horse battery staple"
OWN = {"Origin": "http://headrace.example"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def sign_in(site: Site, name: str = "jonas", agent: str = FIREFOX) -> httpx.AsyncClient:
    browser = site.visitor(**{"User-Agent": agent, **OWN})
    answer = await browser.post(
        f"{V1}/session", json={"email": f"{name}@example.org", "password": PASSWORD}
    )
    assert answer.status_code == 201, answer.text
    return browser


@pytest.fixture
async def browsers(site: Site) -> list[httpx.AsyncClient]:
    """Jonas, signed in three times."""
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    return [await sign_in(site), await sign_in(site, agent="curl/8"), await sign_in(site)]


async def sessions(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"{V1}/sessions")).json()["items"]
    return found


async def token(
    site: Site, client: httpx.AsyncClient, path: str = "/tokens", **body: Any
) -> httpx.AsyncClient:
    """A client with a token that another one has made."""
    answer = await client.post(V1 + path, json={"name": "ci", "scopes": ["read"]} | body)
    assert answer.status_code == 201, answer.text
    return site.visitor(Authorization=f"Bearer {answer.json()['token']}")


# Sessions


async def test_one_sees_where_one_is_signed_in(browsers: list[httpx.AsyncClient]) -> None:
    listed = await sessions(browsers[0])
    assert len(listed) == 3
    assert [one.get("current", False) for one in listed].count(True) == 1
    assert sorted(one["agent"] for one in listed) == ["Firefox, Linux", "Firefox, Linux", "curl"]
    assert {one["network"] for one in listed} == {"192.0.2.0/24"}


async def test_when_a_session_was_last_used_is_known_within_a_minute(
    site: Site, browsers: list[httpx.AsyncClient]
) -> None:
    site.organisation.clock.time += timedelta(hours=1)
    await browsers[1].get(f"{V1}/me")
    await site.accounts.uses.write()
    first, *others = await sessions(browsers[1])
    assert first["current"]
    assert first["lastUsed"] > first["created"]
    assert all(one["lastUsed"] == one["created"] for one in others)


async def test_a_session_that_is_revoked_is_over_and_every_node_is_told(
    site: Site, browsers: list[httpx.AsyncClient]
) -> None:
    mine, other, _ = browsers
    [key] = [one["id"] for one in await sessions(mine) if one["agent"] == "curl"]
    assert (await mine.delete(f"{V1}/sessions/{key}")).status_code == 204
    assert problem(await other.get(f"{V1}/me")) == (401, "unauthenticated")
    assert (await mine.get(f"{V1}/me")).status_code == 200
    [told] = site.organisation.ended
    assert (told.person, told.credentials) == (site.organisation.jonas.id, (key,))
    assert problem(await mine.delete(f"{V1}/sessions/{key}")) == (404, "not_found")


async def test_all_other_sessions_end_at_once(
    site: Site, browsers: list[httpx.AsyncClient]
) -> None:
    mine, *others = browsers
    assert (await mine.delete(f"{V1}/sessions")).status_code == 204
    assert [one["current"] for one in await sessions(mine)] == [True]
    for other in others:
        assert problem(await other.get(f"{V1}/me")) == (401, "unauthenticated")
    [told] = site.organisation.ended
    assert len(told.credentials or ()) == 2


async def test_signing_out_is_told_to_every_node(
    site: Site, browsers: list[httpx.AsyncClient]
) -> None:
    assert (await browsers[0].delete(f"{V1}/session")).status_code == 204
    [told] = site.organisation.ended
    assert len(told.credentials or ()) == 1


async def test_a_ticket_is_void_once_its_session_is_revoked(
    site: Site, browsers: list[httpx.AsyncClient]
) -> None:
    ticket = (await browsers[0].post(f"{V1}/live/ticket")).json()["ticket"]
    await browsers[1].delete(f"{V1}/sessions")
    with pytest.raises(Exception, match="Sign in first"):
        await site.accounts.redeem(ticket)


async def test_another_ones_session_is_as_good_as_none(
    browsers: list[httpx.AsyncClient], olga: httpx.AsyncClient
) -> None:
    [key, *_] = [one["id"] for one in await sessions(browsers[0])]
    there = await olga.delete(f"{V1}/sessions/{key}")
    not_there = await olga.delete(f"{V1}/sessions/{uuid4()}")
    assert (there.status_code, there.content) == (not_there.status_code, not_there.content)
    assert (await browsers[0].get(f"{V1}/me")).status_code == 200


async def test_administrators_end_the_sessions_of_others(
    site: Site, browsers: list[httpx.AsyncClient], mia: httpx.AsyncClient
) -> None:
    listed = (await mia.get(f"{V1}/people/jonas/sessions")).json()["items"]
    assert len(listed) == 3
    assert (await mia.delete(f"{V1}/sessions/{listed[0]['id']}")).status_code == 204
    assert (await mia.delete(f"{V1}/people/jonas@example.org/sessions")).status_code == 204
    for browser in browsers:
        assert problem(await browser.get(f"{V1}/me")) == (401, "unauthenticated")
    assert sum(len(told.credentials or ()) for told in site.organisation.ended) == 3


@pytest.mark.parametrize("whom", ["jonas", "nobody@example.org"])
@pytest.mark.parametrize("what", ["sessions", "tokens"])
async def test_whom_one_may_not_administer_may_as_well_not_exist(
    olga: httpx.AsyncClient, whom: str, what: str
) -> None:
    assert problem(await olga.get(f"{V1}/people/{whom}/{what}")) == (403, "forbidden")


# Tokens


async def test_a_token_is_shown_once_and_listed_without_its_secret(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    made = await jonas.post(
        f"{V1}/tokens", json={"name": "ci", "scopes": ["read", "publish"], "groups": ["qm"]}
    )
    secret = made.json()["token"]
    listed = await jonas.get(f"{V1}/tokens")
    [one] = [one for one in listed.json()["items"] if one["name"] == "ci"]
    assert one["id"] == made.json()["id"]
    assert (one["scopes"], one["groups"]) == (["publish", "read"], ["qm"])
    assert secret not in listed.text
    assert "lastUsed" not in one


async def test_a_revoked_token_is_over_and_every_node_is_told(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    program = await token(site, jonas)
    [key] = [
        t["id"] for t in (await jonas.get(f"{V1}/tokens")).json()["items"] if t["name"] == "ci"
    ]
    assert (await program.get(f"{V1}/home")).status_code == 200
    assert (await jonas.delete(f"{V1}/tokens/{key}")).status_code == 204
    assert problem(await program.get(f"{V1}/home")) == (401, "unauthenticated")
    [told] = site.organisation.ended
    assert told.credentials == (key,)


async def test_another_ones_token_is_as_good_as_none(
    site: Site, jonas: httpx.AsyncClient, olga: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    program = await token(site, jonas)
    [key] = [
        t["id"] for t in (await jonas.get(f"{V1}/tokens")).json()["items"] if t["name"] == "ci"
    ]
    assert problem(await olga.delete(f"{V1}/tokens/{key}")) == (404, "not_found")
    assert (await program.get(f"{V1}/home")).status_code == 200
    assert (await mia.delete(f"{V1}/tokens/{key}")).status_code == 204


async def test_a_token_expires(site: Site, jonas: httpx.AsyncClient) -> None:
    until = site.organisation.clock() + timedelta(hours=1)
    program = await token(site, jonas, expires=until.isoformat())
    assert (await program.get(f"{V1}/home")).status_code == 200
    site.organisation.clock.time += timedelta(hours=1)
    assert problem(await program.get(f"{V1}/home")) == (401, "unauthenticated")


async def test_a_token_that_is_over_before_it_is_made_is_refused(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    body = {"name": "x", "scopes": ["read"], "expires": "2020-01-01T00:00:00Z"}
    assert problem(await jonas.post(f"{V1}/tokens", json=body)) == (422, "invalid")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_l08_a_token_is_for_its_scopes_and_nothing_else(
    site: Site, mia: httpx.AsyncClient, route: Route
) -> None:
    """Every route is asked with a token that has all scopes but the one it needs."""
    if isinstance(route.needs, Open):
        return
    others = [scope for scope in Scope if scope is not route.needs]
    program = await token(site, mia, scopes=others)
    path = route.path.replace("{subject:path}", "jonas").replace("{name}", "qm")
    answer = await program.request(route.method, path)
    assert problem(answer) == (403, "insufficient_scope")


async def test_a_token_without_the_scope_admin_speaks_for_no_administrator(
    site: Site, mia: httpx.AsyncClient
) -> None:
    program = await token(site, mia, scopes=["read", "manage", "account"])
    assert (await program.get(f"{V1}/me")).json()["admin"] is False
    await site.organisation.hide(site.organisation.jonas, "secret")
    assert problem(await program.get(f"{V1}/groups/secret/members")) == (404, "not_found")


async def test_a_token_makes_none_that_may_do_more_or_lasts_longer(
    site: Site, mia: httpx.AsyncClient
) -> None:
    until = site.organisation.clock() + timedelta(hours=1)
    program = await token(site, mia, scopes=["account", "read"], expires=until.isoformat())
    for body in (
        {"scopes": ["admin"], "expires": until.isoformat()},
        {"scopes": ["read"]},
        {"scopes": ["read"], "expires": (until + timedelta(seconds=1)).isoformat()},
    ):
        answer = await program.post(f"{V1}/tokens", json={"name": "x"} | body)
        assert problem(answer) == (403, "insufficient_scope"), body
    await token(site, program, expires=until.isoformat())


async def test_l08_a_token_for_a_group_reaches_nothing_else(
    site: Site, mia: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await organisation.administration.add_group(organisation.mia, name="other", title="Other")
    bot = await organisation.administration.add_person(
        None, email="bot@example.org", name="Bot", kind=Kind.SERVICE
    )
    for group in ("qm", "other"):
        await organisation.administration.put_member(
            organisation.mia, group, bot.handle, None, None
        )
    scopes = ["read", "publish", "manage"]
    program = await token(site, mia, "/people/bot/tokens", scopes=scopes, groups=["qm"])
    post = {"content": "from a bot"}
    assert (await program.post(f"{V1}/groups/qm/activities", json=post)).status_code == 201
    assert (await program.get(f"{V1}/groups/qm/activities")).status_code == 200
    answer = await program.post(f"{V1}/groups/other/activities", json=post)
    assert problem(answer) == (404, "not_found")
    answer = await program.post(f"{V1}/groups/qm/activities", json=post | {"also": ["other"]})
    assert problem(answer) == (404, "not_found")
    lines = await program.post(
        f"{V1}/groups/qm/activities:batch",
        content='{"content": "x", "also": ["other"]}',
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert lines.json()["error"]["code"] == "not_found"
    for path in ("/home", "/search?q=x", "/inbox", "/groups", f"/activities/{uuid4()}"):
        assert problem(await program.get(V1 + path)) == (403, "insufficient_scope"), path


async def test_l08_nobody_says_who_the_actor_is(site: Site, jonas: httpx.AsyncClient) -> None:
    for field in ("actor", "person", "published", "source"):
        answer = await jonas.post(
            f"{V1}/groups/qm/activities",
            json={"content": "forged", field: site.organisation.mia.id},
        )
        assert problem(answer)[0] in (400, 422), field


async def test_a_service_has_tokens_and_no_password(site: Site, mia: httpx.AsyncClient) -> None:
    body = {"email": "ci@example.org", "name": "CI", "kind": "service"}
    refused = await mia.post(f"{V1}/people", json=body | {"password": PASSWORD})
    assert problem(refused) == (422, "invalid")
    assert (await mia.post(f"{V1}/people", json=body)).status_code == 201
    program = await token(site, mia, "/people/ci/tokens")
    assert (await program.get(f"{V1}/me")).json()["kind"] == "service"


async def test_administrators_make_no_tokens_that_speak_for_people(mia: httpx.AsyncClient) -> None:
    body = {"name": "x", "scopes": ["read"]}
    answer = await mia.post(f"{V1}/people/jonas/tokens", json=body)
    assert problem(answer) == (403, "forbidden")
