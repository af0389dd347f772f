"""Security keys as a second factor: registered, asked for, used; and whatever is wrong with what
one signs, the same answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pyotp
import pytest

from headrace.log import audit, security_keys
from headrace.settings import Rate
from tests.integration.api.conftest import V1, Site, problem
from tests.software_authenticator import PRESENT, Authenticator, decoded, encoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from headrace.model.people import Person
    from tests.integration.conftest import Organisation

PASSWORD = "correct horse battery staple"
ORIGIN = "https://stream.example.org"
FACTOR = f"{V1}/second-factor"
KEYS = f"{FACTOR}/keys"
PROVE = f"{FACTOR}/challenge"
SECOND = f"{V1}/session/second-factor"
ASK = f"{SECOND}/challenge"


@pytest.fixture
async def site(organisation: Organisation) -> AsyncIterator[Site]:
    made = Site(organisation, public_url=ORIGIN)
    for person in (organisation.jonas, organisation.olga):
        await made.accounts.set_password(person, PASSWORD)
    yield made
    await made.close()


async def register(
    client: httpx.AsyncClient, key: Authenticator, name: str = "Blue", **lies: Any
) -> httpx.Response:
    options = (await client.post(KEYS, json={"password": PASSWORD})).json()
    return await client.put(KEYS, json={"name": name, "key": key.create(options, **lies)})


async def registered(client: httpx.AsyncClient, name: str = "Blue") -> Authenticator:
    key = Authenticator(ORIGIN)
    answer = await register(client, key, name)
    assert answer.status_code == 201, answer.text
    return key


async def first_step(site: Site, who: str = "jonas") -> dict[str, Any]:
    body = {"email": f"{who}@example.org", "password": PASSWORD}
    answer = await site.visitor().post(f"{V1}/session", json=body)
    assert problem(answer) == (401, "second_factor_required")
    found: dict[str, Any] = answer.json()["errors"]
    return found


async def asked(site: Site, ticket: str) -> dict[str, Any]:
    answer = await site.visitor().post(ASK, json={"ticket": ticket})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def second_step(site: Site, ticket: str, key: dict[str, Any]) -> httpx.Response:
    return await site.visitor().post(SECOND, json={"ticket": ticket, "key": key})


async def signed_in(site: Site, key: Authenticator, **lies: Any) -> httpx.Response:
    ticket = (await first_step(site))["ticket"]
    return await second_step(site, ticket, key.get(await asked(site, ticket), **lies))


async def proof(client: httpx.AsyncClient, key: Authenticator) -> dict[str, Any]:
    return {"password": PASSWORD, "key": key.get((await client.post(PROVE)).json())}


async def actions(site: Site) -> list[str]:
    found = await audit.newest(site.organisation.database, audit.Wanted(), 2**31, 100)
    return [entry.action for entry in found]


def bare(answer: httpx.Response) -> tuple[Any, ...]:
    return answer.status_code, answer.content, sorted(answer.headers.items())


# Registering


async def test_a_key_is_registered_and_asked_for_when_signing_in(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    begun = await first_step(site)
    assert begun["ways"] == ["key", "recovery"]
    options = await asked(site, begun["ticket"])
    assert options["rpId"] == "stream.example.org"
    assert options["allowCredentials"] == [
        {"type": "public-key", "id": encoded(key.id), "transports": ["usb"]}
    ]
    answer = await second_step(site, begun["ticket"], key.get(options))
    assert answer.status_code == 201
    assert answer.json()["handle"] == "jonas"
    assert "headrace_session=hs_" in answer.headers["set-cookie"]


async def test_the_browser_is_told_whom_a_key_is_for_and_which_there_are(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    options = (await jonas.post(KEYS, json={"password": PASSWORD})).json()
    assert options["rp"] == {"id": "stream.example.org", "name": "Headrace"}
    assert options["user"]["name"] == "jonas@example.org"
    assert decoded(options["user"]["id"]) == UUID(site.organisation.jonas.id).bytes
    assert [known["id"] for known in options["excludeCredentials"]] == [encoded(key.id)]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert len(decoded(options["challenge"])) == 32


async def test_beginning_asks_for_the_password_again(site: Site, jonas: httpx.AsyncClient) -> None:
    answer = await jonas.post(KEYS, json={"password": "wrong"})
    assert problem(answer) == (401, "bad_credentials")


async def test_codes_to_recover_with_come_with_the_first_key_and_work(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    first = (await register(jonas, Authenticator(ORIGIN))).json()
    second = (await register(jonas, Authenticator(ORIGIN), "Spare")).json()
    assert len(first["codes"]) == 10
    assert "codes" not in second
    begun = await first_step(site)
    body = {"ticket": begun["ticket"], "code": first["codes"][0]}
    assert (await site.visitor().post(SECOND, json=body)).status_code == 201


async def test_keys_are_listed_renamed_and_say_when_they_were_used(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    await registered(jonas, "Spare")
    found = (await jonas.get(FACTOR)).json()
    assert found["on"] is True
    assert [one["name"] for one in found["keys"]] == ["Blue", "Spare"]
    assert "lastUsed" not in found["keys"][0]
    where = f"{KEYS}/{found['keys'][0]['id']}"
    assert (await jonas.patch(where, json={"name": " Green "})).status_code == 204
    assert (await signed_in(site, key)).status_code == 201
    one = (await jonas.get(FACTOR)).json()["keys"][0]
    assert one["name"] == "Green"
    assert one["lastUsed"] > one["created"]


async def test_nobody_elses_key_is_renamed_or_removed(
    site: Site, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await registered(jonas)
    mine = await registered(olga)
    theirs = (await jonas.get(FACTOR)).json()["keys"][0]["id"]
    for one in (theirs, str(uuid4())):
        where = f"{KEYS}/{one}"
        assert problem(await olga.patch(where, json={"name": "x"})) == (404, "not_found")
        removal = await olga.request("DELETE", where, json=await proof(olga, mine))
        assert problem(removal) == (404, "not_found")


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://stream.example.org.evil.example"},
        {"origin": "http://stream.example.org"},
        {"challenge": encoded(bytes(32))},
        {"rp_id": "evil.example"},
        {"type": "webauthn.get"},
        {"flags": 0x40},  # nobody was there
        {"flags": PRESENT},  # and no key in it
        {"cross_origin": True},
    ],
    ids=str,
)
async def test_no_key_is_registered_by_a_lie(
    site: Site, jonas: httpx.AsyncClient, lies: dict[str, Any]
) -> None:
    answer = await register(jonas, Authenticator(ORIGIN), **lies)
    assert problem(answer) == (401, "bad_key")
    assert (await jonas.get(FACTOR)).json() == {"on": False, "recoveryLeft": 0}


async def test_a_challenge_registers_one_key_once_and_soon(
    site: Site, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    key, begin = Authenticator(ORIGIN), {"password": PASSWORD}
    options = (await jonas.post(KEYS, json=begin)).json()
    body = {"name": "Blue", "key": key.create(options)}
    assert problem(await olga.put(KEYS, json=body)) == (401, "bad_key")  # it is not hers
    assert (await jonas.put(KEYS, json=body)).status_code == 201
    assert problem(await jonas.put(KEYS, json=body)) == (401, "bad_key")
    options = (await jonas.post(KEYS, json=begin)).json()
    site.organisation.clock.time += timedelta(minutes=5)
    late = {"name": "Late", "key": Authenticator(ORIGIN).create(options)}
    assert problem(await jonas.put(KEYS, json=late)) == (401, "bad_key")


async def test_a_key_that_somebody_has_is_not_told_from_a_lie(
    site: Site, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    taken = await register(olga, key)
    lie = await register(olga, Authenticator(ORIGIN), origin="https://evil.example")
    assert problem(taken) == (401, "bad_key")
    assert bare(taken) == bare(lie)


# Signing in


class Impostor:
    """Answers of a key to other challenges than it should, or of another key."""

    def __init__(self, site: Site, key: Authenticator, other: Authenticator) -> None:
        self._site = site
        self._key = key
        self._other = other

    async def answers(self) -> dict[str, httpx.Response]:
        """What each of them gets."""
        return {
            "replay": await self._replay(),
            "challenge of another sign-in": await self._crossed(),
            "challenge that another one replaced": await self._replaced(),
            "too late": await self._late(),
            "counter": await self._copied(),
            "another person's key": await self._shown(self._other),
            "another person's key under this one's id": await self._shown(
                self._other, id=self._key.id
            ),
            "unknown key": await self._shown(Authenticator(ORIGIN)),
            "another person's handle": await self._changed(
                userHandle=encoded(UUID(self._site.organisation.olga.id).bytes)
            ),
            "signature": await self._changed(signature="AAAA"),
            "no base64": await self._changed(clientDataJSON="A!", authenticatorData="A!"),
            "no id": await self._changed(id="A!"),
            "no JSON": await self._changed(clientDataJSON=encoded(b"[]")),
            "no data": await self._changed(authenticatorData=""),
        }

    async def _begun(self) -> tuple[str, dict[str, Any]]:
        ticket = (await first_step(self._site))["ticket"]
        return ticket, await asked(self._site, ticket)

    async def _shown(self, key: Authenticator, **lies: Any) -> httpx.Response:
        ticket, options = await self._begun()
        return await second_step(self._site, ticket, key.get(options, **lies))

    async def _changed(self, **changes: str) -> httpx.Response:
        ticket, options = await self._begun()
        return await second_step(self._site, ticket, self._key.get(options) | changes)

    async def _replay(self) -> httpx.Response:
        (ticket, options), (another, _) = await self._begun(), await self._begun()
        shown = self._key.get(options)
        assert (await second_step(self._site, ticket, shown)).status_code == 201
        return await second_step(self._site, another, shown)

    async def _crossed(self) -> httpx.Response:
        (_, options), (another, _) = await self._begun(), await self._begun()
        return await second_step(self._site, another, self._key.get(options))

    async def _replaced(self) -> httpx.Response:
        ticket, options = await self._begun()
        await asked(self._site, ticket)
        return await second_step(self._site, ticket, self._key.get(options))

    async def _late(self) -> httpx.Response:
        ticket, options = await self._begun()
        async with self._site.organisation.database.connection() as connection:
            await connection.execute("UPDATE key_challenge SET expires = '2020-01-01Z'")
        return await second_step(self._site, ticket, self._key.get(options))

    async def _copied(self) -> httpx.Response:
        assert (await self._shown(self._key, counter=50)).status_code == 201
        return await self._shown(self._key, counter=50)


SPOKEN: dict[str, dict[str, Any]] = {
    "origin": {"origin": "https://evil.example"},
    "page without https": {"origin": "http://stream.example.org"},
    "another host's key": {"rp_id": "example.org"},
    "challenge": {"challenge": encoded(bytes(32))},
    "registration": {"type": "webauthn.create"},
    "nobody there": {"flags": 0x04},
    "frame": {"cross_origin": True},
}


async def test_every_lie_gets_the_same_bytes_and_no_session(
    organisation: Organisation,
) -> None:
    site = Site(organisation, public_url=ORIGIN, limit_second_factor=None, limit_sign_in=None)
    for person in (organisation.jonas, organisation.olga):
        await site.accounts.set_password(person, PASSWORD)
    key = await registered(await site.client(organisation.jonas))
    other = await registered(await site.client(organisation.olga))
    answers = {name: await signed_in(site, key, **lies) for name, lies in SPOKEN.items()}
    answers |= await Impostor(site, key, other).answers()
    first = answers["origin"]
    assert problem(first) == (401, "bad_key")
    assert {name: bare(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, bare(first)
    )
    assert "set-cookie" not in first.headers
    assert (await signed_in(site, key, counter=100)).status_code == 201
    await site.close()


async def test_a_refused_key_leaves_the_sign_in_open_for_another_try(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    ticket = (await first_step(site))["ticket"]
    wrong = key.get(await asked(site, ticket), origin="https://evil.example")
    assert problem(await second_step(site, ticket, wrong)) == (401, "bad_key")
    right = key.get(await asked(site, ticket))
    assert (await second_step(site, ticket, right)).status_code == 201
    again = await site.visitor().post(ASK, json={"ticket": ticket})
    assert problem(again) == (400, "sign_in_expired")


async def test_what_one_node_asks_another_one_takes(
    site: Site, jonas: httpx.AsyncClient, organisation: Organisation
) -> None:
    other = Site(organisation, public_url=ORIGIN)
    key = Authenticator(ORIGIN)
    options = (await jonas.post(KEYS, json={"password": PASSWORD})).json()
    body = {"name": "Blue", "key": key.create(options)}
    assert (await (await other.client(organisation.jonas)).put(KEYS, json=body)).status_code == 201
    ticket = (await first_step(site))["ticket"]
    shown = key.get(await asked(other, ticket))
    assert (await second_step(site, ticket, shown)).status_code == 201
    await other.close()


async def test_a_counter_that_goes_back_is_noted_and_counts_from_where_it_was(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    assert (await signed_in(site, key, counter=7)).status_code == 201
    for counter in (6, 7, 0):
        answer = await signed_in(site, key, counter=counter)
        assert problem(answer) == (401, "bad_key")
    assert (await actions(site))[:3] == ["second_factor.key_copied"] * 3
    assert (await signed_in(site, key, counter=8)).status_code == 201


async def test_a_key_that_does_not_count_may_be_used_for_ever(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = Authenticator(ORIGIN)
    key.counter = None
    assert (await register(jonas, key)).status_code == 201
    for _ in range(2):
        assert (await signed_in(site, key)).status_code == 201
    assert "second_factor.key_copied" not in await actions(site)


@pytest.mark.parametrize(("policy", "status"), [("required", 401), ("preferred", 201)])
async def test_whether_a_key_must_know_who_holds_it_is_a_setting(
    organisation: Organisation, policy: str, status: int
) -> None:
    site = Site(organisation, public_url=ORIGIN, security_key_verification=policy)
    await site.accounts.set_password(organisation.jonas, PASSWORD)
    jonas = await site.client(organisation.jonas)
    key = await registered(jonas)
    assert (await signed_in(site, key, flags=PRESENT)).status_code == status
    touched = await register(jonas, Authenticator(ORIGIN, flags=PRESENT))
    assert touched.status_code == status
    await site.close()


async def test_either_a_code_or_a_key_and_not_both(site: Site, jonas: httpx.AsyncClient) -> None:
    key = await registered(jonas)
    ticket = (await first_step(site))["ticket"]
    shown = key.get(await asked(site, ticket))
    for body in ({}, {"code": "123456", "key": shown}):
        answer = await site.visitor().post(SECOND, json={"ticket": ticket} | body)
        assert problem(answer) == (422, "invalid")


async def test_nobody_tries_keys_for_long(organisation: Organisation) -> None:
    site = Site(organisation, public_url=ORIGIN, limit_second_factor=Rate(2, 60.0))
    await site.accounts.set_password(organisation.jonas, PASSWORD)
    key = await registered(await site.client(organisation.jonas))
    lie = {"origin": "https://evil.example"}
    answers = [await signed_in(site, key, **lie) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    await site.close()


async def test_without_an_address_in_the_settings_keys_are_for_this_machine(
    organisation: Organisation,
) -> None:
    site = Site(organisation, port=8123)
    await site.accounts.set_password(organisation.jonas, PASSWORD)
    jonas = await site.client(organisation.jonas)
    # Whatever the Host is that a request asks for: it is the sender's word.
    assert (await register(jonas, Authenticator("http://headrace.example"))).status_code == 401
    key = Authenticator("http://localhost:8123")
    assert (await register(jonas, key)).status_code == 201
    assert (await signed_in(site, key)).status_code == 201
    await site.close()


async def test_a_key_of_an_address_we_had_before_is_asked_for_no_more_but_still_guards(
    organisation: Organisation,
) -> None:
    before = Site(organisation, public_url=ORIGIN)
    await before.accounts.set_password(organisation.jonas, PASSWORD)
    await registered(await before.client(organisation.jonas))
    after = Site(organisation, public_url="https://elsewhere.example.org")
    begun = await first_step(after)
    assert begun["ways"] == ["recovery"]
    answer = await after.visitor().post(ASK, json={"ticket": begun["ticket"]})
    assert problem(answer) == (404, "not_found")
    jonas = await after.client(organisation.jonas)
    assert (await jonas.get(FACTOR)).json()["keys"][0]["usable"] is False
    await before.close()
    await after.close()


# Both kinds, and none any more


async def test_an_app_and_a_key_stand_beside_each_other(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    secret = (await jonas.post(FACTOR, json={"password": PASSWORD})).json()["secret"]
    ticket, code = (await first_step(site))["ticket"], pyotp.TOTP(secret)
    early = {"ticket": ticket, "code": code.at(site.organisation.clock.time)}
    # A secret that was never shown to work opens nothing.
    assert problem(await site.visitor().post(SECOND, json=early)) == (401, "bad_code")
    shown = await jonas.put(FACTOR, json={"code": code.at(site.organisation.clock.time)})
    assert shown.json() == {"codes": []}
    assert (await first_step(site))["ways"] == ["key", "code", "recovery"]
    removed = await jonas.request("DELETE", FACTOR, json=await proof(jonas, key))
    assert removed.status_code == 204
    found = (await jonas.get(FACTOR)).json()
    assert (found["on"], found["recoveryLeft"], len(found["keys"])) == (True, 10, 1)


async def test_removing_the_last_key_takes_the_password_and_a_second_factor(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    where = f"{KEYS}/{(await jonas.get(FACTOR)).json()['keys'][0]['id']}"

    async def remove(body: dict[str, Any]) -> httpx.Response:
        return await jonas.request("DELETE", where, json=body)

    shown = await proof(jonas, key)
    assert problem(await remove(shown | {"password": "wrong"})) == (401, "bad_credentials")
    assert problem(await remove({"password": PASSWORD, "code": "000000"})) == (401, "bad_code")
    assert problem(await remove({"password": PASSWORD})) == (422, "invalid")
    ticket = (await first_step(site))["ticket"]
    other = {"password": PASSWORD, "key": key.get(await asked(site, ticket))}
    assert problem(await remove(other)) == (401, "bad_key")  # it was for signing in
    assert (await remove(await proof(jonas, key))).status_code == 204
    assert (await jonas.get(FACTOR)).json() == {"on": False, "recoveryLeft": 0}
    body = {"email": "jonas@example.org", "password": PASSWORD}
    assert (await site.visitor().post(f"{V1}/session", json=body)).status_code == 201


async def test_new_codes_to_recover_with_void_the_old_ones(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = Authenticator(ORIGIN)
    old = (await register(jonas, key)).json()["codes"]
    renewed = await jonas.post(f"{FACTOR}/recovery", json=await proof(jonas, key))
    new = renewed.json()["codes"]
    assert len(new) == 10
    assert not set(new) & set(old)
    ticket = (await first_step(site))["ticket"]
    tried = [
        await site.visitor().post(SECOND, json={"ticket": ticket, "code": code})
        for code in (old[0], new[0])
    ]
    assert [answer.status_code for answer in tried] == [401, 201]


async def test_whoever_has_no_factor_proves_nothing(site: Site, jonas: httpx.AsyncClient) -> None:
    assert problem(await jonas.post(PROVE)) == (404, "not_found")
    body = {"password": PASSWORD, "code": "000000"}
    answer = await jonas.post(f"{FACTOR}/recovery", json=body)
    assert problem(answer) == (401, "bad_code")


async def test_an_administrator_takes_everything_away_and_the_sessions_end(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    answer = await signed_in(site, key)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    where = f"{V1}/people/jonas/second-factor"
    assert problem(await olga.delete(where)) == (403, "forbidden")
    assert (await mia.delete(where)).status_code == 204
    assert problem(await mia.delete(where)) == (404, "not_found")
    gone = await site.visitor(Cookie=cookie).get(f"{V1}/me")
    assert problem(gone) == (401, "unauthenticated")
    assert [str(ending.person) for ending in site.organisation.ended] == [
        site.organisation.jonas.id
    ]
    assert (await jonas.get(FACTOR)).json() == {"on": False, "recoveryLeft": 0}
    assert (await actions(site))[0] == "second_factor.take_away"


async def test_there_is_a_most_of_keys(site: Site, jonas: httpx.AsyncClient) -> None:
    await keep(site, site.organisation.jonas, 20)
    answer = await jonas.post(KEYS, json={"password": PASSWORD})
    assert problem(answer) == (409, "conflict")


async def keep(site: Site, person: Person, number: int) -> None:
    async with site.organisation.database.transaction() as connection:
        for no in range(number):
            new = security_keys.NewKey(
                credential=bytes([no]),
                rp_id="stream.example.org",
                name=str(no),
                public_key=b"",
                counter=0,
                transports=(),
                created=site.organisation.clock(),
            )
            assert await security_keys.add(connection, UUID(person.id), new)


async def test_what_happened_to_keys_is_in_the_audit_log(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    key = await registered(jonas)
    one = (await jonas.get(FACTOR)).json()["keys"][0]["id"]
    await jonas.request("DELETE", f"{KEYS}/{one}", json=await proof(jonas, key))
    assert (await actions(site))[:2] == ["second_factor.key_remove", "second_factor.key_add"]
    assert (await audit.verify(site.organisation.database)).broken is None
