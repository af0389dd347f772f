"""What people write, name and attach never runs in another's browser, nor trips its policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import asyncpg
import httpx
from playwright.async_api import Page, expect

from tests.files_support import HTML, SVG

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage

#: After https://cheatsheetseries.owasp.org (XSS Filter Evasion) and what Markdown adds to it.
PAYLOADS = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg onload=window.hit=1>",
    "<svg><script href=data:,window.hit=1 />",
    '"><script>window.hit=1</script>',
    '\'"><img src=x onerror="window.hit=1">',
    "<body onload=window.hit=1><input autofocus onfocus=window.hit=1>",
    "<details open ontoggle=window.hit=1>",
    "<iframe src=javascript:window.top.hit=1></iframe>",
    "<iframe srcdoc='<script>top.hit=1</script>'></iframe>",
    "<object data=javascript:window.hit=1></object><embed src=javascript:window.hit=1>",
    "<a href=javascript:window.hit=1>x</a>",
    "<style>@import'javascript:window.hit=1';*{background:url(javascript:window.hit=1)}</style>",
    "<link rel=stylesheet href=javascript:window.hit=1><base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:window.hit=1'>",
    "<form action=javascript:window.hit=1><button autofocus>x</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.hit=1>",
    "<noscript><p title='</noscript><img src=x onerror=window.hit=1>'>",
    "<template><script>window.hit=1</script></template>",
    "<video><source onerror=window.hit=1></video><audio src=x onerror=window.hit=1>",
    "<!--><img src=x onerror=window.hit=1>-->",
    "<![CDATA[<script>window.hit=1</script>]]>",
    "[x](javascript:window.hit=1)",
    "[x](JaVaScRiPt:window.hit=1)",
    "[x](java&Tab;script:window.hit=1)",
    "[x](data:text/html,<script>window.hit=1</script>)",
    "[x](vbscript:window.hit=1)",
    "[x](<javascript:window.hit=1>)",
    "[x](https://x' onclick='window.hit=1)",
    '[x](https://x" onmouseover="window.hit=1 "t")',
    '[x](https://x.example "\\" onclick=\\"window.hit=1")',
    "[![x](javascript:window.hit=1)](javascript:window.hit=1)",
    '![x](x" onerror="window.hit=1)',
    "![x](javascript:window.hit=1)",
    "<javascript:window.hit=1>",
    "[a]: javascript:window.hit=1\n\n[a]",
    "`<script>window.hit=1</script>`",
    "```html\n<script>window.hit=1</script>\n```",
    '```"><script>window.hit=1</script>\nx\n```',
    "# <img src=x onerror=window.hit=1>\n> <svg onload=window.hit=1>\n- <b onclick=window.hit=1>",
    "| <img src=x onerror=window.hit=1> | b |\n|---|---|\n| <svg onload=window.hit=1> | `x` |",
    "@mia<script>window.hit=1</script> #tag<img/src/onerror=window.hit=1>",
    "{@html '<script>window.hit=1</script>'} {{constructor.constructor('window.hit=1')()}}",
    "${window.hit=1} `${window.hit=1}`",
    "\u202e<script>window.hit=1</script>\u2028window.hit=1",
    'https://x.example/<script>window.hit=1</script>?a="onclick=window.hit=1',
]
NAME = '"><img src=x onerror=window.hit=1>.svg'
LINKS = [
    {"url": url, "name": NAME, "type": "Image"}
    for url in (
        "javascript:window.hit=1",
        "data:text/html,<script>window.hit=1</script>",
        "JAVASCRIPT:x",
    )
]


#: What no post may make.
HARMFUL = (
    "script, iframe, object, embed, style, link, base, meta, form, template, math, audio,"
    " img:not([src^='/api/v1/files/']), svg:not([aria-hidden]), [onclick], [onerror], [onload]"
)
WATCH = """document.addEventListener("securitypolicyviolation",
    (event) => { window.violated = event.violatedDirective; });"""


async def _post(stage: Stage, contents: list[str]) -> None:
    headers = {"Authorization": f"Bearer {stage.site.tokens['mia']}"}
    address = f"{stage.site.nodes[0].url}/api/v1"
    async with httpx.AsyncClient(base_url=address, headers=headers) as mia:
        files = [
            (await mia.post("files", params={"name": NAME}, content=content)).json()["id"]
            for content in (SVG, HTML)
        ]
        posts: list[dict[str, object]] = [{"content": content} for content in contents]
        posts.append({"content": "attached", "attachment": files})
        for post in posts:
            assert (await mia.post("groups/qm/activities", json=post)).is_success
        for link in LINKS:
            refused = await mia.post(
                "groups/qm/activities", json={"content": "x", "attachment": [link]}
            )
            assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def _write_into_the_log(database_url: str) -> None:
    """Links as a former version took them."""
    connection = await asyncpg.connect(database_url)
    links = json.dumps(LINKS)
    await connection.execute(
        "UPDATE activity SET attachment = attachment || $1::jsonb WHERE content = 'attached'", links
    )
    await connection.close()


async def test_nothing_that_somebody_writes_runs_in_anothers_browser(
    stage: Stage, database_url: str
) -> None:
    jonas = await stage.open("jonas")
    said: list[str] = []
    jonas.on("console", lambda message: said.append(message.text))
    jonas.on("pageerror", lambda error: said.append(f"page error: {error}"))
    jonas.on("dialog", lambda dialog: said.append(f"dialog, error: {dialog.message}"))
    await jonas.add_init_script(WATCH)
    await jonas.reload()
    await stage.until_state(jonas, "live")
    half = len(PAYLOADS) // 2
    await _post(stage, PAYLOADS[:half])  # these come live
    await _look(jonas)
    await _post(stage, PAYLOADS[half:])
    await _write_into_the_log(database_url)
    await jonas.reload()  # and all of these as history
    await _look(jonas)
    await stage.picture(jonas, "injection")
    assert [text for text in said if "error" in text.lower() or "policy" in text.lower()] == []


async def _look(page: Page) -> None:
    posts = page.get_by_test_id("post")
    await expect(posts.filter(has_text="attached").first).to_be_visible()
    assert await page.evaluate("window.hit") is None
    assert await page.evaluate("window.violated") is None
    assert await posts.locator(HARMFUL).count() == 0
    protocols = await posts.locator("a").evaluate_all("(all) => all.map((a) => a.protocol)")
    assert set(protocols) <= {"http:", "https:", "mailto:"}
    written = await posts.evaluate_all("(all) => all.map((post) => post.textContent).join()")
    assert "<script>window.hit=1</script>" in written
