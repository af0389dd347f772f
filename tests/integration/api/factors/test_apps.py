"""The second factor: codes by time, used once; codes to recover with; nothing half open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from headrace.log import audit
from headrace.settings import Rate
from tests.integration.api.conftest import Site, problem
from tests.integration.api.factors.conftest import (
    FACTOR,
    PASSWORD,
    enrolled,
    first_step,
    second_step,
    ticket,
)

if TYPE_CHECKING:
    import httpx

    from tests.integration.conftest import Organisation


async def test_with_a_second_factor_signing_in_takes_two_steps(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, _ = await enrolled(site, jonas)
    answer = await second_step(site, await ticket(site), phone.code)
    assert answer.status_code == 201
    assert answer.headers["set-cookie"].startswith("headrace_session=hs_")
    assert answer.json()["handle"] == "jonas"


async def test_a_secret_that_was_never_shown_to_work_locks_nobody_out(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    uris = [(await jonas.post(FACTOR, json={"password": PASSWORD})).json()["uri"] for _ in "12"]
    assert uris[0] != uris[1]
    assert uris[0].startswith("otpauth://totp/Headrace:jonas%40example.org?secret=")
    assert problem(await jonas.put(FACTOR, json={"code": "000000"})) == (401, "bad_code")
    assert (await first_step(site)).status_code == 201
    assert (await jonas.get(FACTOR)).json() == {"on": False, "recoveryLeft": 0}


async def test_beginning_asks_for_the_password_again(site: Site, jonas: httpx.AsyncClient) -> None:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    answer = await jonas.post(FACTOR, json={"password": "wrong"})
    assert problem(answer) == (401, "bad_credentials")


async def test_a_code_is_used_once(site: Site, jonas: httpx.AsyncClient) -> None:
    phone, _ = await enrolled(site, jonas)
    code = phone.code
    assert (await second_step(site, await ticket(site), code)).status_code == 201
    assert problem(await second_step(site, await ticket(site), code)) == (401, "bad_code")
    site.organisation.clock.time += timedelta(seconds=30)
    assert (await second_step(site, await ticket(site), phone.code)).status_code == 201


async def test_a_code_before_one_that_was_used_is_no_good(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, _ = await enrolled(site, jonas)
    earlier = phone.code
    site.organisation.clock.time += timedelta(seconds=30)
    assert (await second_step(site, await ticket(site), phone.code)).status_code == 201
    assert problem(await second_step(site, await ticket(site), earlier)) == (401, "bad_code")


@pytest.mark.parametrize(("seconds", "status"), [(-30, 201), (30, 201), (-90, 401), (90, 401)])
async def test_a_clock_may_be_off_by_a_step_and_no_more(
    site: Site, jonas: httpx.AsyncClient, seconds: int, status: int
) -> None:
    phone, _ = await enrolled(site, jonas)
    site.organisation.clock.time += timedelta(minutes=5)
    code = phone.at(site.organisation.clock.time + timedelta(seconds=seconds))
    assert (await second_step(site, await ticket(site), code)).status_code == status


async def test_a_code_to_recover_with_is_used_once_however_it_is_typed(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    _, codes = await enrolled(site, jonas)
    assert len(set(codes)) == 10
    typed = codes[0].upper().replace("-", " ")
    assert (await second_step(site, await ticket(site), typed)).status_code == 201
    assert problem(await second_step(site, await ticket(site), codes[0])) == (401, "bad_code")
    assert (await jonas.get(FACTOR)).json() == {"on": True, "recoveryLeft": 9, "app": True}


async def test_a_ticket_is_used_once_and_for_five_minutes(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, codes = await enrolled(site, jonas)
    used, late = await ticket(site), await ticket(site)
    assert problem(await second_step(site, used, "123456")) == (401, "bad_code")
    assert (await second_step(site, used, phone.code)).status_code == 201
    assert problem(await second_step(site, used, codes[0]))[1] == "sign_in_expired"
    site.organisation.clock.time += timedelta(minutes=5)
    assert problem(await second_step(site, late, codes[0]))[1] == "sign_in_expired"


async def test_a_password_that_is_changed_in_between_ends_the_sign_in(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, _ = await enrolled(site, jonas)
    begun = await ticket(site)
    await site.accounts.set_password(site.organisation.jonas, "seven tall giraffes in a canoe")
    assert problem(await second_step(site, begun, phone.code)) == (401, "bad_credentials")


async def test_a_wrong_password_does_not_tell_that_there_is_a_second_factor(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await enrolled(site, jonas)
    assert problem(await first_step(site, "wrong")) == (401, "bad_credentials")


async def test_nobody_tries_codes_for_long(
    organisation: Organisation,
) -> None:
    site = Site(organisation, limit_second_factor=Rate(4, 60.0))
    jonas = await site.client(organisation.jonas)
    phone, _ = await enrolled(site, jonas)
    answers: list[Any] = [await second_step(site, await ticket(site), "000000") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429]
    assert int(answers[4].headers["retry-after"]) <= 60
    organisation.clock.time += timedelta(seconds=61)
    assert (await second_step(site, await ticket(site), phone.code)).status_code == 201
    await site.close()


async def test_switching_it_off_takes_the_password_and_a_code(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, _ = await enrolled(site, jonas)

    async def remove(password: str, code: str) -> httpx.Response:
        body = {"password": password, "code": code}
        return await jonas.request("DELETE", FACTOR, json=body)

    assert problem(await remove("wrong", phone.code)) == (401, "bad_credentials")
    assert problem(await remove(PASSWORD, "000000")) == (401, "bad_code")
    assert problem(await jonas.post(FACTOR, json={"password": PASSWORD})) == (409, "conflict")
    assert (await remove(PASSWORD, phone.code)).status_code == 204
    assert (await first_step(site)).status_code == 201


async def test_an_operator_takes_it_away_from_who_has_lost_everything(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await enrolled(site, jonas)
    await site.accounts.factors.take_away(site.organisation.jonas, None)
    assert (await first_step(site)).status_code == 201


async def test_what_happened_is_in_the_audit_log_and_no_code_is(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    _, codes = await enrolled(site, jonas)
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM audit ORDER BY no")
        kept = str(await connection.fetch("SELECT * FROM recovery_code"))
    assert rows[-1]["action"] == "second_factor.on"
    assert not [code for code in codes if code in str(rows) or code.replace("-", "") in kept]
    assert (await audit.verify(site.organisation.database)).broken is None
