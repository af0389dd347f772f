"""Files, as people attach and open them in a real browser."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from playwright.async_api import FilePayload, Page, expect

from tests.files_support import PDF, VIDEO, bomb, picture

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage

PICTURE = picture("JPEG", (1_600, 1_200))
#: Files that do not come by a dialog come by an event, as the browser makes it.
GIVE = """([selector, kind, name, content]) => {
    const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name));
    const options = { bubbles: true, cancelable: true };
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { ...options, clipboardData: data })
        : new DragEvent(kind, { ...options, dataTransfer: data });
    document.querySelector(selector).dispatchEvent(event);
}"""


async def choose(page: Page, *files: tuple[str, bytes]) -> None:
    payloads = [
        FilePayload(name=name, mimeType="text/html", buffer=content) for name, content in files
    ]
    await page.get_by_test_id("attach-input").first.set_input_files(payloads)


async def give(page: Page, kind: str, name: str, content: bytes) -> None:
    selector = '[data-testid="composer-text"]'
    await page.evaluate(GIVE, [selector, kind, name, base64.b64encode(content).decode()])


async def there(page: Page, number: int) -> None:
    await expect(page.locator('[data-testid="upload"][data-state="there"]')).to_have_count(number)


async def test_files_are_attached_by_dialog_by_dropping_and_by_pasting_and_opened_by_others(
    stage: Stage,
) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    wrong: list[str] = []
    jonas.on("console", lambda message: wrong.append(message.text))
    await mia.get_by_test_id("composer-text").click()
    await choose(mia, ("Prüfstand 3.jpg", PICTURE), ("Protokoll des langen Treffens.pdf", PDF))
    await give(mia, "dragover", "x", b"x")
    await expect(mia.locator("[data-dropping]")).to_be_visible()
    await give(mia, "drop", "film.mp4", VIDEO)
    await give(mia, "paste", "roof.png", picture("PNG", (300, 500)))
    await there(mia, 4)
    await mia.get_by_test_id("composer-text").fill("The test stand, as promised")
    await stage.picture(mia, "files-composer")
    await mia.get_by_test_id("composer-group").select_option("qm")
    await mia.get_by_test_id("composer-send").click()
    await expect(mia.get_by_test_id("upload")).to_have_count(0)

    post = jonas.get_by_test_id("post").filter(has_text="The test stand")
    await expect(post.get_by_test_id("image")).to_have_count(2)
    await expect(post.locator("img").first).to_have_js_property("naturalWidth", 720)
    await expect(post.get_by_test_id("video")).to_be_visible()
    await stage.picture(jonas, "files-post")
    async with jonas.expect_download() as saved:
        await post.get_by_test_id("file").click()
    assert (await saved.value).suggested_filename == "Protokoll des langen Treffens.pdf"
    await post.get_by_test_id("image").first.click()
    viewer = jonas.get_by_test_id("viewer")
    await expect(viewer.locator("img")).to_have_js_property("naturalWidth", 1_600)
    await stage.picture(jonas, "files-viewer")
    await jonas.keyboard.press("ArrowRight")
    await expect(viewer.locator("img")).to_have_js_property("naturalWidth", 300)
    await jonas.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    assert [text for text in wrong if "Content Security Policy" in text] == []


async def test_a_refused_file_says_why_and_the_rest_goes_out(stage: Stage) -> None:
    mia = await stage.open("mia", locale="de-DE", width=400)
    await mia.get_by_test_id("composer-text").click()
    await choose(mia, ("bombe.zip", bomb()), ("plan.pdf", PDF))
    failed = mia.locator('[data-testid="upload"][data-state="failed"]')
    await expect(failed).to_contain_text("Das Archiv enthält ausgepackt weit mehr")
    await there(mia, 1)
    await stage.picture(mia, "files-refused")
    await failed.get_by_test_id("upload-remove").click()
    await mia.get_by_test_id("composer-group").select_option("qm")
    await mia.get_by_test_id("composer-send").click()
    await expect(mia.get_by_test_id("post").get_by_test_id("file")).to_have_count(1)


async def test_an_edit_takes_a_file_out_and_adds_another(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await mia.get_by_test_id("composer-text").fill("with a plan")
    await choose(mia, ("old.pdf", PDF))
    await there(mia, 1)
    await mia.get_by_test_id("composer-group").select_option("qm")
    await mia.get_by_test_id("composer-send").click()
    seen = jonas.get_by_test_id("post").filter(has_text="with a plan")
    await expect(seen.get_by_test_id("file")).to_contain_text("old.pdf")
    post = mia.get_by_test_id("post").filter(has_text="with a plan")
    await post.hover()
    await post.get_by_test_id("edit").click()
    await post.get_by_test_id("upload-remove").click()
    await post.get_by_test_id("attach-input").set_input_files(
        {"name": "new.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    await expect(post.locator('[data-state="there"]')).to_have_count(1)
    await stage.picture(mia, "files-edit")
    await post.get_by_test_id("save-edit").click()
    await expect(seen.get_by_test_id("file")).to_contain_text("new.pdf")
    await expect(seen.get_by_test_id("file")).to_have_count(1)
