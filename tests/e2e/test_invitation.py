"""Inviting by link in real browsers: from the members' panel to the group's stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.e2e.conftest import Stage

PASSWORD = "violet kettle drumming 47"
CARL = "carl@customer.example"


async def panel(page: Page) -> None:
    """The members of group qm, at the side."""
    await page.goto(page.url.partition("#")[0] + "#/groups/qm?members")
    await expect(page.get_by_test_id("member-list")).to_be_visible()


async def invite(page: Page, whom: str) -> str:
    """The link for somebody who is not here yet."""
    await page.get_by_test_id("invite").click()
    await page.get_by_test_id("invite-whom").fill(whom)
    await page.get_by_test_id("invite-submit").click()
    return await page.get_by_test_id("invite-link").input_value()


async def visitor(stage: Stage, link: str, locale: str = "en-GB") -> Page:
    """Somebody else's browser, at the end of a link."""
    context = await stage.browser.new_context(locale=locale)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    await page.goto(link)
    return page


async def test_a_link_brings_a_guest_into_the_group_once(stage: Stage) -> None:
    mia = await stage.open("mia")
    await panel(mia)
    link = await invite(mia, CARL)
    await expect(mia.get_by_test_id("pending")).to_contain_text(CARL)
    carl = await visitor(stage, link)
    await expect(carl.get_by_test_id("offer")).to_contain_text("Mia invites you into Quality")
    await stage.picture(carl, "invitation")
    await carl.get_by_test_id("link-name").fill("Carl Castor")
    await carl.get_by_test_id("link-password").fill("passwordpassword")
    await carl.get_by_test_id("link-submit").click()
    await expect(carl.get_by_test_id("link-error")).to_contain_text("easy to guess")
    await carl.get_by_test_id("link-password").fill(PASSWORD)
    await carl.get_by_test_id("link-submit").click()
    await stage.until_state(carl, "live")
    assert carl.url.endswith("#/groups/qm")
    await stage.site.post("mia", "welcome, Carl", level="public")
    await expect(carl.get_by_text("welcome, Carl").first).to_be_visible()
    late = await visitor(stage, link)
    await expect(late.get_by_test_id("link-void")).to_be_visible()


async def test_a_role_and_a_last_day_are_chosen_by_keyboard_and_shown_to_both(
    stage: Stage,
) -> None:
    """By keys alone from the button on; the day is the same whether days or months come first."""
    await stage.site.call("mia", "POST", "/groups", {"name": "lab", "title": "Lab"})
    mia = await stage.open("mia", locale="de-DE")
    await mia.goto(mia.url.partition("#")[0] + "#/groups/lab?members")
    await mia.get_by_test_id("invite").press("Enter")
    for key in ("j o n a s", "Tab", "M o", "Tab", "1 2 1 2 2 9 9 9"):
        for press in key.split():
            await mia.keyboard.press(press)
    await stage.picture(mia, "invite-role")
    await mia.keyboard.press("Enter")
    pending = mia.get_by_test_id("pending")
    await expect(pending).to_contain_text("Moderator/in · bis 12. Dezember 2999")

    jonas = await stage.open("jonas", width=390)
    await jonas.get_by_test_id("menu").click()
    offer = jonas.get_by_test_id("invitation")
    await expect(offer).to_contain_text("Moderator · until 12 December 2999")
    await stage.picture(jonas, "invited-as")
    await offer.get_by_text("Accept").click()
    await expect(offer).to_have_count(0)
    await mia.reload()
    member = mia.get_by_test_id("member-list").locator("li", has_text="Jonas")
    await expect(member).to_contain_text("bis 12. Dezember 2999")
    await expect(member).to_contain_text("Moderator/in")
    await stage.picture(mia, "members-until")


async def test_a_link_that_is_withdrawn_reads_like_one_that_never_was(stage: Stage) -> None:
    mia = await stage.open("mia", locale="de-DE")
    await panel(mia)
    link = await invite(mia, CARL)
    await mia.get_by_test_id("withdraw").click()
    await expect(mia.get_by_test_id("pending")).to_have_count(0)
    pages = [await visitor(stage, url, "de-DE") for url in (link, link[:-4] + "AAAA")]
    for page in pages:
        await expect(page.get_by_test_id("link-void")).to_contain_text("lässt sich nicht benutzen")
    texts = [await page.locator("main").inner_text() for page in pages]
    assert texts[0] == texts[1]


async def test_whoever_is_signed_in_accepts_what_is_for_them_and_nothing_else(
    stage: Stage,
) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await panel(mia)
    link = await invite(mia, CARL)
    await jonas.goto(link)
    await expect(jonas.get_by_test_id("link-foreign")).to_contain_text("jonas@example.org")
    await jonas.get_by_test_id("away").click()
    await stage.until_state(jonas, "live")
    await stage.site.command("person", "add", CARL, "--name", "Carl", "--kind", "guest")
    reset = await stage.site.command("person", "reset", CARL)
    carl = await visitor(stage, link.partition("#")[0] + reset[reset.index("#") :].strip())
    await carl.get_by_test_id("new-password-text").fill(PASSWORD)
    await carl.get_by_test_id("new-password-submit").click()
    await expect(carl.get_by_test_id("reset-done")).to_be_visible()
    await carl.goto(link)
    await carl.get_by_test_id("have-account").click()
    await carl.get_by_test_id("sign-in-email").fill(CARL)
    await carl.get_by_test_id("sign-in-password").fill(PASSWORD)
    await carl.get_by_test_id("sign-in-submit").click()
    await carl.get_by_test_id("link-submit").click()
    await stage.until_state(carl, "live")
    assert carl.url.endswith("#/groups/qm")
