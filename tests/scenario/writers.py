"""People who write while something goes wrong, and what the log has of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.waiting import until

if TYPE_CHECKING:
    import httpx

    from tests.scenario.client import LiveClient
    from tests.scenario.conftest import Site


class Writer:
    """Writes one thing after the other, and notes what was accepted and what was refused."""

    def __init__(self, site: Site, name: str, node: int) -> None:
        self.site, self.name, self.node = site, name, node
        self.accepted: list[str] = []
        self.refused: list[httpx.Response] = []
        self.is_over = False

    async def run(self) -> None:
        number = 0
        while not self.is_over:
            number += 1
            content = f"{self.name} {number}"
            answer = await self.site.call(
                "mia", "POST", "/groups/qm/activities", {"content": content}, self.node
            )
            if answer.status_code == 201:
                self.accepted.append(content)
            else:
                self.refused.append(answer)

    async def until_accepted(self, more: int) -> None:
        """Wait until so many more were accepted."""
        wanted = len(self.accepted) + more
        await until(lambda: len(self.accepted) >= wanted, patience=60)


async def seconds_to(site: Site, client: LiveClient, content: str, **fields: Any) -> float:
    """How long it takes until a client reads what is published at the first node."""
    began = time.monotonic()
    await site.post("mia", content, **fields)
    await client.until_content(content)
    return time.monotonic() - began


async def entries(site: Site, stream: str) -> list[str]:
    """All that the log has of a stream."""
    found: list[str] = []
    after = 0
    while True:
        path = f"/streams/{stream}/entries?after={after}&limit=100"
        items: list[dict[str, Any]] = (await site.call("jonas", "GET", path)).json()["items"]
        if not items:
            return found
        after = items[-1]["seq"]
        activities = [one["activity"] for one in items]
        found += [activity["content"] for activity in activities if "content" in activity]


def have_refused(writers: list[Writer]) -> bool:
    return all(writer.refused for writer in writers)
