"""How much of the past a newcomer sees: the same floor on every path.

A path that forgets the floor shows the old posts' text, their ids, or counts of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from headrace.api.routes import ROUTES
from headrace.log import authority
from headrace.model.levels import Level
from headrace.publishing import Publication
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

    from headrace.publishing import Published

OLD = "oldcanary"


async def join(site: Site, handle: str = "olga") -> None:
    await site.organisation.administration.put_member(
        site.organisation.mia, "qm", handle, None, None
    )


async def keep(mia: httpx.AsyncClient, history: object) -> None:
    answer = await mia.patch(f"{V1}/groups/qm", json={"history": history})
    assert answer.status_code == 200, answer.text
    assert answer.json().get("history", "all") == history


async def past(site: Site) -> list[Published]:
    """A conversation before anybody new came: posts, an answer, likes, mentions, an edit."""
    organisation = site.organisation
    first = await organisation.post(organisation.mia, f"{OLD} @olga #{OLD}")
    answer = await organisation.post(
        organisation.jonas, f"{OLD} too @olga", in_reply_to=UUID(first.id)
    )
    liked = await organisation.post(organisation.jonas, "", type="Like", object=UUID(first.id))
    edit = await organisation.post(
        organisation.mia, f"{OLD} again", type="Update", object=UUID(first.id)
    )
    public = await organisation.post(organisation.mia, f"{OLD} for all", level=Level.PUBLIC)
    return [first, answer, liked, edit, public]


async def asked(client: httpx.AsyncClient, old: list[Published], inbox: str) -> dict[str, str]:
    """Every address that shows something, asked for the old posts in every way; what it said."""
    streams = {post.stream for post in old}
    searches = [
        f"/search?q={text}" for text in (OLD, f"tag:{OLD}", "type:Like,Update", "from:@mia")
    ]
    paths = [f"{V1}{path}" for path in searches]
    for route in ROUTES:
        if route.method != "GET" or not route.path.startswith(V1):
            continue
        path = route.path.replace("{name}", "qm")
        if "{id}" in path:
            paths.extend(path.replace("{id}", post.id) for post in old)
        elif "{stream}" in path:
            paths.extend(path.replace("{stream}", stream) for stream in (*streams, inbox))
            paths.extend(path.replace("{stream}", name) + "?after=1" for name in streams)
        else:
            paths.append(path)
    for way in ("before", "after"):
        paths.extend(f"{V1}/groups/qm/activities?{way}={post.id}" for post in old)
    return {path: (await client.get(path)).text for path in paths}


@pytest.mark.parametrize("history", ["since_join", 30])
async def test_a_newcomer_finds_nothing_from_before_on_any_path(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, history: object
) -> None:
    organisation = site.organisation
    if history == 30:
        organisation.clock.time -= timedelta(days=31)
    old = await past(site)
    organisation.clock.time += timedelta(days=31 if history == 30 else 0)
    await keep(mia, history)
    await join(site)
    said = await asked(olga, old, organisation.olga.inbox)
    assert len(said) > 20
    for path, text in said.items():
        assert OLD not in text.replace(path, ""), path
        assert not [post.id for post in old if post.id in text], path


async def test_with_all_of_the_history_the_same_questions_find_it(
    site: Site, olga: httpx.AsyncClient
) -> None:
    """The test above would see it."""
    old = await past(site)
    await join(site)
    said = await asked(olga, old, site.organisation.olga.inbox)
    assert len([path for path, text in said.items() if OLD in text.replace(path, "")]) >= 8


async def test_a_newcomer_cannot_refer_to_what_was_before(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    first, *_ = await past(site)
    await keep(mia, "since_join")
    await join(site)
    publish = f"{V1}/groups/qm/activities"
    for body in (
        {"content": "an answer", "inReplyTo": first.id},
        {"type": "Like", "object": first.id},
    ):
        assert problem(await olga.post(publish, json=body)) == (404, "not_found")
    path = f"{V1}/activities/{first.id}"
    assert problem(await olga.patch(path, json={"content": "mine"})) == (404, "not_found")
    assert problem(await olga.delete(path)) == (404, "not_found")


async def test_counts_begin_with_the_newcomer(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await past(site)
    await keep(mia, "since_join")
    await join(site)
    group = (await olga.get(f"{V1}/groups/qm")).json()
    assert [stream["unread"] for stream in group["streams"]] == [0, 0]
    new = await organisation.post(organisation.mia, "welcome")
    group = (await olga.get(f"{V1}/groups/qm")).json()
    assert [stream["unread"] for stream in group["streams"]] == [0, 1]
    home = (await olga.get(f"{V1}/home")).json()["items"]
    assert [one.get("content") for one in home if one["type"] == "Create"] == ["welcome"]
    page = (await olga.get(f"{V1}/streams/{new.stream}/entries?after=0")).json()
    assert page["items"][0]["seq"] == page["floor"] + 1
    assert page["items"][-1]["seq"] == page["head"] == new.seq


async def test_answers_to_an_old_post_are_counted_as_far_as_one_sees_them(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    first, *_ = await past(site)
    await keep(mia, "since_join")
    await join(site)
    late = await organisation.post(organisation.jonas, "late", in_reply_to=UUID(first.id))
    assert (await olga.get(f"{V1}/activities/{late.id}")).json()["content"] == "late"
    thread = await olga.get(f"{V1}/groups/qm/activities?filter=thread:{first.id}")
    assert [one["content"] for one in thread.json()["items"]] == ["late"]
    thread = await jonas.get(f"{V1}/groups/qm/activities?filter=thread:{first.id}")
    assert len(thread.json()["items"]) == 3


async def test_who_was_there_keeps_what_they_see_and_who_comes_back_does_not(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    first = await organisation.post(organisation.mia, f"{OLD} @jonas")
    await keep(mia, "since_join")
    await organisation.administration.put_member(
        organisation.mia, "qm", "jonas", None, Level.CONFIDENTIAL
    )
    path = f"{V1}/activities/{first.id}"
    assert (await jonas.get(path)).status_code == 200
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    await join(site, "jonas")
    assert problem(await jonas.get(path)) == (404, "not_found")
    for place in ("/inbox", f"/streams/{organisation.jonas.inbox}/entries", "/home"):
        assert OLD not in (await jonas.get(V1 + place)).text, place


async def test_days_reach_back_from_the_day_of_joining(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    organisation.clock.time -= timedelta(days=9)
    await organisation.post(organisation.mia, f"{OLD} nine days ago")
    organisation.clock.time += timedelta(days=6)
    await organisation.post(organisation.mia, "three days ago")
    organisation.clock.time += timedelta(days=3)
    await keep(mia, 7)
    await join(site)
    contents = [
        one["content"]
        for one in (await olga.get(f"{V1}/home")).json()["items"]
        if one["type"] == "Create"
    ]
    assert contents == ["three days ago"]


async def test_a_page_of_a_long_stream_ends_where_the_newcomer_began(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await organisation.publisher.publish_many(
        [
            Publication(actor=UUID(organisation.mia.id), group="qm", content=f"{OLD} {number}")
            for number in range(120)
        ]
    )
    await keep(mia, "since_join")
    await join(site)
    for number in range(70):
        await organisation.post(organisation.mia, f"new {number}")
    seen: list[str] = []
    path: str | None = f"{V1}/groups/qm/activities?limit=30&filter=type:Create"
    while path is not None:
        page: dict[str, Any] = (await olga.get(path)).json()
        seen.extend(one["content"] for one in page["items"])
        path = page.get("next")
    assert seen == [f"new {number}" for number in reversed(range(70))]


async def test_what_is_loaded_for_live_connections_begins_at_the_floor(
    site: Site, mia: httpx.AsyncClient
) -> None:
    await keep(mia, "since_join")
    old = await past(site)
    await join(site)
    known = await authority.load(site.organisation.database, UUID(site.organisation.olga.id))
    assert known is not None
    for stream in known.streams:
        assert stream.floor == max(post.seq for post in old if post.stream == stream.stream)


@pytest.mark.parametrize("history", ["none", 0, -1, 4_000, 1.5, None])
async def test_a_history_that_is_none_is_refused(mia: httpx.AsyncClient, history: object) -> None:
    answer = await mia.patch(f"{V1}/groups/qm", json={"history": history})
    if history is None:
        assert answer.status_code == 200, "what is null stays as it is"
    else:
        assert problem(answer) == (400, "malformed_body")


async def test_owners_alone_decide_on_history(jonas: httpx.AsyncClient) -> None:
    answer = await jonas.patch(f"{V1}/groups/qm", json={"history": "since_join"})
    assert problem(answer) == (403, "forbidden")
