"""Secrets of apps that make codes, sealed: what people notice of it, and when they do."""

from __future__ import annotations

import base64
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from headrace.auth.sealing import Key, Ring
from headrace.auth.sealing_keys import Changed, SealingKeys
from tests.conftest import SECRET_KEY
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
    from collections.abc import AsyncIterator

    import httpx

    from tests.integration.conftest import Organisation

OLD, NEW = SECRET_KEY, base64.b64encode(b"\x07" * 32).decode()


@asynccontextmanager
async def node(organisation: Organisation, key: str, former: str = "") -> AsyncIterator[Site]:
    """The API as a node with these keys serves it."""
    made = Site(organisation, secret_key=key, former_secret_key=former)
    yield made
    await made.close()


async def change(site: Site, *keys: str, lost: bool = False) -> Changed:
    ring = Ring([Key(key) for key in keys])
    assert ring.newest is not None
    sealing = SealingKeys(site.organisation.database, secrets.token_bytes)
    return await sealing.change(ring, ring.newest, site.organisation.clock(), lost=lost)


async def execute(site: Site, statement: str, *values: object) -> Any:
    async with site.organisation.database.connection() as connection:
        return await connection.fetch(statement, *values)


async def test_the_database_holds_no_secret(site: Site, jonas: httpx.AsyncClient) -> None:
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    secret = (await jonas.post(FACTOR, json={"password": PASSWORD})).json()["secret"]
    kept = (await execute(site, "SELECT t::text, sealed FROM totp t"))[0]
    assert secret not in kept["t"]
    for form in (secret.encode(), base64.b32decode(secret)):
        assert form not in kept["sealed"]


async def test_without_a_key_no_app_is_set_up_and_people_are_told_before(
    organisation: Organisation,
) -> None:
    async with node(organisation, "") as site:
        jonas = await site.client(organisation.jonas)
        await site.accounts.set_password(organisation.jonas, PASSWORD)
        assert (await jonas.get(FACTOR)).json()["appOffered"] is False
        answer = await jonas.post(FACTOR, json={"password": PASSWORD})
        assert problem(answer) == (503, "no_secret_key")
        assert "retry" not in answer.json()
        assert (await execute(site, "SELECT FROM totp")) == []
        assert (await first_step(site)).status_code == 201


async def test_a_secret_from_before_there_was_a_key_still_signs_in(
    site: Site, jonas: httpx.AsyncClient, organisation: Organisation
) -> None:
    phone, _ = await enrolled(site, jonas)
    await execute(site, "UPDATE totp SET secret = $1, sealed = NULL", phone.secret)
    async with node(organisation, "") as bare:
        assert (await second_step(bare, await ticket(bare), phone.code)).status_code == 201


async def test_a_secret_that_was_moved_to_another_account_opens_nothing(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    """Whoever may write to the database, but has no key, puts the secret of an app of their own
    into somebody else's account."""
    phone, codes = await enrolled(site, jonas)
    mia = site.organisation.mia
    await site.accounts.set_password(mia, PASSWORD)
    await execute(site, "UPDATE totp SET person = $1", mia.id)
    body = {"email": mia.email, "password": PASSWORD}
    begun = (await site.visitor().post("/api/v1/session", json=body)).json()["errors"]["ticket"]
    assert problem(await second_step(site, begun, phone.code)) == (503, "secret_unreadable")
    assert codes


async def test_the_key_is_changed_while_nodes_serve_that_have_both(
    organisation: Organisation, site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, _ = await enrolled(site, jonas)
    async with node(organisation, NEW, former=OLD) as new, node(organisation, OLD, NEW) as old:
        assert (await second_step(new, await ticket(new), phone.code)).status_code == 201
        assert await change(site, NEW, OLD) == Changed(sealed=1, unreadable=0)
        organisation.clock.time = phone.later()
        assert (await second_step(old, await ticket(old), phone.code)).status_code == 201
        assert await change(site, NEW, OLD) == Changed(sealed=0, unreadable=0)
    organisation.clock.time = phone.later()
    async with node(organisation, NEW) as after:
        assert (await second_step(after, await ticket(after), phone.code)).status_code == 201


async def test_an_app_that_is_set_up_meanwhile_is_sealed_with_the_key_in_use(
    organisation: Organisation, site: Site
) -> None:
    async with node(organisation, OLD, former=NEW) as late, node(organisation, NEW) as after:
        await change(site, NEW, OLD)
        phone, _ = await enrolled(late, await late.client(organisation.jonas))
        assert (await second_step(after, await ticket(after), phone.code)).status_code == 201


async def test_a_node_that_was_left_behind_takes_other_factors_and_sets_up_nothing(
    organisation: Organisation, site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, codes = await enrolled(site, jonas)
    olga = await site.client(organisation.olga)
    await site.accounts.set_password(organisation.olga, PASSWORD)
    begun = await ticket(site)
    await change(site, NEW, OLD)
    assert problem(await second_step(site, begun, phone.code)) == (503, "secret_unreadable")
    assert (await second_step(site, begun, codes[0])).status_code == 201
    answer = await olga.post(FACTOR, json={"password": PASSWORD})
    assert problem(answer) == (503, "no_secret_key")


async def test_when_the_key_is_lost_nobody_gets_in_with_a_password_alone(
    organisation: Organisation, site: Site, jonas: httpx.AsyncClient
) -> None:
    _, codes = await enrolled(site, jonas)
    assert await change(site, NEW, lost=True) == Changed(sealed=0, unreadable=1)
    async with node(organisation, NEW) as after:
        asked = await first_step(after)
        assert problem(asked) == (401, "second_factor_required")
        assert asked.json()["errors"]["ways"] == ["recovery"]
        begun = asked.json()["errors"]["ticket"]
        assert (await second_step(after, begun, codes[0])).status_code == 201
        again = await after.client(organisation.jonas)
        assert (await again.get(FACTOR)).json() == {
            "on": True,
            "recoveryLeft": 9,
            "app": True,
            "appUsable": False,
        }
        body = {"password": PASSWORD, "code": codes[1]}
        assert (await again.request("DELETE", FACTOR, json=body)).status_code == 204
        phone, _ = await enrolled(after, again)
        assert (await second_step(after, await ticket(after), phone.code)).status_code == 201


async def test_a_key_that_is_found_again_opens_what_was_given_up(
    organisation: Organisation, site: Site, jonas: httpx.AsyncClient
) -> None:
    phone, _ = await enrolled(site, jonas)
    await change(site, NEW, lost=True)
    assert await change(site, NEW, OLD) == Changed(sealed=1, unreadable=0)
    async with node(organisation, NEW) as after:
        assert (await second_step(after, await ticket(after), phone.code)).status_code == 201


@pytest.mark.parametrize("code", ["000000", "aaaa-bbbb-cccc-dddd"])
async def test_codes_are_tried_no_more_often_where_they_cannot_be_checked(
    organisation: Organisation, site: Site, jonas: httpx.AsyncClient, code: str
) -> None:
    await enrolled(site, jonas)
    await change(site, NEW, OLD)
    begun = await ticket(site)
    answers = [await second_step(site, begun, code) for _ in range(11)]
    assert {problem(answer)[1] for answer in answers[:10]} == {"secret_unreadable"}
    assert problem(answers[10])[1] == "rate_limited"
