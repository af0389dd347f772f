"""Signing in with a provider, in a real browser."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Stage, staged
from tests.sign_in_provider import CLIENT, PEOPLE, SECRET, ProviderProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def provider() -> Iterator[ProviderProcess]:
    process = ProviderProcess()
    yield process
    process.stop()


@pytest.fixture
async def stage(
    database_url: str, redis_url: str, provider: ProviderProcess
) -> AsyncIterator[Stage]:
    settings = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_title": "Example GmbH",
    }
    async with staged(database_url, redis_url, **settings) as made:
        yield made


@asynccontextmanager
async def window(stage: Stage, locale: str = "en-GB") -> AsyncIterator[Page]:
    context = await stage.browser.new_context(locale=locale)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    yield page
    await context.close()


def address(stage: Stage) -> str:
    return f"http://localhost:{stage.cable.port}/"


async def test_one_click_signs_in_and_leads_back_to_where_one_was(stage: Stage) -> None:
    async with window(stage) as page:
        await page.goto(f"{address(stage)}#/groups/qm")
        await expect(page.get_by_test_id("sign-in-provider")).to_have_text(
            "Sign in with Example GmbH"
        )
        await stage.picture(page, "sign-in-provider")
        await page.get_by_test_id("sign-in-provider").click()
        await page.get_by_role("button", name="jonas").click()
        await stage.until_state(page, "live")
        assert page.url == f"{address(stage)}#/groups/qm"
        await stage.site.post("mia", "seen through the provider")
        await expect(page.get_by_text("seen through the provider").first).to_be_visible()


async def test_signing_out_signs_out_at_the_provider_too(
    stage: Stage, provider: ProviderProcess
) -> None:
    async with window(stage) as page:
        await page.goto(address(stage))
        await page.get_by_test_id("sign-in-provider").click()
        await page.get_by_role("button", name="jonas").click()
        await stage.until_state(page, "live")
        async with page.expect_request(lambda request: f"{provider.issuer}/end" in request.url):
            await page.get_by_test_id("me").click()
            await page.get_by_test_id("sign-out").click()
        await expect(page.get_by_test_id("sign-in")).to_be_visible()
        assert page.url == address(stage)


async def test_who_is_turned_away_reads_why_in_their_language(
    stage: Stage, provider: ProviderProcess
) -> None:
    said = {"de-DE": "Zu Ihrer E-Mail-Adresse gibt es hier kein Konto", "en-GB": "Nobody here has"}
    for locale, words in said.items():
        async with window(stage, locale) as page:
            await page.goto(address(stage))
            await page.get_by_test_id("sign-in-provider").click()
            await page.get_by_role("button", name="nora").click()
            await expect(page.get_by_test_id("sign-in-error")).to_contain_text(words)
            assert page.url == address(stage), "a reload does not say it again"
            await stage.picture(page, f"sign-in-refused-{locale}")


async def test_a_provider_that_lies_or_is_down_leaves_the_password(
    stage: Stage, provider: ProviderProcess
) -> None:
    async with window(stage) as page:
        provider.control(faults={"signature": "foreign key"})
        await page.goto(address(stage))
        await page.get_by_test_id("sign-in-provider").click()
        await page.get_by_role("button", name="jonas").click()
        await expect(page.get_by_test_id("sign-in-error")).to_contain_text("cannot be trusted")
        provider.control(people=PEOPLE, faults={"token": 500})
        await page.get_by_test_id("sign-in-provider").click()
        await page.get_by_role("button", name="jonas").click()
        await expect(page.get_by_test_id("sign-in-error")).to_contain_text("use your password")
    await stage.open("jonas")
