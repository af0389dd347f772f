"""Signing in with a provider that is a process of its own: when it is right, lies, or is down."""

from __future__ import annotations

import base64
import dataclasses
import json
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from headrace.api.routes import CALLBACK
from headrace.auth.oidc import Provider, keys, wire
from headrace.federation import SignIns
from headrace.federation import providers as federation
from headrace.model.people import Kind
from tests.integration.api.conftest import V1, Site, problem
from tests.sign_in_provider import CLIENT, PEOPLE, SECRET, ProviderProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from tests.integration.conftest import Organisation

HOME = "http://headrace.example"
BEGIN = f"{V1}/sign-in/provider"
LOGOUT = f"{V1}/sign-in/provider/logout"


@pytest.fixture(scope="module")
def process() -> Iterator[ProviderProcess]:
    running = ProviderProcess()
    yield running
    running.stop()


@pytest.fixture
def provider(process: ProviderProcess) -> ProviderProcess:
    process.control()
    return process


class Door:
    """A site with a provider, and what people do there."""

    def __init__(self, site: Site, provider: ProviderProcess, view: Provider) -> None:
        self.site = site
        self.provider = provider
        self.view = view

    async def begin(self, browser: httpx.AsyncClient, following: str = "/") -> str:
        """Where the browser is sent to."""
        answer = await browser.get(BEGIN, params={"next": following})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def sign_in(
        self, login: str = "jonas", browser: httpx.AsyncClient | None = None
    ) -> httpx.Response:
        """The whole way; answers what our callback answered."""
        browser = browser or self.site.visitor()
        back = self.provider.sign_in(await self.begin(browser), login)
        return await browser.get(back.removeprefix(HOME))

    async def signed_in(self, login: str = "jonas") -> httpx.AsyncClient:
        browser = self.site.visitor(Origin=HOME)
        answer = await self.sign_in(login, browser)
        assert answer.status_code == 303, answer.text
        return browser


@pytest.fixture
async def make(organisation: Organisation, provider: ProviderProcess) -> AsyncIterator[Any]:
    made: list[Door] = []

    def door(**settings: Any) -> Door:
        settings = {
            "public_url": HOME,
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_title": "Example GmbH",
        } | settings
        site = Site(organisation, **settings)
        view = Provider(site.settings, lambda: datetime.now(UTC), time.monotonic)
        sign_ins = SignIns(
            site.settings,
            organisation.database,
            site.accounts,
            view,
            clock=organisation.clock,
            token_bytes=secrets.token_bytes,
            back_to=HOME + CALLBACK,
        )
        site.services = dataclasses.replace(site.services, sign_ins=sign_ins)
        made.append(Door(site, provider, view))
        return made[-1]

    yield door
    for one in made:
        await one.site.close()
        await one.view.close()


@pytest.fixture
def door(make: Any) -> Door:
    made: Door = make()
    return made


async def count(door: Door, table: str) -> int:
    async with door.site.organisation.database.connection() as connection:
        number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return number


async def nothing_happened(door: Door) -> bool:
    tables = ("session", "provided_person", "provided_session")
    return [await count(door, table) for table in tables] == [0, 0, 0]


# The way in.


async def test_a_known_person_signs_in_and_is_who_they_are(door: Door) -> None:
    browser = door.site.visitor()
    back = door.provider.sign_in(await door.begin(browser, "/#/groups/qm"), "jonas")
    answer = await browser.get(back.removeprefix(HOME))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/#/groups/qm"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert (await browser.get(f"{V1}/me")).json()["handle"] == "jonas"


async def test_the_page_learns_what_to_write_on_the_button(door: Door, site: Site) -> None:
    answer = await door.site.visitor().get(f"{V1}/sign-in")
    assert answer.json() == {"provider": {"title": "Example GmbH", "address": BEGIN}}
    assert (await site.visitor().get(f"{V1}/sign-in")).json() == {}


async def test_without_a_provider_there_is_no_way(site: Site) -> None:
    browser = site.visitor()
    for path in (BEGIN, CALLBACK):
        assert problem(await browser.get(path)) == (404, "not_found")
    form = {"logout_token": "x"}
    assert problem(await browser.post(LOGOUT, data=form)) == (404, "not_found")


