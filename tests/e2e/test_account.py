"""One's own account in a real browser: sessions that end, a password that is chosen anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage

NEW = "seven tall giraffes in a canoe"


async def test_a_session_that_is_ended_elsewhere_leaves_the_page_at_once(stage: Stage) -> None:
    here, there = await stage.open("jonas"), await stage.open("jonas")
    await here.get_by_test_id("me").click()
    await here.get_by_test_id("account").click()
    await expect(here.get_by_test_id("session")).to_have_count(2)
    await expect(here.locator('[data-testid="session"][data-current="true"]')).to_have_count(1)
    await stage.picture(here, "account")
    await here.get_by_test_id("end-others").click()
    await expect(here.get_by_test_id("session")).to_have_count(1)
    await expect(there.get_by_test_id("sign-in")).to_be_visible(timeout=1_000)
    await expect(there.get_by_text("You have been signed out.")).to_be_visible()


async def test_the_password_is_changed_by_who_knows_the_old_one(stage: Stage) -> None:
    page = await stage.open("jonas", locale="de-DE")
    await page.get_by_test_id("me").click()
    await page.get_by_test_id("account").click()
    await page.get_by_test_id("old-password").fill("wrong")
    await page.get_by_test_id("chosen-password").fill(NEW)
    await page.get_by_test_id("change-password-submit").click()
    await expect(page.get_by_test_id("change-password-error")).to_be_visible()
    await page.get_by_test_id("old-password").fill("correct horse battery")
    await page.get_by_test_id("change-password-submit").click()
    await expect(page.get_by_test_id("password-changed")).to_be_visible()


async def test_a_forgotten_password_is_chosen_anew_with_a_link(stage: Stage) -> None:
    page = await stage.open("jonas")
    link = await stage.site.command("person", "reset", "jonas@example.org")
    context = await stage.browser.new_context(locale="en-GB")
    fresh = await context.new_page()
    base = f"http://localhost:{stage.cable.port}/"
    await fresh.goto(base + link[link.index("#") :])
    await fresh.get_by_test_id("new-password-text").fill("passwordpassword")
    await fresh.get_by_test_id("new-password-submit").click()
    await expect(fresh.get_by_test_id("new-password-error")).to_contain_text("easy to guess")
    await fresh.get_by_test_id("new-password-text").fill(NEW)
    await fresh.get_by_test_id("new-password-submit").click()
    await expect(fresh.get_by_test_id("reset-done")).to_be_visible()
    await expect(page.get_by_test_id("sign-in")).to_be_visible(timeout=1_000)
    assert "hp_" not in fresh.url
    await fresh.get_by_test_id("sign-in-email").fill("jonas@example.org")
    await fresh.get_by_test_id("sign-in-password").fill(NEW)
    await fresh.get_by_test_id("sign-in-submit").click()
    await stage.until_state(fresh, "live")
