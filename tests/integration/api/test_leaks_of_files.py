"""Leaks by files: who may not read a post that carries one gets nothing of it, by any way.

Named after the cases of which they are a part; see test_leak_cases.py.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from headrace.model.levels import Level
from tests.files_support import picture
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

    from headrace.publishing import Published

CANARY = "canary"
FILES = f"{V1}/files"
PICTURE = picture("PNG", (80, 60))


async def shared(site: Site, mia: httpx.AsyncClient, **fields: Any) -> tuple[str, Published]:
    """The address of a picture that Mia has published."""
    answer = await mia.post(FILES, params={"name": f"{CANARY}.png"}, content=PICTURE)
    file: dict[str, Any] = answer.json()
    post = await site.organisation.post(
        site.organisation.mia, "look", attachment=(UUID(file["id"]),), **fields
    )
    return file["url"], post


async def statuses(client: httpx.AsyncClient, url: str) -> set[int]:
    """What is answered to everything that could be asked of a file."""
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("GET", url, {}),
        ("HEAD", url, {}),
        ("GET", url, {"Range": "bytes=0-0"}),
        ("GET", url, {"If-None-Match": "*"}),
        ("GET", f"{url}/preview", {}),
        ("GET", f"{url}/preview", {"If-None-Match": "*"}),
    ]
    return {
        (await client.request(method, address, headers=headers)).status_code
        for method, address, headers in asked
    }


async def test_l05_a_deleted_post_takes_its_files_with_it_at_once(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    url, post = await shared(site, mia)
    assert await statuses(jonas, url) == {200, 206, 304}
    await mia.delete(f"{V1}/activities/{post.id}")
    for client in (jonas, mia):
        assert await statuses(client, url) == {404}


async def test_l05_a_file_that_is_taken_out_of_a_post_is_gone_and_old_versions_do_not_bring_it_back(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    url, post = await shared(site, mia)
    address = f"{V1}/activities/{post.id}"
    await mia.patch(address, json={"content": "still there"})
    assert await statuses(jonas, url) == {200, 206, 304}
    await mia.patch(address, json={"attachment": []})
    for client in (jonas, mia):
        assert await statuses(client, url) == {404}


async def test_l10_what_is_kept_of_a_file_is_asked_for_again_and_never_shared(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    url, _ = await shared(site, mia)
    for address in (url, f"{url}/preview"):
        answer = await jonas.get(address)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["vary"] == "Authorization, Cookie"
        assert problem(await site.visitor().get(address)) == (401, "unauthenticated")


async def test_l05_a_post_whose_level_rises_takes_its_files_out_of_reach_of_its_old_readers(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    url, post = await shared(site, mia, level=Level.PUBLIC)
    assert await statuses(gus, url) == {200, 206, 304}
    answer = await mia.patch(f"{V1}/activities/{post.id}", json={"level": "internal"})
    assert answer.status_code == 200, answer.text
    assert await statuses(gus, url) == {404}
    assert await statuses(jonas, url) == {200, 206, 304}


async def test_l05_what_came_before_a_newcomer_keeps_its_files_from_them(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    group = {"name": "lab", "title": "Lab", "history": "since_join"}
    assert (await mia.post(f"{V1}/groups", json=group)).status_code == 201
    before, _ = await shared(site, mia, group="lab")
    await mia.put(f"{V1}/groups/lab/members/olga", json={})
    after, _ = await shared(site, mia, group="lab")
    assert await statuses(olga, before) == {404}
    assert await statuses(olga, after) == {200, 206, 304}


async def test_l16_what_a_level_denies_its_files_deny(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    allowed = {
        Level.PUBLIC: (mia, jonas, gus),
        Level.INTERNAL: (mia, jonas),
        Level.CONFIDENTIAL: (mia,),
    }
    for level, readers in allowed.items():
        url, _ = await shared(site, mia, level=level)
        for client in (mia, jonas, gus):
            expected = {200, 206, 304} if client in readers else {404}
            assert await statuses(client, url) == expected


async def test_l17_who_lost_a_group_has_lost_its_files_also_with_an_old_tag(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    url, _ = await shared(site, mia)
    tags = {
        address: (await jonas.get(address)).headers["etag"] for address in (url, f"{url}/preview")
    }
    await mia.delete(f"{V1}/groups/qm/members/jonas")
    for address, tag in tags.items():
        answer = await jonas.get(address, headers={"If-None-Match": tag})
        assert problem(answer) == (404, "not_found")
        assert "etag" not in answer.headers


async def test_l17_an_uploader_who_lost_the_group_has_lost_the_file_too(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    file = (await jonas.post(FILES, content=PICTURE)).json()
    await organisation.post(organisation.jonas, "mine", attachment=(UUID(file["id"]),))
    await mia.delete(f"{V1}/groups/qm/members/jonas")
    assert await statuses(jonas, file["url"]) == {404}
    assert await statuses(mia, file["url"]) == {200, 206, 304}


async def test_l18_the_name_of_a_file_is_shown_to_nobody_who_may_not_open_it(
    site: Site, mia: httpx.AsyncClient, gus: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    url, post = await shared(site, mia, level=Level.INTERNAL)
    paths = (
        "/groups",
        "/home",
        "/inbox",
        "/search?q=has:attachment",
        "/groups/qm/activities",
        f"/activities/{post.id}",
        f"/streams/{post.stream}/entries",
        url.removeprefix(V1),
        f"{url.removeprefix(V1)}/preview",
    )
    for client in (gus, olga):
        for path in paths:
            answer = await client.get(V1 + path)
            assert CANARY not in answer.text + str(answer.headers)
    assert CANARY in (await mia.get(f"{V1}/home")).text


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("ending", ["", "/preview"])
async def test_l30_a_file_of_others_answers_as_one_that_does_not_exist(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, method: str, ending: str
) -> None:
    url, _ = await shared(site, mia)
    asked = [
        {},
        {"Range": "bytes=0-9"},
        {"Range": "bytes=999999-"},
        {"If-None-Match": "*"},
        {"If-None-Match": (await mia.get(url)).headers["etag"]},
    ]
    for headers in asked:
        theirs, none = [
            await olga.request(method, address + ending, headers=headers)
            for address in (url, f"{FILES}/{uuid4()}")
        ]
        assert (theirs.status_code, theirs.content) == (none.status_code, none.content)
        assert theirs.headers == none.headers


async def test_l30_to_attach_a_file_of_others_is_answered_as_to_attach_none(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    url, _ = await shared(site, mia)
    theirs, missing = url.rpartition("/")[2], str(uuid4())
    answers = [
        await jonas.post(f"{V1}/groups/qm/activities", json={"content": "x", "attachment": [file]})
        for file in (theirs, missing)
    ]
    assert answers[0].text.replace(theirs, "") == answers[1].text.replace(missing, "")


async def test_l30_no_clock_tells_a_file_of_others_from_one_that_does_not_exist(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    """One statement answers both. The bound is wide: it catches a second look, not a nanosecond."""
    url, _ = await shared(site, mia)
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(80):
        is_theirs = number % 2 == 0
        address = url if is_theirs else f"{FILES}/{uuid4()}"
        started = time.perf_counter()
        await olga.get(address)
        took[is_theirs].append(time.perf_counter() - started)
    medians = [statistics.median(times) for times in took.values()]
    assert max(medians) < 2 * min(medians)
