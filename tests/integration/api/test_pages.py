"""Pages of activities: of a group, home, search, inbox; and streams by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.integration.api.conftest import V1, Site, inbox, problem, told

if TYPE_CHECKING:
    import httpx

PATH = f"{V1}/groups/qm/activities"


async def contents(client: httpx.AsyncClient, path: str, **query: Any) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [item.get("content", item["type"]) for item in answer.json()["items"]]


async def all_pages(client: httpx.AsyncClient, path: str, **query: Any) -> list[list[str]]:
    """The contents page by page, following ``next``."""
    answer = (await client.get(path, params=query)).json()
    pages = [[item.get("content", item["type"]) for item in answer["items"]]]
    while following := answer.get("next"):
        assert following.startswith(f"{V1}/")
        answer = (await client.get(following)).json()
        pages.append([item.get("content", item["type"]) for item in answer["items"]])
    return pages


@pytest.fixture
async def posts(site: Site) -> list[str]:
    """The ids of five posts, oldest first."""
    organisation = site.organisation
    return [
        (await organisation.post(organisation.mia, f"news {n} & more", tags=("übung",))).id
        for n in range(5)
    ]


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize("path", [PATH, f"{V1}/home"])
async def test_following_next_shows_everything_once(jonas: httpx.AsyncClient, path: str) -> None:
    pages = await all_pages(jonas, path, limit=2, filter="tag:übung news")
    assert pages == [
        ["news 4 & more", "news 3 & more"],
        ["news 2 & more", "news 1 & more"],
        ["news 0 & more"],
    ]


@pytest.mark.usefixtures("posts")
async def test_a_search_is_a_filter_over_all_that_one_reads(
    jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    query = {"q": 'from:mia "3 more"'}
    assert await contents(jonas, f"{V1}/search", **query) == ["news 3 & more"]
    assert await contents(olga, f"{V1}/search", **query) == []
    pages = await all_pages(jonas, f"{V1}/search", q="news", limit=3)
    assert [len(page) for page in pages] == [3, 2]


async def test_after_goes_forward_from_an_activity(
    jonas: httpx.AsyncClient, posts: list[str]
) -> None:
    pages = await all_pages(jonas, PATH, after=posts[1], limit=2)
    assert pages == [["news 2 & more", "news 3 & more"], ["news 4 & more"]]
    assert await contents(jonas, PATH, after=posts[4]) == []


async def test_a_page_that_is_exactly_full_has_no_next(
    jonas: httpx.AsyncClient, posts: list[str]
) -> None:
    answer = await jonas.get(PATH, params={"limit": 3, "before": posts[3], "filter": "news"})
    assert len(answer.json()["items"]) == 3
    assert "next" not in answer.json()


async def test_me_means_whoever_asks(site: Site, jonas: httpx.AsyncClient) -> None:
    await site.organisation.post(site.organisation.mia, "for @jonas")
    await site.organisation.post(site.organisation.mia, "for nobody")
    assert await contents(jonas, f"{V1}/home", filter="mention:me") == ["for @jonas"]


async def test_effects_are_left_out_unless_a_type_is_asked_for(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    liked, edited, deleted = [
        (await mia.post(PATH, json={"content": text})).json()["id"]
        for text in ("liked", "edited", "deleted")
    ]
    await jonas.post(PATH, json={"type": "Like", "object": liked})
    await mia.post(PATH, json={"type": "Like", "object": liked})
    await jonas.post(PATH, json={"type": "Undo", "object": liked})
    await mia.patch(f"{V1}/activities/{edited}", json={"content": "rewritten"})
    await mia.patch(f"{V1}/activities/{deleted}", json={"content": "soon gone"})
    await mia.delete(f"{V1}/activities/{deleted}")
    posts = ["Tombstone", "rewritten", "liked"]
    membership = ["Add", "Add", "Join"]
    assert await contents(jonas, PATH) == [*posts, *membership]
    assert await contents(jonas, f"{V1}/home") == [*posts, *membership]
    assert await contents(jonas, PATH, filter="-draft level:internal") == posts
    items = (await jonas.get(PATH)).json()["items"]
    assert items[2]["likes"] == 1
    assert await contents(jonas, PATH, filter="type:Like") == ["Like"]
    assert await contents(jonas, PATH, filter="-type:Create") == [
        "Delete",
        "Tombstone",
        "rewritten",
        "Undo",
        "Like",
        "Tombstone",
        "Tombstone",
        *membership,
    ]


async def test_the_inbox_has_what_is_directed_at_me(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    for number in range(3):
        await site.organisation.post(site.organisation.mia, f"{number} for @jonas")
    await site.organisation.post(site.organisation.mia, "for nobody")
    pages = await all_pages(jonas, f"{V1}/inbox", limit=2)
    assert pages == [["2 for @jonas", "1 for @jonas"], ["0 for @jonas", "Add"]]
    assert "for" not in str(await contents(mia, f"{V1}/inbox"))


async def test_what_one_does_oneself_is_no_news_in_the_inbox(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    mine = f"{V1}/groups/qm/members/olga"
    assert (await olga.put(mine, json={})).status_code == 204
    assert (await olga.delete(mine)).status_code == 204
    await olga.post(f"{V1}/groups", json={"name": "own", "title": "My own"})
    assert told(site, site.organisation.olga) == ["Join", "Leave", "Join"], "nodes are told of it"
    assert await inbox(olga) == []
    await mia.put(mine, json={})
    await mia.delete(mine)
    assert await inbox(olga) == [("Remove", "mia", "qm"), ("Add", "mia", "qm")]


async def test_the_inbox_goes_on_from_an_activity_too(site: Site, jonas: httpx.AsyncClient) -> None:
    for number in range(3):
        await site.organisation.post(site.organisation.mia, f"{number} for @jonas")
    newest = (await jonas.get(f"{V1}/inbox")).json()["items"][0]["id"]
    older = await contents(jonas, f"{V1}/inbox", before=newest, limit=2)
    assert older == ["1 for @jonas", "0 for @jonas"]
    assert await contents(jonas, f"{V1}/inbox", before=str(uuid4())) == []


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        (PATH, {"limit": "0"}, "limit"),
        (PATH, {"limit": "201"}, "limit"),
        (PATH, {"limit": "many"}, "limit"),
        (PATH, {"before": "yesterday"}, "before"),
        (PATH, {"before": str(uuid4()), "after": str(uuid4())}, "after"),
        (PATH, {"fliter": "x"}, "fliter"),
        (PATH, {"filter": "x" * 2_001}, "filter"),
        (PATH, {"filter": "\x00"}, "filter"),
        (f"{V1}/search", {}, "q"),
        (f"{V1}/inbox", {"before": "0"}, "before"),
        (f"{V1}/me", {"verbose": "1"}, "verbose"),
    ],
)
async def test_a_parameter_that_cannot_be_is_named(
    jonas: httpx.AsyncClient, path: str, query: dict[str, str], field: str
) -> None:
    answer = await jonas.get(path, params=query)
    assert answer.status_code in (400, 422)
    assert problem(answer)[1] in ("invalid", "filter_syntax")
    assert answer.json()["errors"]["field"] == field


async def test_a_filter_that_cannot_be_read_points_at_the_column(
    jonas: httpx.AsyncClient,
) -> None:
    answer = await jonas.get(PATH, params={"filter": "tag:audit tpye:Create"})
    assert problem(answer) == (400, "filter_syntax")
    errors = answer.json()["errors"]
    assert errors.pop("choices")
    assert errors == {"column": 11, "reason": "unknown_field", "value": "tpye", "nearest": "type"}


async def test_a_group_without_anything_is_empty_to_its_readers(
    jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    assert await contents(jonas, PATH, filter="nothing") == []
    assert problem(await olga.get(PATH)) == (403, "forbidden")
    assert problem(await olga.get(f"{V1}/groups/nowhere/activities")) == (404, "not_found")


async def entries(
    client: httpx.AsyncClient, stream: str, **query: Any
) -> tuple[list[int], dict[str, Any]]:
    answer = await client.get(f"{V1}/streams/{stream}/entries", params=query)
    assert answer.status_code == 200, answer.text
    return [item["seq"] for item in answer.json()["items"]], answer.json()


async def test_a_stream_is_read_on_from_a_number(
    site: Site, jonas: httpx.AsyncClient, posts: list[str]
) -> None:
    stream = (await site.organisation.post(site.organisation.mia, "last")).stream
    seqs, page = await entries(jonas, stream)
    head = page["head"]
    assert seqs == list(range(1, head + 1))
    assert "next" not in page
    seqs, page = await entries(jonas, stream, after=2, limit=3)
    assert seqs == [3, 4, 5]
    assert page["next"] == f"{V1}/streams/{stream}/entries?after=5&limit=3"
    assert (await entries(jonas, stream, after=head))[0] == []
    assert page["items"][0]["activity"]["id"] in posts


async def test_a_number_that_a_stream_has_not_reached_is_unknown(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    published = await site.organisation.post(site.organisation.mia, "last")
    path = f"{V1}/streams/{published.stream}/entries"
    answer = await jonas.get(path, params={"after": published.seq + 1})
    assert problem(answer) == (422, "position_unknown")
    refused = await jonas.get(path, params={"after": 2**53 + 1})
    assert problem(refused) == (422, "invalid")


async def test_ones_own_inbox_is_a_stream_too(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await organisation.post(organisation.mia, "for @jonas, in confidence")
    inbox = organisation.jonas.inbox
    seqs, page = await entries(jonas, inbox)
    assert seqs == [1, 2]
    assert page["items"][1]["activity"]["content"] == "for @jonas, in confidence"
    foreign = await mia.get(f"{V1}/streams/{inbox}/entries")
    assert problem(foreign) == (404, "not_found")
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    answer = await jonas.get(f"{V1}/streams/{inbox}/entries")
    assert [item["seq"] for item in answer.json()["items"]] == [1, 2, 3]
    assert "confidence" not in answer.text


async def test_reading_moves_forward_and_never_back(
    site: Site, jonas: httpx.AsyncClient, posts: list[str]
) -> None:
    last = await site.organisation.post(site.organisation.mia, "last")
    path = f"{V1}/streams/{last.stream}/read"
    for seq in (last.seq - 1, 1, 0):
        assert (await jonas.put(path, json={"seq": seq})).status_code == 204
    streams = (await jonas.get(f"{V1}/groups/qm")).json()["streams"]
    assert [stream["unread"] for stream in streams] == [0, 1]
    assert len(posts) == 5
    assert problem(await jonas.put(path, json={"seq": -1})) == (400, "malformed_body")
    inbox = site.organisation.jonas.inbox
    answer = await jonas.put(f"{V1}/streams/{inbox}/read", json={"seq": 1})
    assert answer.status_code == 204
