"""Reading what is long, wide or written from the right, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage


async def test_a_long_post_shows_its_beginning_and_then_all_of_it(stage: Stage) -> None:
    mia = await stage.open("mia")
    await stage.site.post("jonas", "many words " * 400 + "the end.")
    text = mia.get_by_test_id("post").filter(has_text="many words").locator("p").locator("../..")
    folded = await text.bounding_box()
    assert folded is not None
    assert 200 < folded["height"] <= 300, "several lines, and not all of them"
    await mia.get_by_role("button", name="Show all").click()
    whole = await text.bounding_box()
    assert whole is not None
    assert whole["height"] > 600
    assert whole["width"] <= folded["width"]


async def test_on_a_telephone_nothing_is_wider_than_the_screen(stage: Stage) -> None:
    await stage.site.post("jonas", "x" * 3_000)
    await stage.site.post("jonas", "https://example.org/" + "a" * 300)
    name = "Donaudampfschiff" * 8
    body = {"email": "long@example.org", "name": name, "kind": "employee"}
    assert (await stage.site.call("mia", "POST", "/people", body)).status_code == 201
    await stage.site.call("mia", "PUT", "/groups/qm/members/long@example.org", {})
    mia = await stage.open("mia", width=360)
    await expect(mia.get_by_text(name).first).to_be_visible()
    scroller = mia.get_by_test_id("scroller")
    assert await scroller.evaluate("element => element.scrollWidth - element.clientWidth") == 0
    await stage.picture(mia, "long-words")
    await mia.goto(mia.url.partition("#")[0] + "#/groups/qm?members")
    await mia.get_by_role("button", name=f"Role of {name}").click()
    dialog = mia.get_by_test_id("role-dialog")
    assert await dialog.evaluate("element => element.scrollWidth - element.clientWidth") == 0


async def test_what_is_written_from_the_right_is_read_from_the_right(stage: Stage) -> None:
    mia = await stage.open("mia")
    await stage.site.post("jonas", "مرحبا English بالعالم")
    paragraph = mia.get_by_test_id("post").locator("p").filter(has_text="English")
    await expect(paragraph).to_have_css("direction", "rtl")
    field = mia.get_by_test_id("composer-text")
    await field.fill("مرحبا")
    await expect(field).to_have_css("direction", "rtl")
    await field.fill("Hello")
    await expect(field).to_have_css("direction", "ltr")


async def test_going_back_leads_to_where_one_was_reading(stage: Stage) -> None:
    for number in range(120):
        await stage.site.post("jonas", f"post number {number}.")
    mia = await stage.open("mia")
    scroller = mia.get_by_test_id("scroller")
    wanted = mia.get_by_text("post number 50.")
    while not await wanted.count():
        await scroller.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        await mia.wait_for_load_state("networkidle")
    await wanted.scroll_into_view_if_needed()
    before = await wanted.bounding_box()
    await mia.get_by_test_id("nav-inbox").click()
    await expect(mia.get_by_test_id("feed-empty")).to_be_visible()
    await mia.go_back()
    await expect(wanted).to_be_in_viewport()
    after = await wanted.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 3, "to the line"

    await mia.get_by_test_id("nav-inbox").click()
    await mia.get_by_test_id("nav-home").click()
    await expect(mia.get_by_text("post number 119.")).to_be_in_viewport()
