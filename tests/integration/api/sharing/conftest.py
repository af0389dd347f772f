"""A thread of group qm, and sharing it with people outside the group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import V1, items

if TYPE_CHECKING:
    import httpx

QM = f"{V1}/groups/qm"
CANARY = "canary"


def sharing(activity: str, subject: str = "") -> str:
    return f"{V1}/activities/{activity}/sharing" + (f"/{subject}" if subject else "")


async def post(client: httpx.AsyncClient, content: str, group: str = "qm", **fields: Any) -> Any:
    path = f"{V1}/groups/{group}/activities"
    answer = await client.post(path, json={"content": content} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def like(client: httpx.AsyncClient, activity: str, group: str = "qm") -> Any:
    return await post(client, "", group, type="Like", object=activity)


async def share(client: httpx.AsyncClient, activity: str, subject: str, **terms: Any) -> Any:
    answer = await client.put(sharing(activity, subject), json=terms)
    assert answer.status_code == 200, answer.text
    return {one["person"]["handle"]: one for one in answer.json()["items"]}


async def shared(client: httpx.AsyncClient) -> dict[str, Any]:
    """The one thread that is shared with somebody, as they see it among their groups."""
    found = await items(client, f"{V1}/groups")
    (thread,) = [group for group in found if group["kind"] == "thread"]
    return thread


async def contents(client: httpx.AsyncClient, group: str) -> list[str]:
    """What somebody reads of a group, oldest first."""
    found = await items(client, f"{V1}/groups/{group}/activities")
    return [one["content"] for one in reversed(found) if one.get("content")]


async def unread(client: httpx.AsyncClient) -> dict[str, int]:
    return {one["level"]: one["unread"] for one in (await shared(client))["streams"]}


@pytest.fixture
async def thread(mia: httpx.AsyncClient, jonas: httpx.AsyncClient) -> str:
    """Mia's post with an answer of Jonas's and a like, beside which other things are said."""
    await post(mia, f"{CANARY} before")
    first = (await post(mia, "the first line\nand another"))["id"]
    await post(jonas, "an answer", inReplyTo=first)
    await like(jonas, first)
    await post(mia, f"{CANARY} after")
    return str(first)
