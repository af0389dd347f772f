"""A conversation that is shared with somebody outside its group, on both their screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.e2e.conftest import Stage


async def lab(stage: Stage, content: str, **fields: str) -> str:
    """Mia says something in her group lab, in which nobody else is."""
    body = {"content": content, "level": "internal"} | fields
    answer = await stage.site.call("mia", "POST", "/groups/lab/activities", body)
    assert answer.status_code == 201, answer.text
    said: str = answer.json()["id"]
    return said


async def reply(page: Page, text: str) -> None:
    composer = page.get_by_test_id("reply-composer")
    await composer.get_by_test_id("composer-text").fill(text)
    await composer.get_by_test_id("composer-send").click()


async def test_a_conversation_is_shared_answered_and_taken_back(stage: Stage) -> None:
    await stage.site.call("mia", "POST", "/groups", {"name": "lab", "title": "Lab"})
    first = await lab(stage, "How do we test the valve?")
    await lab(stage, "nobody else's business")
    mia, jonas = await stage.open("mia"), await stage.open("jonas", locale="de-DE", width=390)
    await mia.goto(f"{mia.url.partition('#')[0]}#/groups/lab?thread={first}")
    await mia.get_by_test_id("share").click()
    await mia.get_by_test_id("share-person").fill("jonas")
    await mia.get_by_test_id("share-until").fill("2999-12-24")
    await mia.get_by_test_id("share-submit").click()
    await expect(mia.get_by_test_id("shares")).to_contain_text("Jonas")
    await expect(mia.get_by_test_id("shares")).to_contain_text("until 24 December 2999")
    await stage.picture(mia, "share-until")
    await mia.keyboard.press("Escape")

    await jonas.get_by_test_id("menu").click()
    await jonas.get_by_test_id("shared-thread").click()
    await expect(jonas.get_by_text("How do we test the valve?").last).to_be_visible()
    await reply(jonas, "On bench B.")
    await expect(mia.get_by_test_id("replies").get_by_text("On bench B.")).to_be_visible()
    await stage.picture(jonas, "shared-thread")

    await mia.get_by_test_id("reply-composer").get_by_test_id("composer-text").fill("Thanks")
    await expect(mia.get_by_test_id("outside-notice")).to_contain_text("Jonas")
    assert "nobody else's business" not in await jonas.content()

    await mia.get_by_test_id("share").click()
    await mia.get_by_test_id("unshare").click()
    await expect(jonas.get_by_text("On bench B.")).to_have_count(0)
    await expect(jonas.get_by_test_id("shared-thread")).to_have_count(0)
