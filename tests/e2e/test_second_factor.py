"""Second factors in a real browser: an app, a security key that the browser emulates, and codes to
recover with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyotp
from playwright.async_api import Page, expect

from headrace.auth.key_file import written
from tests.conftest import SECRET_KEY
from tests.e2e.conftest import PASSWORD, staged

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

    from tests.e2e.conftest import Stage


#: What the button to copy puts into the clipboard, which no browser without a window has.
COPIED = """() => new Promise((told) => {
    navigator.clipboard.writeText = async (text) => told(text);
    document.querySelector('[data-testid="copy"]').click();
})"""


class Keyring:
    """Security keys that are plugged into a page's browser."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    @classmethod
    async def of(cls, page: Page) -> Keyring:
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        return cls(session)

    async def plug_in(self) -> str:
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = await self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        found: str = made["authenticatorId"]
        return found

    async def credentials(self, key: str) -> list[dict[str, object]]:
        found = await self._session.send("WebAuthn.getCredentials", {"authenticatorId": key})
        kept: list[dict[str, object]] = found["credentials"]
        return kept

    async def rewind(self, key: str) -> None:
        """Make a copy of the key from before it signed: its counter begins anew."""
        (one,) = await self.credentials(key)
        await self._session.send(
            "WebAuthn.removeCredential",
            {"authenticatorId": key, "credentialId": one["credentialId"]},
        )
        await self._session.send(
            "WebAuthn.addCredential",
            {"authenticatorId": key, "credential": one | {"signCount": 0}},
        )


async def account(stage: Stage, page: Page) -> None:
    if await page.get_by_test_id("menu").is_visible():
        await page.get_by_test_id("menu").click()
    await page.get_by_test_id("me").click()
    await page.get_by_test_id("account").click()
    await expect(page.get_by_test_id("second-factor")).to_be_visible()


async def sign_in_again(stage: Stage, page: Page) -> None:
    """Out, and the first step in again."""
    await page.locator('[data-current="true"]').get_by_test_id("end-session").click()
    await page.get_by_test_id("sign-in-email").fill("jonas@example.org")
    await page.get_by_test_id("sign-in-password").fill(PASSWORD)
    await page.get_by_test_id("sign-in-submit").click()


async def add_key(page: Page, name: str) -> None:
    await page.get_by_test_id("add-key").click()
    await page.get_by_test_id("key-name").fill(name)
    await page.get_by_test_id("key-password").fill(PASSWORD)
    await page.get_by_test_id("key-submit").click()


async def codes_of(page: Page) -> list[str]:
    shown = page.get_by_test_id("recovery-codes")
    await expect(shown).to_be_visible()
    codes = await shown.locator("li").all_inner_texts()
    await page.get_by_test_id("codes-kept").click()
    return codes


async def test_a_key_is_added_named_used_and_removed(stage: Stage) -> None:
    page = await stage.open("jonas")
    keys = await Keyring.of(page)
    blue = await keys.plug_in()
    await account(stage, page)
    await add_key(page, "Blue")
    assert len(await codes_of(page)) == 10
    assert len(await keys.credentials(blue)) == 1
    await page.get_by_test_id("rename-key").click()
    await page.get_by_test_id("new-name").fill("Green")
    await page.get_by_test_id("rename-submit").click()
    await expect(page.get_by_test_id("factor-key")).to_contain_text("Green")
    await sign_in_again(stage, page)
    await stage.picture(page, "second-step")
    await page.get_by_test_id("second-key").click()
    await stage.until_state(page, "live")
    await account(stage, page)
    await page.get_by_test_id("remove-key").click()
    await page.get_by_test_id("proof-password").fill(PASSWORD)
    await page.get_by_test_id("proof-submit").click()  # without a code: the key is asked
    await expect(page.get_by_test_id("second-factor")).to_have_attribute("data-on", "false")


async def test_a_copy_of_a_key_does_not_sign_in_and_a_code_to_recover_with_does(
    stage: Stage,
) -> None:
    page = await stage.open("jonas")
    keys = await Keyring.of(page)
    blue = await keys.plug_in()
    await account(stage, page)
    await add_key(page, "Blue")
    codes = await codes_of(page)
    await sign_in_again(stage, page)
    await page.get_by_test_id("second-key").click()
    await stage.until_state(page, "live")
    await account(stage, page)
    await sign_in_again(stage, page)
    await keys.rewind(blue)
    await page.get_by_test_id("second-key").click()
    await expect(page.get_by_test_id("second-error")).to_contain_text("was not accepted")
    await page.get_by_test_id("second-code").fill(codes[3])
    await page.get_by_test_id("second-submit").click()
    await stage.until_state(page, "live")
    told = await stage.site.command("audit", "export")
    assert "second_factor.key_copied" in told


