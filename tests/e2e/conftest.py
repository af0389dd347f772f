"""A real browser against a real node, through a cable that can be cut."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, async_playwright

import headrace
from headrace.app import assemble
from headrace.log import directory
from headrace.settings import Settings
from tests.cable import laid
from tests.scenario.conftest import Site, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cable import Cable

PASSWORD = "correct horse battery"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARTEFACTS = Path(__file__).parents[2] / ".artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Stage:
    """A site, a browser, and a cable to the first node."""

    def __init__(self, site: Site, browser: Browser, cable: Cable) -> None:
        self.site = site
        self.browser = browser
        self.cable = cable

    async def open(self, name: str, *, locale: str = "en-GB", width: int = 1280) -> Page:
        """Somebody's own browser window, signed in."""
        context = await self.browser.new_context(
            locale=locale, viewport={"width": width, "height": 860}
        )
        page = await context.new_page()
        page.set_default_timeout(15_000)
        await page.goto(f"http://localhost:{self.cable.port}/")
        await page.get_by_test_id("sign-in-email").fill(f"{name}@example.org")
        await page.get_by_test_id("sign-in-password").fill(PASSWORD)
        await page.get_by_test_id("sign-in-submit").click()
        await self.until_state(page, "live")
        return page

    async def until_state(self, page: Page, state: str) -> None:
        """Wait until the page says that its connection is in that state."""
        indicator = page.locator(f'[data-testid="connection"][data-state="{state}"]')
        await indicator.wait_for(state="attached")

    async def picture(self, page: Page, name: str) -> None:
        """Keep what it looks like."""
        ARTEFACTS.mkdir(exist_ok=True)
        await page.screenshot(path=ARTEFACTS / f"{name}.png")


@pytest.fixture
async def stage(database_url: str, redis_url: str) -> AsyncIterator[Stage]:
    async with staged(database_url, redis_url) as made:
        yield made


@asynccontextmanager
async def staged(database_url: str, redis_url: str, **settings: str) -> AsyncIterator[Stage]:
    """A stage whose node is set up like that. The cable is there first: its end is our address."""
    index = Path(headrace.__file__).parent / "static" / "index.html"
    assert index.exists(), "the web client is not built: npm run build in web/"
    async with laid() as cable:
        settings |= {"public_url": f"http://localhost:{cable.port}"}
        async with running(database_url, redis_url, 1, **settings) as site, _browser() as browser:
            await _passwords(database_url)
            cable.target = site.nodes[0].port
            yield Stage(site, browser, cable)
            await browser.close()


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


async def _passwords(database_url: str) -> None:
    settings = Settings.load({}, database_url=database_url, redis_url="unix:///nowhere")
    async with assemble(settings) as parts:
        accounts = parts.services.accounts
        for name in ("mia", "jonas", "gus"):
            async with parts.services.database.connection() as connection:
                person = await directory.find_person(connection, name)
            assert person is not None
            await accounts.set_password(person, PASSWORD)
