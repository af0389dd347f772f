"""What people do all day, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage

#: A second from publishing to seeing is the promise.
AT_ONCE = 1_000


async def write(page: Page, text: str, group: str = "qm") -> None:
    await page.get_by_test_id("composer-text").fill(text)
    if await page.get_by_test_id("composer-group").count():
        await page.get_by_test_id("composer-group").select_option(group)
    await page.get_by_test_id("composer-send").click()


async def test_one_person_posts_and_another_sees_it_within_a_second(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await write(mia, "The audit begins on Monday. #audit")
    await expect(mia.get_by_text("The audit begins on Monday.").first).to_be_visible()
    await expect(jonas.get_by_text("The audit begins on Monday.").first).to_be_visible(
        timeout=AT_ONCE
    )
    await stage.picture(jonas, "live-home")


async def test_what_is_not_for_guests_does_not_reach_their_page(stage: Stage) -> None:
    gus = await stage.open("gus")
    await stage.site.post("mia", "for the staff")
    await stage.site.post("mia", "for all", level="public")
    await expect(gus.get_by_text("for all").first).to_be_visible(timeout=AT_ONCE)
    assert "for the staff" not in await gus.content()


async def test_a_cut_connection_comes_back_without_gap_or_duplicate(stage: Stage) -> None:
    jonas = await stage.open("jonas")
    await stage.site.post("mia", "message 1")
    await expect(jonas.get_by_text("message 1").first).to_be_visible()
    await stage.cable.cut()
    await expect(jonas.get_by_test_id("connection")).not_to_have_attribute("data-state", "live")
    await stage.picture(jonas, "connection-lost")
    for number in range(2, 6):
        await stage.site.post("mia", f"message {number}")
    await stage.cable.mend()
    await stage.until_state(jonas, "live")
    await stage.site.post("mia", "message 6")
    await expect(jonas.get_by_text("message 6").first).to_be_visible()
    posts = await jonas.get_by_test_id("post").all_inner_texts()
    found = [match[0] for text in posts if (match := re.search(r"message \d", text))]
    assert found == [f"message {number}" for number in range(6, 0, -1)]


async def test_a_like_is_seen_by_the_other_at_once(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await stage.site.post("mia", "worth a like")
    await (
        jonas.get_by_test_id("post").filter(has_text="worth a like").get_by_test_id("like").click()
    )
    liked = mia.get_by_test_id("post").filter(has_text="worth a like").get_by_test_id("like")
    await expect(liked).to_have_attribute("data-count", "1", timeout=AT_ONCE)


async def test_a_thread_is_answered_beside_the_stream(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await stage.site.post("mia", "who comes along?")
    post = jonas.get_by_test_id("post").filter(has_text="who comes along?")
    await post.get_by_test_id("open-thread").click()
    reply = jonas.get_by_test_id("panel").get_by_test_id("reply-composer")
    await reply.get_by_test_id("composer-text").fill("I do")
    await reply.get_by_test_id("composer-send").click()
    await expect(jonas.get_by_test_id("panel").get_by_text("I do").first).to_be_visible()
    await expect(mia.get_by_text("I do").first).to_be_visible(timeout=AT_ONCE)
    await stage.picture(jonas, "thread")


async def test_a_filter_narrows_live_and_history_alike(stage: Stage) -> None:
    await stage.site.post("mia", "old and tagged", tags=["audit"])
    await stage.site.post("mia", "old and plain")
    jonas = await stage.open("jonas")
    await jonas.get_by_test_id("filter-as-text").click()
    await jonas.get_by_test_id("filter-text").fill("tag:audit")
    await jonas.get_by_test_id("filter-text").press("Enter")
    await expect(jonas.get_by_text("old and plain")).to_have_count(0)
    await expect(jonas.get_by_text("old and tagged").first).to_be_visible()
    await stage.site.post("mia", "new and plain")
    await stage.site.post("mia", "new and tagged", tags=["audit"])
    await expect(jonas.get_by_text("new and tagged").first).to_be_visible(timeout=5_000)
    await expect(jonas.get_by_text("new and plain")).to_have_count(0)
    await stage.picture(jonas, "filtered")


async def test_who_is_revoked_loses_the_group_from_the_page(stage: Stage) -> None:
    jonas = await stage.open("jonas")
    await stage.site.post("mia", "for members")
    await expect(jonas.get_by_text("for members").first).to_be_visible()
    await stage.site.call("mia", "DELETE", "/groups/qm/members/jonas@example.org")
    await expect(jonas.get_by_text("for members")).to_have_count(0)
    await stage.site.post("mia", "after he left")
    assert "after he left" not in await jonas.content()


async def test_it_speaks_german_and_fits_a_telephone(stage: Stage) -> None:
    await stage.site.post("mia", "Grüße aus der Werkstatt")
    page = await stage.open("jonas", locale="de-DE", width=390)
    assert await page.locator("html").get_attribute("lang") == "de"
    await expect(page.get_by_text("Grüße aus der Werkstatt").first).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing sticks out to the side"
    await stage.picture(page, "german-narrow")