async def test_whoever_has_lost_everything_is_let_in_by_the_operator(stage: Stage) -> None:
    page = await stage.open("jonas")
    await (await Keyring.of(page)).plug_in()
    await account(stage, page)
    await add_key(page, "Blue")
    await codes_of(page)
    await stage.site.command("person", "drop-factor", "jonas@example.org")
    await expect(page.get_by_text("You have been signed out.")).to_be_visible()
    await page.get_by_test_id("sign-in-email").fill("jonas@example.org")
    await page.get_by_test_id("sign-in-password").fill(PASSWORD)
    await page.get_by_test_id("sign-in-submit").click()
    await stage.until_state(page, "live")


async def test_the_same_key_is_not_registered_twice(stage: Stage) -> None:
    page = await stage.open("jonas", locale="de-DE")
    await (await Keyring.of(page)).plug_in()
    await account(stage, page)
    await add_key(page, "Blau")
    await codes_of(page)
    await add_key(page, "Noch einmal")
    await expect(page.get_by_test_id("key-error")).to_contain_text("schon registriert")


async def test_an_app_is_set_up_used_and_turned_off(stage: Stage) -> None:
    page = await stage.open("jonas")
    await account(stage, page)
    await page.get_by_test_id("add-app").click()
    await page.get_by_test_id("app-password").fill("wrong")
    await page.get_by_test_id("app-submit").click()
    await expect(page.get_by_test_id("app-error")).to_be_visible()
    await page.get_by_test_id("app-password").fill(PASSWORD)
    await page.get_by_test_id("app-submit").click()
    await expect(page.get_by_test_id("qr")).to_be_visible()
    await stage.picture(page, "app-setup")
    secret = (await page.get_by_test_id("app-secret").inner_text()).replace(" ", "")
    app = pyotp.TOTP(secret)
    await page.get_by_test_id("app-code-text").fill(app.now())
    await page.get_by_test_id("app-code-submit").click()
    shown = page.get_by_test_id("recovery-codes").locator("li")
    await expect(shown).to_have_count(10)
    codes = await shown.all_inner_texts()
    async with page.expect_download() as download:
        await page.get_by_test_id("save-codes").click()
    assert (await download.value).suggested_filename == "headrace-codes.txt"
    assert await page.evaluate(COPIED) == "".join(f"{code}\n" for code in codes)
    await page.get_by_test_id("codes-kept").click()
    await sign_in_again(stage, page)
    await expect(page.get_by_test_id("second-code")).to_be_focused()
    # A code is used once, and clocks may be off by a step: the next one is good already.
    await page.get_by_test_id("second-code").fill(app.at(datetime.now(UTC) + timedelta(seconds=30)))
    await page.get_by_test_id("second-submit").click()
    await stage.until_state(page, "live")
    await account(stage, page)
    await page.get_by_test_id("remove-app").click()
    await page.get_by_test_id("proof-password").fill(PASSWORD)
    await page.get_by_test_id("proof-code").fill(codes[0])
    await page.get_by_test_id("proof-submit").click()
    await expect(page.get_by_test_id("second-factor")).to_have_attribute("data-on", "false")


async def test_where_the_server_has_no_key_no_app_is_offered_and_it_says_why(
    database_url: str, redis_url: str
) -> None:
    async with staged(database_url, redis_url, secret_key="") as stage:
        page = await stage.open("jonas", locale="de-DE")
        await account(stage, page)
        section = page.get_by_test_id("second-factor")
        await expect(section).to_contain_text("lassen sich hier nicht einrichten")
        await expect(page.get_by_test_id("add-app")).to_have_count(0)
        await expect(page.get_by_test_id("add-key")).to_be_visible()
        await stage.picture(page, "no-app")


async def test_an_app_whose_codes_cannot_be_checked_gives_way_to_codes_to_recover_with(
    stage: Stage,
) -> None:
    page = await stage.open("jonas")
    await account(stage, page)
    await page.get_by_test_id("add-app").click()
    await page.get_by_test_id("app-password").fill(PASSWORD)
    await page.get_by_test_id("app-submit").click()
    secret = (await page.get_by_test_id("app-secret").inner_text()).replace(" ", "")
    await page.get_by_test_id("app-code-text").fill(pyotp.TOTP(secret).now())
    await page.get_by_test_id("app-code-submit").click()
    codes = await codes_of(page)
    stage.site.environment |= {
        "HEADRACE_SECRET_KEY": written(bytes(32)),
        "HEADRACE_FORMER_SECRET_KEY": SECRET_KEY,
    }
    await stage.site.command("key", "change")  # and the node is left behind
    await sign_in_again(stage, page)
    await expect(page.get_by_text("Enter one of the codes to recover with.")).to_be_visible()
    await page.get_by_test_id("second-code").fill(codes[0])
    await page.get_by_test_id("second-submit").click()
    await stage.until_state(page, "live")
    await account(stage, page)
    await expect(page.get_by_test_id("factor-app")).to_contain_text("cannot be checked here")
    await stage.picture(page, "app-unusable")
    await page.get_by_test_id("remove-app").click()
    await page.get_by_test_id("proof-password").fill(PASSWORD)
    await page.get_by_test_id("proof-code").fill(codes[1])
    await page.get_by_test_id("proof-submit").click()
    await expect(page.get_by_test_id("second-factor")).to_have_attribute("data-on", "false")
