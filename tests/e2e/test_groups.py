"""Making a group in a real browser, on wide screens and on telephones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.e2e.conftest import staged

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage


async def test_who_makes_a_group_is_in_it_and_others_find_it(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await mia.get_by_test_id("new-group").click()
    await mia.get_by_test_id("new-group-title").fill("Prüfstand 2")
    await expect(mia.get_by_test_id("new-group-name")).to_have_value("pruefstand-2")
    await stage.picture(mia, "new-group")
    await mia.keyboard.press("Enter")
    await expect(mia.get_by_test_id("member-list")).to_contain_text("Mia")
    assert mia.url.endswith("#/groups/pruefstand-2?members=")
    await mia.get_by_test_id("composer-text").fill("We begin on Monday.")
    await mia.get_by_test_id("composer-send").click()
    await expect(mia.get_by_test_id("post")).to_contain_text("We begin on Monday.")

    await jonas.reload()
    await jonas.get_by_test_id("other-groups").click()
    await jonas.get_by_role("button", name="Prüfstand 2: Join").click()
    await jonas.locator('[data-group="pruefstand-2"][data-testid="group"]').click()
    await expect(jonas.get_by_test_id("post")).to_contain_text("We begin on Monday.")
    await jonas.get_by_test_id("nav-inbox").click()
    await expect(jonas.get_by_test_id("feed")).to_contain_text("Mia added Jonas to Quality")
    await expect(jonas.get_by_test_id("feed")).not_to_contain_text("Prüfstand")


async def test_a_secret_group_is_made_on_a_telephone_in_german(stage: Stage) -> None:
    mia = await stage.open("mia", locale="de-DE", width=360)
    await mia.get_by_test_id("menu").click()
    await mia.get_by_test_id("new-group").click()
    await mia.get_by_test_id("new-group-title").fill("Nachfolge")
    await mia.get_by_test_id("new-group-visibility").select_option("secret")
    await stage.picture(mia, "new-group-narrow")
    await mia.get_by_test_id("new-group-name").fill("Kein Name")
    await mia.get_by_test_id("new-group-submit").click()
    await expect(mia.get_by_test_id("new-group-name")).to_have_css("outline-style", "solid")
    await mia.get_by_test_id("new-group-name").fill("nachfolge")
    await mia.get_by_test_id("new-group-submit").click()
    await expect(mia.get_by_test_id("member-list")).to_contain_text("Mia")
    assert "#/groups/nachfolge-" in mia.url, "its ending is not to be guessed"


async def test_guests_make_no_groups(stage: Stage) -> None:
    gus = await stage.open("gus")
    await expect(gus.get_by_test_id("group").first).to_be_visible()
    await expect(gus.get_by_test_id("new-group")).to_have_count(0)


async def test_who_has_made_many_groups_is_told_how_many_and_when_to_go_on(
    database_url: str, redis_url: str
) -> None:
    async with staged(database_url, redis_url, limit_create_group="1/90") as stage:
        mia = await stage.open("mia", locale="de-DE", width=390)
        for title in ("Prüfstand", "Prüffeld"):
            await mia.get_by_test_id("menu").click()
            await mia.get_by_test_id("new-group").click()
            await mia.get_by_test_id("new-group-title").fill(title)
            await mia.get_by_test_id("new-group-submit").click()
            if title == "Prüfstand":
                await expect(mia.get_by_test_id("member-list")).to_contain_text("Mia")
                await mia.get_by_test_id("close-panel").click()
        refusal = mia.get_by_test_id("new-group-error")
        await expect(refusal).to_contain_text("wie nacheinander möglich sind (1)")
        await expect(refusal).to_contain_text("alle 90 Sekunden")
        await stage.picture(mia, "new-group-limit")


async def test_an_owner_gives_roles_and_takes_people_out(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await mia.goto(mia.url.partition("#")[0] + "#/groups/qm?members")
    change = mia.get_by_role("button", name="Role of Jonas")
    await change.click()
    await mia.get_by_test_id("role-choice").select_option("moderator")
    await mia.get_by_test_id("role-submit").click()
    await expect(mia.get_by_test_id("member-list")).to_contain_text("Moderator")
    await expect(change).to_be_focused()
    await stage.picture(mia, "members")
    await jonas.goto(jonas.url.partition("#")[0] + "#/groups/qm?members")
    await expect(jonas.get_by_role("button", name="Remove Gus")).to_be_visible()
    await expect(jonas.get_by_role("button", name="Remove Mia")).to_have_count(0)

    await mia.get_by_role("button", name="Remove Jonas").click()
    await mia.get_by_test_id("confirm-drop").click()
    await expect(mia.get_by_test_id("member-list")).not_to_contain_text("Jonas")
    await expect(jonas.locator('[data-group="qm"][data-testid="group"]')).to_have_count(0)


async def test_an_owner_changes_a_group_and_others_see_it_at_once(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas", locale="de-DE", width=390)
    for page in (mia, jonas):
        await page.goto(page.url.partition("#")[0] + "#/groups/qm?members")
        await expect(page.get_by_test_id("member-list")).to_contain_text("Jonas")
    await expect(jonas.get_by_test_id("edit-group")).to_have_count(0)
    await jonas.get_by_test_id("close-panel").click()
    await expect(jonas.get_by_role("main")).to_contain_text("offen")
    opener = mia.get_by_test_id("edit-group")
    await opener.press("Enter")
    await mia.get_by_test_id("change-group-title").fill("Quality and more")
    await mia.get_by_test_id("change-group-visibility").select_option("secret")
    await expect(mia.get_by_test_id("consequence")).to_contain_text("Nobody but its members")
    await stage.picture(mia, "change-group")
    await mia.get_by_role("button", name="Save and make it secret").click()
    await expect(opener).to_be_focused()
    await expect(mia.get_by_role("heading", level=1)).to_have_text("Quality and more")
    await expect(jonas.get_by_role("heading", level=1)).to_have_text("Quality and more")
    await expect(jonas.get_by_role("main")).to_contain_text("geheim")


async def test_who_leaves_a_group_is_at_home_again(stage: Stage) -> None:
    jonas = await stage.open("jonas", locale="de-DE", width=390)
    await jonas.goto(jonas.url.partition("#")[0] + "#/groups/qm?members")
    await jonas.get_by_test_id("leave").click()
    await stage.picture(jonas, "leave")
    await jonas.get_by_test_id("confirm-drop").click()
    await expect(jonas.get_by_test_id("member-list")).to_have_count(0)
    await expect(jonas.get_by_text("Noch nichts da.")).to_be_visible()
    assert jonas.url.endswith("#/")
