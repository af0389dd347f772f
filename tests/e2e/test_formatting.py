"""Formatting, as people see it while they write and others when they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Stage

POST = """\
## Plan for **Monday**

We begin at 9, @jonas. See [the plan](https://example.org/plan_a_b) or https://example.org/__init__.py.
The second line stays a line. #audit

1. Test stand
   - warm it up
   - `calibrate --all`
2. Report ~~tomorrow~~ *today*

> Whoever asks the first question, answers the second.

| stand | state |
|---|---|
| 3 | **ready** |
| 4 | waits for parts |

```sh
headrace up
```
"""


async def test_a_post_shows_what_its_marks_mean(stage: Stage) -> None:
    mia, jonas = await stage.open("mia"), await stage.open("jonas")
    await mia.get_by_test_id("composer-text").fill(POST)
    await expect(mia.get_by_test_id("preview").locator("table")).to_be_visible()
    await mia.get_by_test_id("composer-group").select_option("qm")
    await mia.get_by_test_id("composer-send").click()
    post = jonas.get_by_test_id("post").filter(has_text="Test stand")
    await expect(post.locator("h4 strong")).to_have_text("Monday")
    await expect(post.locator("ol > li")).to_have_count(2)
    await expect(post.locator("ol ul code")).to_have_text("calibrate --all")
    await expect(post.locator("s")).to_have_text("tomorrow")
    await expect(post.locator("blockquote")).to_contain_text("the first question")
    await expect(post.locator("td strong")).to_have_text("ready")
    await expect(post.locator("pre")).to_have_text("headrace up")
    await expect(post.locator("a.mention.me")).to_have_text("@jonas")
    link = post.get_by_role("link", name="the plan")
    await expect(link).to_have_attribute("href", "https://example.org/plan_a_b")
    await stage.picture(jonas, "formatting")
