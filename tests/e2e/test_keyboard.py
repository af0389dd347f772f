"""Everything can be reached and left again without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.e2e.test_browser import write
from tests.waiting import until_answered

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.e2e.conftest import Stage


async def test_a_dialog_gives_the_focus_back_to_where_it_was_opened(stage: Stage) -> None:
    mia = await stage.open("mia")
    await write(mia, "Who may read this?")
    post = mia.get_by_test_id("post").filter(has_text="Who may read this?")
    opener = post.get_by_test_id("who")
    for leave in (_escape, _close_button):
        await opener.press("Enter")
        dialog = mia.get_by_test_id("who-sees")
        await expect(dialog).to_be_visible()
        await leave(mia, dialog)
        await expect(dialog).to_have_count(0)
        await expect(opener).to_be_focused()


async def test_a_deletion_is_asked_about_and_can_be_called_off(stage: Stage) -> None:
    mia = await stage.open("mia")
    await write(mia, "Better not.")
    post = mia.get_by_test_id("post").filter(has_text="Better not.")
    opener = post.get_by_test_id("delete")
    await opener.press("Enter")
    await mia.get_by_role("dialog").get_by_role("button", name="Cancel").press("Enter")
    await expect(opener).to_be_focused()
    await opener.press("Enter")
    await mia.get_by_test_id("confirm-delete").press("Enter")
    await expect(mia.get_by_test_id("deleted").first).to_be_visible()


async def _escape(page: Page, _: Locator) -> None:
    await page.keyboard.press("Escape")


async def _close_button(_: Page, dialog: Locator) -> None:
    await dialog.get_by_role("button", name="Close").press("Enter")


async def test_on_a_narrow_screen_the_focus_stays_in_what_covers_the_page(stage: Stage) -> None:
    mia = await stage.open("mia", width=390)
    menu, main = mia.get_by_test_id("menu"), mia.get_by_role("main")
    await menu.press("Enter")
    await expect(main).to_have_attribute("inert", "")
    await mia.keyboard.press("Escape")
    await expect(mia.get_by_test_id("nav-inbox")).to_be_hidden()
    await expect(menu).to_be_focused()

    await menu.press("Enter")
    group = mia.get_by_test_id("group").first
    await expect(group).to_be_visible()
    await group.press("Enter")
    members = mia.get_by_test_id("members")
    await members.press("Enter")
    await expect(mia.get_by_test_id("close-panel")).to_be_visible()
    await expect(main).to_be_hidden()
    await mia.get_by_test_id("close-panel").press("Enter")
    await expect(members).to_be_focused()


async def test_the_stream_is_a_feed_for_each_day_and_nothing_but_posts(stage: Stage) -> None:
    await stage.site.post("jonas", "to be heard")
    mia = await stage.open("mia")
    day = mia.get_by_role("feed", name="Today")
    await expect(day.get_by_role("article")).to_have_count(1)
    await expect(day.get_by_role("heading")).to_have_count(0)
    await expect(mia.get_by_test_id("me")).to_have_accessible_name("Mia @mia Settings")


async def test_what_is_read_with_the_keyboard_stays_in_place(stage: Stage) -> None:
    await stage.site.post("jonas", "the one that is read")
    mia = await stage.open("mia")
    post = mia.get_by_test_id("post").filter(has_text="the one that is read")
    await mia.get_by_test_id("filter-as-text").focus()
    while not await post.evaluate("element => element === document.activeElement"):
        await mia.keyboard.press("Tab")
    before = await post.bounding_box()
    await stage.site.post("jonas", "a newer one")
    await expect(mia.get_by_test_id("new-posts")).to_contain_text("1 new post")
    assert await post.bounding_box() == before
    await mia.get_by_test_id("new-posts").press("Enter")
    newest = mia.get_by_test_id("post").filter(has_text="a newer one")
    await expect(newest).to_be_focused()
    await mia.get_by_test_id("composer-text").focus()
    await stage.site.post("jonas", "the newest of all")
    await expect(mia.get_by_text("the newest of all")).to_be_visible()


CODE = "```\n{lines}\n```"
LONG = "line\n" * 30
WIDE = "the one that is wide " * 12
FITTING = "the one that fits a page but not the screen of a telephone"


async def test_a_block_of_code_is_a_tab_stop_where_it_is_cut_off_only(stage: Stage) -> None:
    await stage.site.post("jonas", f"{CODE.format(lines=FITTING)}\n{CODE.format(lines=WIDE)}")
    mia = await stage.open("mia")
    post = mia.get_by_test_id("post").filter(has_text=FITTING)
    wide = post.get_by_role("group", name="Wide block of code")
    await expect(wide).to_contain_text(WIDE.strip())
    await post.get_by_role("link", name="Quality").focus()
    await mia.keyboard.press("Tab")
    await expect(wide).to_be_focused()
    await mia.keyboard.press("ArrowRight")
    await until_answered(lambda: wide.evaluate("element => element.scrollLeft > 0"))

    await mia.set_viewport_size({"width": 360, "height": 860})
    await expect(wide).to_have_count(2)
    await post.get_by_role("link", name="Quality").focus()
    await mia.keyboard.press("Tab")
    await expect(wide.filter(has_text=FITTING)).to_be_focused()


async def test_what_the_keyboard_comes_to_below_the_fold_is_shown(stage: Stage) -> None:
    await stage.site.post("jonas", LONG + CODE.format(lines=WIDE))
    mia = await stage.open("mia")
    post = mia.get_by_test_id("post").filter(has_text=WIDE.strip())
    await expect(post.get_by_role("button", name="Show all")).to_be_visible()
    await post.get_by_role("link", name="Quality").focus()
    await mia.keyboard.press("Tab")
    await expect(post.get_by_role("group", name="Wide block of code")).to_be_focused()
    await expect(post.get_by_role("button", name="Show less")).to_be_visible()