async def test_the_provider_is_asked_with_pkce_state_and_nonce(door: Door) -> None:
    asked = parse_qs(urlsplit(await door.begin(door.site.visitor())).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [HOME + CALLBACK]
    assert asked["scope"] == ["openid email profile"]
    assert {len(asked[name][0]) for name in ("state", "nonce", "code_challenge")} == {46, 43}


async def test_the_subject_counts_once_linked_whatever_the_address_becomes(door: Door) -> None:
    await door.signed_in("jonas")
    moved = {"jonas": {"email": "olga@example.org", "email_verified": True}}
    door.provider.control(people=moved)
    browser = await door.signed_in("jonas")
    assert (await browser.get(f"{V1}/me")).json()["handle"] == "jonas"
    assert await count(door, "provided_person") == 1


async def test_an_unknown_person_is_turned_away_unless_they_are_to_be_added(make: Any) -> None:
    closed, opened = make(), make(oidc_create="guest")
    assert problem(await closed.sign_in("nora")) == (403, "no_account")
    assert await nothing_happened(closed)
    me = (await (await opened.signed_in("nora")).get(f"{V1}/me")).json()
    assert (me["email"], me["name"], me["kind"]) == ("nora@example.org", "Nora Neu", "guest")
    assert await opened.signed_in("nora"), "the second time is the same person"
    assert await count(opened, "provided_person") == 1


async def test_two_first_sign_ins_at_once_are_one_person(make: Any) -> None:
    door = make(oidc_create="employee")
    first, second = door.site.visitor(), door.site.visitor()
    ways = [door.provider.sign_in(await door.begin(b), "nora") for b in (first, second)]
    for browser, back in zip((first, second), ways, strict=True):
        assert (await browser.get(back.removeprefix(HOME))).status_code == 303
    assert await count(door, "provided_person") == 1


async def test_what_is_done_is_in_the_audit_log(make: Any) -> None:
    door = make(oidc_create="employee")
    await door.signed_in("nora")
    async with door.site.organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM audit WHERE actor = $1", door.provider.issuer)
    assert [row["action"] for row in rows] == ["person.add", "person.link"]
    assert {row["subject"] for row in rows} == {"nora@example.org"}


async def test_an_address_in_the_user_info_alone_is_found(door: Door) -> None:
    door.provider.control(faults={"email_in_userinfo": True})
    assert (await door.sign_in()).status_code == 303
    door.provider.control(faults={"email_in_userinfo": True, "userinfo": {"sub": "eve"}})
    assert problem(await door.sign_in()) == (502, "provider_untrusted")


async def test_another_claim_may_hold_the_address(make: Any) -> None:
    door = make(oidc_email_claim="upn", oidc_trust_email=True)
    door.provider.control(people={"jonas": {"upn": "jonas@example.org"}})
    assert (await door.sign_in()).status_code == 303


@pytest.mark.parametrize(
    ("claims", "trusts", "code"),
    [
        ({"email_verified": False}, False, "email_unverified"),
        ({"email_verified": False}, True, "email_unverified"),
        ({"email_verified": "false"}, True, "email_unverified"),
        ({"email_verified": ["true"]}, True, "email_unverified"),
        ({"email_verified": None}, False, "email_unverified"),
        ({"email_verified": None}, True, None),
        ({"email_verified": "true"}, False, None),
        ({"email": "not an address"}, False, "email_unverified"),
        ({"email": None}, False, "email_unverified"),
        ({"email": ["jonas@example.org"]}, False, "email_unverified"),
    ],
)
async def test_an_address_counts_only_if_it_is_verified(
    make: Any, claims: dict[str, Any], trusts: bool, code: str | None
) -> None:
    door = make(oidc_trust_email=trusts)
    person = {name: value for name, value in (PEOPLE["jonas"] | claims).items() if value}
    if claims.get("email_verified") is False:
        person["email_verified"] = False
    door.provider.control(people={"jonas": person})
    answer = await door.sign_in()
    if code is None:
        assert answer.status_code == 303
    else:
        assert problem(answer) == (403, code)
        assert await nothing_happened(door)


async def test_only_the_domains_allowed_sign_in(make: Any) -> None:
    narrow, wide = make(oidc_domains="example.com"), make(oidc_domains="example.com,example.org")
    assert problem(await narrow.sign_in()) == (403, "domain_not_allowed")
    assert await nothing_happened(narrow)
    assert (await wide.sign_in()).status_code == 303


async def test_an_account_is_linked_to_one_subject_of_a_provider(door: Door) -> None:
    await door.signed_in("jonas")
    door.provider.control(people={"eve": PEOPLE["jonas"]})
    assert problem(await door.sign_in("eve")) == (409, "identity_conflict")
    assert await count(door, "provided_person") == 1


async def test_nobody_signs_in_as_a_service(door: Door) -> None:
    await door.site.organisation.administration.add_person(
        None, email="nora@example.org", name="CI", kind=Kind.SERVICE
    )
    assert problem(await door.sign_in("nora")) == (409, "identity_conflict")
    assert await nothing_happened(door)


async def test_a_closed_account_stays_closed(door: Door) -> None:
    browser = await door.signed_in("jonas")
    await door.site.organisation.administration.deactivate(None, "jonas@example.org")
    assert problem(await browser.get(f"{V1}/me")) == (401, "unauthenticated")
    assert problem(await door.sign_in("jonas")) == (403, "account_closed")
    assert await count(door, "session") == 0


# A provider that lies.

PAST = int(time.time()) - 10_000
LIES: list[tuple[str, dict[str, Any], str]] = [
    ("another issuer", {"claims": {"iss": "https://evil.example"}}, "issuer"),
    ("another audience", {"claims": {"aud": "another client"}}, "audience"),
    ("more audiences", {"claims": {"aud": [CLIENT, "other"], "azp": "other"}}, "azp"),
    ("another nonce", {"claims": {"nonce": "another"}}, "nonce"),
    ("no nonce", {"claims": {"nonce": None}}, "nonce"),
    ("over", {"claims": {"exp": PAST}}, "expired"),
    ("never over", {"claims": {"exp": None}}, "expired"),
    ("from the future", {"claims": {"iat": PAST + 20_000}}, "iat"),
    ("times that are words", {"claims": {"exp": "tomorrow"}}, "expired"),
    ("about nobody", {"claims": {"sub": None}}, "sub"),
    ("about an empty name", {"claims": {"sub": ""}}, "sub"),
    ("about no text", {"claims": {"sub": 7}}, "sub"),
    ("about a long name", {"claims": {"sub": "x" * 256}}, "sub"),
    ("another access token", {"claims": {"at_hash": "x"}}, "at_hash"),
    ("no signature", {"signature": "none"}, "algorithm"),
    ("the public key as a secret", {"signature": "public key as a secret"}, "algorithm"),
    ("our own secret", {"signature": "client secret"}, "algorithm"),
    ("an unknown key", {"signature": "unknown key"}, "key"),
    ("a foreign key", {"signature": "foreign key"}, "signature"),
    ("no token at all", {"signature": "nonsense"}, "token"),
    ("tokens that are none", {"token": '{"access_token": 7, "id_token": 8}'}, "token"),
    ("no JSON", {"token": "<html>"}, "json"),
    ("JSON without end", {"token": "[" * 100_000}, "json"),
    ("a token endpoint that leads elsewhere", {"token": "redirect"}, "redirect"),
    ("an endless answer", {"token": "endless"}, "size"),
    ("a packed answer", {"token": "packed"}, "packed"),
    ("an answer of another issuer", {"answer": {"iss": "https://evil.example"}}, "issuer"),
    ("keys that are none", {"keys": '{"keys": [{"kty": "RSA"}]}'}, "keys"),
    ("no keys", {"keys": '{"keys": "none"}'}, "keys"),
    ("keys that lead elsewhere", {"keys": "redirect"}, "redirect"),
    ("keys that are gone", {"keys": 404}, "http"),
]


@pytest.mark.parametrize(("faults", "reason"), [lie[1:] for lie in LIES], ids=[n for n, *_ in LIES])
async def test_a_provider_that_lies_signs_nobody_in(
    door: Door, faults: dict[str, Any], reason: str
) -> None:
    door.provider.control(faults=faults)
    answer = await door.sign_in()
    assert problem(answer) == (502, "provider_untrusted")
    assert answer.json()["errors"] == {"reason": reason}
    assert "set-cookie" not in answer.headers
    assert await nothing_happened(door)
    assert "elsewhere" not in door.provider.control()


DISCOVERIES: list[tuple[str, dict[str, Any], str]] = [
    ("names another issuer", {"about": {"issuer": "https://evil.example"}}, "issuer"),
    ("leads elsewhere", {"discovery": "redirect"}, "redirect"),
    ("is no JSON", {"discovery": "<html>"}, "json"),
    ("is gone", {"discovery": 404}, "http"),
    ("has no endpoints", {"about": {"token_endpoint": None}}, "discovery"),
    (
        "names an endpoint without TLS",
        {"about": {"token_endpoint": "http://evil.example/token"}},
        "discovery",
    ),
    (
        "names an endpoint that is none",
        {"about": {"authorization_endpoint": "javascript:alert(1)"}},
        "discovery",
    ),
]


@pytest.mark.parametrize(
    ("faults", "reason"), [row[1:] for row in DISCOVERIES], ids=[row[0] for row in DISCOVERIES]
)
async def test_a_discovery_that_cannot_be_believed_sends_nobody_anywhere(
    door: Door, faults: dict[str, Any], reason: str
) -> None:
    door.provider.control(faults=faults)
    answer = await door.site.visitor().get(BEGIN)
    assert problem(answer) == (502, "provider_untrusted")
    assert answer.json()["errors"] == {"reason": reason}
    assert "elsewhere" not in door.provider.control()


async def test_only_algorithms_with_two_keys_are_taken_whatever_is_offered(door: Door) -> None:
    about = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    door.provider.control(faults={"about": about})
    assert (await door.sign_in()).json()["errors"] == {"reason": "algorithm"}


async def test_a_clock_that_is_a_minute_off_is_no_lie(door: Door) -> None:
    now = int(time.time())
    door.provider.control(faults={"claims": {"iat": now + 60, "exp": now - 60}})
    assert (await door.sign_in()).status_code == 303


async def test_a_new_key_is_found_and_an_unknown_one_is_not_looked_for_all_the_time(
    door: Door,
) -> None:
    await door.signed_in()
    door.provider.control(rotate=True)
    await door.signed_in()
    assert door.provider.control(faults={"signature": "unknown key"})["keys"] == 1
    for _ in range(3):
        assert problem(await door.sign_in()) == (502, "provider_untrusted")
    assert "keys" not in door.provider.control()


async def test_a_key_that_the_provider_withdrew_is_soon_refused(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.signed_in()
    monkeypatch.setattr(keys, "FRESH", -1.0)
    await door.signed_in()
    assert door.provider.control()["keys"] == 2


# A provider that is down.


@pytest.mark.parametrize("fault", [500, 503, 429, "slow"])
async def test_a_provider_that_is_down_signs_nobody_in_and_says_when_to_try_again(
    door: Door, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    door.provider.control(faults={"token": fault})
    monkeypatch.setattr(wire, "PATIENCE", 0.5)
    answer = await door.sign_in()
    assert problem(answer) == (503, "provider_unavailable")
    assert answer.json()["retry"] is True
    assert "retry-after" in answer.headers
    assert await nothing_happened(door)


async def test_a_provider_that_is_away_leaves_passwords_alone(make: Any) -> None:
    door = make(oidc_issuer="http://127.0.0.1:9")
    assert problem(await door.site.visitor().get(BEGIN)) == (503, "provider_unavailable")
    await door.site.accounts.set_password(door.site.organisation.jonas, "correct horse battery")
    body = {"email": "jonas@example.org", "password": "correct horse battery"}
    assert (await door.site.visitor().post(f"{V1}/session", json=body)).status_code == 201


# What the browser brings back.


async def test_whoever_is_not_let_in_there_is_not_let_in_here(door: Door) -> None:
    assert problem(await door.sign_in("")) == (403, "provider_refused")
    assert await nothing_happened(door)


async def test_a_code_that_the_provider_does_not_take_is_refused(door: Door) -> None:
    browser = door.site.visitor()
    state = parse_qs(urlsplit(await door.begin(browser)).query)["state"][0]
    asked = {"state": state, "code": "made up", "iss": door.provider.issuer}
    assert problem(await browser.get(CALLBACK, params=asked)) == (403, "provider_refused")


async def test_an_answer_works_once(door: Door) -> None:
    browser = door.site.visitor()
    back = door.provider.sign_in(await door.begin(browser), "jonas").removeprefix(HOME)
    assert (await browser.get(back)).status_code == 303
    assert problem(await browser.get(back)) == (400, "sign_in_expired")


async def test_an_answer_is_of_use_in_the_browser_that_asked_alone(door: Door) -> None:
    eve, victim = door.site.visitor(), door.site.visitor()
    await door.begin(victim)
    back = door.provider.sign_in(await door.begin(eve), "jonas").removeprefix(HOME)
    assert problem(await victim.get(back)) == (400, "sign_in_expired")
    assert problem(await door.site.visitor().get(back)) == (400, "sign_in_expired")
    assert (await eve.get(back)).status_code == 303


async def test_two_windows_of_a_browser_may_both_be_on_their_way(door: Door) -> None:
    browser = door.site.visitor()
    first, second = await door.begin(browser), await door.begin(browser)
    for address in (second, first):
        back = door.provider.sign_in(address, "jonas").removeprefix(HOME)
        assert (await browser.get(back)).status_code == 303


async def test_whoever_takes_too_long_begins_again(door: Door) -> None:
    browser = door.site.visitor()
    back = door.provider.sign_in(await door.begin(browser), "jonas").removeprefix(HOME)
    door.site.organisation.clock.time += federation.PATIENCE
    assert problem(await browser.get(back)) == (400, "sign_in_expired")
    assert door.site.services.sign_ins is not None
    await door.site.services.sign_ins.forget_expired()
    assert await count(door, "sign_in_attempt") == 0


async def test_an_answer_without_anything_in_it_is_refused(door: Door) -> None:
    assert problem(await door.site.visitor().get(CALLBACK)) == (400, "sign_in_expired")


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/" + "x" * 2_001,
        "/\r\nSet-Cookie: x=y",
    ],
)
async def test_nobody_is_led_to_another_site(door: Door, following: str) -> None:
    answer = await door.site.visitor().get(BEGIN, params={"next": following})
    assert problem(answer) == (422, "invalid")


async def test_a_browser_is_shown_what_went_wrong(door: Door) -> None:
    browser = door.site.visitor(Accept="text/html,application/xhtml+xml")
    door.provider.control(faults={"token": 500})
    answer = await door.sign_in("jonas", browser)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?sign-in-error=provider_unavailable"
    assert "session" not in answer.headers.get("set-cookie", "")


async def test_whoever_keeps_beginning_has_to_wait(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = door.site.visitor()
    assert door.site.services.sign_ins is not None
    throttle = door.site.services.sign_ins._attempts
    for _ in range(200):
        throttle.take("192.0.2.1", door.site.organisation.clock().timestamp())
    assert problem(await browser.get(BEGIN)) == (429, "rate_limited")


# The way out.


async def goodbye(browser: httpx.AsyncClient) -> dict[str, str]:
    """Sign out: the address at the provider, and what is asked there."""
    where = urlsplit((await browser.post(f"{V1}/sign-out")).json()["address"])
    asked = {name: values[0] for name, values in parse_qs(where.query).items()}
    return asked | {"address": where._replace(query="").geturl()}


def _decoded(part: str) -> bytes:
    """Of a token (RFC 7515, section 2)."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_signing_out_tells_where_to_sign_out_at_the_provider(door: Door) -> None:
    browser = await door.signed_in()
    asked = await goodbye(browser)
    assert asked.pop("address") == f"{door.provider.issuer}/end"
    claims = json.loads(_decoded(asked.pop("id_token_hint").split(".")[1]))
    assert claims["sub"] == "jonas"
    back = {"post_logout_redirect_uri": f"{HOME}/", "client_id": CLIENT}
    assert asked == {"theme": "plain"} | back
    assert problem(await browser.get(f"{V1}/me")) == (401, "unauthenticated")
    assert await count(door, "provided_session") == 0


async def test_nothing_of_an_id_token_lies_in_the_database(door: Door) -> None:
    browser = await door.signed_in()
    async with door.site.organisation.database.connection() as connection:
        row = await connection.fetchval("SELECT p::text FROM provided_session p")
        hint = await connection.fetchval("SELECT hint FROM provided_session")
    token = (await goodbye(browser))["id_token_hint"]
    for part in token.split("."):
        assert part not in row
        assert part.encode() not in hint
        assert _decoded(part) not in hint


@pytest.mark.parametrize(
    ("change", "where"), [("hint = NULL", "/end"), ("hint = '\\x00'::bytea", None)]
)
async def test_a_session_without_its_id_token_is_over_all_the_same(
    door: Door, change: str, where: str | None
) -> None:
    """Begun before it was sealed, the provider asks first; with one that somebody has touched, it
    is not asked at all."""
    browser = await door.signed_in()
    async with door.site.organisation.database.connection() as connection:
        await connection.execute(f"UPDATE provided_session SET {change}")
    answer = await browser.post(f"{V1}/sign-out")
    assert answer.status_code == 200
    assert await count(door, "session") == 0
    address = answer.json().get("address")
    assert (where is None) == (address is None)
    if where is not None:
        assert urlsplit(address).path == where
        assert "id_token_hint" not in parse_qs(urlsplit(address).query)


async def test_signing_out_works_while_the_provider_is_away(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await door.signed_in()
    door.view._metadata = None
    door.provider.control(faults={"discovery": 500})
    assert (await browser.post(f"{V1}/sign-out")).json() == {}
    assert await count(door, "session") == 0


async def test_signing_out_of_a_session_with_a_password_leads_nowhere(door: Door) -> None:
    accounts = door.site.accounts
    await accounts.set_password(door.site.organisation.jonas, "correct horse battery")
    browser = door.site.visitor(Origin=HOME)
    body = {"email": "jonas@example.org", "password": "correct horse battery"}
    await browser.post(f"{V1}/session", json=body)
    assert (await browser.post(f"{V1}/sign-out")).json() == {}
    assert (await browser.post(f"{V1}/sign-out")).json() == {}
    assert await count(door, "session") == 0


async def test_the_provider_ends_one_session_or_all_of_somebody(door: Door) -> None:
    phone, laptop = await door.signed_in(), await door.signed_in()
    async with door.site.organisation.database.connection() as connection:
        sids = [row["sid"] for row in await connection.fetch("SELECT sid FROM provided_session")]
    visitor = door.site.visitor()
    for sid, left in ((sids[0], 1), ("unknown", 1)):
        told = await visitor.post(
            LOGOUT, data={"logout_token": door.provider.logout_token(sid=sid)}
        )
        assert told.status_code == 204
        assert told.headers["cache-control"] == "private, no-store"
        assert await count(door, "session") == left
    for sub, left in (("nora", 1), ("jonas", 0)):
        token = door.provider.logout_token(sub=sub)
        assert (await visitor.post(LOGOUT, data={"logout_token": token})).status_code == 204
        assert await count(door, "session") == left
    assert problem(await phone.get(f"{V1}/me")) == (401, "unauthenticated")
    assert problem(await laptop.get(f"{V1}/me")) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": "jonas", "nonce": "x"},
        {"sub": "jonas", "events": {}},
        {"sub": "jonas", "events": None},
        {"sub": "jonas", "aud": "another client"},
        {"sub": "jonas", "iss": "https://evil.example"},
        {"sub": "jonas", "exp": PAST},
        {"sub": "jonas", "iat": None},
        {"sid": 7},
    ],
)
async def test_a_logout_token_that_is_none_ends_nothing(door: Door, claims: dict[str, Any]) -> None:
    await door.signed_in()
    body = {"logout_token": door.provider.logout_token(**claims)}
    assert problem(await door.site.visitor().post(LOGOUT, data=body)) == (400, "logout_refused")
    assert await count(door, "session") == 1


async def test_an_id_token_is_no_logout_token(door: Door) -> None:
    token = (await goodbye(await door.signed_in()))["id_token_hint"]
    await door.signed_in()
    answer = await door.site.visitor().post(LOGOUT, data={"logout_token": token})
    assert problem(answer) == (400, "logout_refused")


async def test_a_logout_without_a_token_or_without_a_form_is_refused(door: Door) -> None:
    visitor = door.site.visitor()
    assert problem(await visitor.post(LOGOUT, data={})) == (415, "unsupported_media_type")
    assert problem(await visitor.post(LOGOUT, data={"x": "y"})) == (400, "logout_refused")
    assert problem(await visitor.post(LOGOUT, json={})) == (415, "unsupported_media_type")
    twice = {"logout_token": ["a", "b"]}
    assert problem(await visitor.post(LOGOUT, data=twice)) == (400, "malformed_body")
    long = {"logout_token": "x" * 70_000}
    assert problem(await visitor.post(LOGOUT, data=long)) == (413, "too_large")
    many = {f"field{number}": "x" for number in range(20)}
    assert problem(await visitor.post(LOGOUT, data=many)) == (400, "malformed_body")
