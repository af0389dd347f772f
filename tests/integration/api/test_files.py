"""Files over HTTP: uploaded, attached, opened in parts, refused, swept."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from headrace.errors import StorageUnavailable
from tests.files_support import HTML, PDF, PROGRAM, SVG, VIDEO, bomb, located, picture
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.integration.conftest import Organisation

FILES = f"{V1}/files"
PICTURE = picture("PNG", (800, 600))


async def upload(client: httpx.AsyncClient, content: bytes, name: str = "file") -> dict[str, Any]:
    answer = await client.post(FILES, params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def publish(client: httpx.AsyncClient, *files: Any, **fields: Any) -> dict[str, Any]:
    body = {"content": "look", "attachment": [*files]} | fields
    answer = await client.post(f"{V1}/groups/qm/activities", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = (await client.get(f"{V1}/activities/{answer.json()['id']}")).json()
    return found


def kept(site: Site) -> list[Path]:
    return [path for path in site.settings.data.rglob("*") if path.is_file()]


async def test_an_upload_tells_what_it_is(mia: httpx.AsyncClient) -> None:
    told = await upload(mia, PICTURE, "C:\\Bilder\\Prüfstand 3.exe")
    assert told == {
        "id": told["id"],
        "type": "Image",
        "name": "Prüfstand 3.exe",
        "mediaType": "image/png",
        "size": len(PICTURE),
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "url": f"{FILES}/{told['id']}",
        "width": 800,
        "height": 600,
        "preview": f"{FILES}/{told['id']}/preview",
    }


async def test_a_post_carries_uploads_and_links_in_the_order_given(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    image, film = await upload(mia, PICTURE, "a.png"), await upload(mia, VIDEO, "b.mp4")
    link = {"url": "https://example.org/plan.pdf"}
    post = await publish(mia, image["id"], link, film["id"])
    shown = {name: value for name, value in image.items() if name != "sha256"}
    assert post["attachment"][:2] == [shown, link]
    assert post["attachment"][2]["type"] == "Video"
    seen = (await jonas.get(f"{V1}/home")).json()["items"][0]
    assert seen["attachment"] == post["attachment"]
    for file, content in ((image, PICTURE), (film, VIDEO)):
        assert (await jonas.get(file["url"])).content == content


async def test_what_is_attached_twice_is_there_once_as_it_was_named_first(
    mia: httpx.AsyncClient,
) -> None:
    file, link = await upload(mia, PDF, "a.pdf"), {"url": "https://example.org/x", "name": "X"}
    doubled = [link, file["id"], {"url": link["url"]}, file["id"].upper(), link]
    post = await publish(mia, *doubled)
    assert [one["name"] for one in post["attachment"]] == ["X", "a.pdf"]
    address = f"{V1}/activities/{post['id']}"
    edited = (await mia.patch(address, json={"attachment": doubled[::-1]})).json()
    assert [one["name"] for one in edited["attachment"]] == ["X", "a.pdf"]
    line = json.dumps({"content": "look", "attachment": doubled})
    lines = {"Content-Type": "application/x-ndjson"}
    batch = await mia.post(f"{V1}/groups/qm/activities:batch", content=line, headers=lines)
    carried = (await mia.get(f"{V1}/activities/{batch.json()['id']}")).json()["attachment"]
    assert [one["name"] for one in carried] == ["X", "a.pdf"]


async def test_a_post_may_be_a_file_and_nothing_else(mia: httpx.AsyncClient) -> None:
    file = await upload(mia, PDF, "a.pdf")
    post = await publish(mia, file["id"], content="")
    assert [one["name"] for one in post["attachment"]] == ["a.pdf"]
    found = await mia.get(f"{V1}/search", params={"q": "has:attachment"})
    assert [one["id"] for one in found.json()["items"]] == [post["id"]]


async def test_what_goes_out_live_carries_the_same(site: Site, mia: httpx.AsyncClient) -> None:
    file = await upload(mia, PICTURE, "a.png")
    post = await publish(mia, file["id"])
    (told,) = [e for e in site.organisation.told if e.activity.id == post["id"]]
    assert told.activity.attachment[0].id == file["id"]


async def test_a_file_is_given_with_headers_that_keep_it_harmless(mia: httpx.AsyncClient) -> None:
    answer = await mia.get((await upload(mia, PICTURE, "Bär.png"))["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PICTURE))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization, Cookie"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"Bar.png\"; filename*=UTF-8''B%C3%A4r.png"
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [(HTML, "a.png"), (SVG, "a.svg"), (PROGRAM, "a.exe"), (b"<script>", "a.html")],
)
async def test_what_could_run_is_only_ever_saved(
    mia: httpx.AsyncClient, content: bytes, name: str
) -> None:
    told = await upload(mia, content, name)
    assert (told["type"], told.get("preview")) == ("Document", None)
    answer = await mia.get(told["url"])
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-type"] in (
        "application/octet-stream",
        "text/plain; charset=utf-8",
    )
    assert problem(await mia.get(f"{told['url']}/preview")) == (404, "not_found")


async def test_a_part_of_a_file_is_given_alone(mia: httpx.AsyncClient) -> None:
    url = (await upload(mia, PICTURE))["url"]
    tag = (await mia.get(url)).headers["etag"]
    for header, start, end in (
        ("bytes=0-99", 0, 100),
        ("bytes=-7", len(PICTURE) - 7, len(PICTURE)),
        ("bytes=1000-", 1_000, len(PICTURE)),
    ):
        answer = await mia.get(url, headers={"Range": header, "If-Range": tag})
        assert answer.status_code == 206
        assert answer.content == PICTURE[start:end]
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(PICTURE)}"
        assert answer.headers["content-length"] == str(end - start)
    answer = await mia.get(url, headers={"Range": "bytes=0-99", "If-Range": '"older"'})
    assert (answer.status_code, answer.content) == (200, PICTURE)
    answer = await mia.get(url, headers={"Range": f"bytes={len(PICTURE)}-"})
    assert problem(answer) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(PICTURE)}"


async def test_what_one_has_already_is_not_sent_again(mia: httpx.AsyncClient) -> None:
    told = await upload(mia, PICTURE)
    for url in (told["url"], told["preview"]):
        tag = (await mia.get(url)).headers["etag"]
        answer = await mia.get(url, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert (await mia.get(url, headers={"If-None-Match": '"older"'})).status_code == 200


async def test_head_tells_what_get_would(mia: httpx.AsyncClient) -> None:
    url = (await upload(mia, PICTURE))["url"]
    head, whole = await mia.head(url), await mia.get(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers


async def test_a_preview_is_small_and_says_nothing_of_where_it_was_taken(
    mia: httpx.AsyncClient,
) -> None:
    original = located(size=(1_600, 1_200))
    told = await upload(mia, original)
    assert (told["width"], told["height"]) == (1_200, 1_600)
    answer = await mia.get(told["preview"])
    assert answer.headers["content-type"] == "image/webp"
    image = Image.open(io.BytesIO(answer.content))
    assert max(image.size) == 720
    assert b"CANARY" not in answer.content
    assert dict(image.getexif()) == {}


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "invalid"),
        (PICTURE[:200], 422, "broken_file"),
        (picture("PNG", (1_100, 1_000)), 422, "image_too_large"),
        (bomb(), 422, "archive_bomb"),
        (VIDEO, 415, "file_type_refused"),
        (bytes(200_001), 413, "too_large"),
    ],
    ids=["empty", "broken", "pixels", "bomb", "refused", "large"],
)
async def test_what_cannot_be_taken_is_refused_by_a_code_and_leaves_nothing(
    organisation: Organisation, tmp_path: Path, content: bytes, status: int, code: str
) -> None:
    site = Site(
        organisation,
        files=tmp_path,
        max_file_bytes=200_000,
        max_image_pixels=1_000_000,
        refused_file_types="video/*",
    )
    mia = await site.client(organisation.mia)
    assert problem(await mia.post(FILES, content=content)) == (status, code)
    assert kept(site) == []
    async with organisation.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM file") == 0
    await site.close()


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Encoding": "gzip"}]
)
async def test_a_file_comes_without_wrapping(
    mia: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await mia.post(FILES, content=PDF, headers=headers)
    assert problem(answer) == (415, "unsupported_media_type")


async def test_a_file_without_declared_size_is_measured_as_it_comes(
    organisation: Organisation, tmp_path: Path
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(10_000)

    site = Site(organisation, files=tmp_path, max_file_bytes=100_000)
    mia = await site.client(organisation.mia)
    assert problem(await mia.post(FILES, content=endless())) == (413, "too_large")
    assert kept(site) == []
    await site.close()


async def test_a_person_has_so_much_a_day(organisation: Organisation, tmp_path: Path) -> None:
    site = Site(organisation, files=tmp_path, max_upload_bytes_a_day=10_000)
    mia, jonas = await site.client(organisation.mia), await site.client(organisation.jonas)
    first = await upload(mia, b"a" * 6_000)
    assert problem(await mia.post(FILES, content=b"a" * 6_000)) == (429, "upload_quota")
    await upload(jonas, b"a" * 6_000)
    assert (await mia.delete(first["url"])).status_code == 204
    await upload(mia, b"a" * 6_000)
    organisation.clock.time += timedelta(days=1)
    await upload(mia, b"a" * 6_000)
    await site.close()


@pytest.mark.parametrize("nodes", [1, 2])
async def test_uploads_at_the_same_time_do_not_get_beyond_the_day(
    organisation: Organisation, tmp_path: Path, nodes: int
) -> None:
    """One began before the other was kept, and ends after it: here, or on another node."""
    sites = [
        Site(organisation, files=tmp_path, max_upload_bytes_a_day=10_000) for _ in range(nodes)
    ]
    first, last = [await sites[at].client(organisation.mia) for at in (0, -1)]
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"a" * 1_000
        has_begun.set()
        await may_end.wait()
        yield b"a" * 5_000

    late = asyncio.create_task(last.post(FILES, content=slow()))
    async with asyncio.timeout(15):
        await has_begun.wait()
        await upload(first, b"a" * 6_000)
        may_end.set()
        assert problem(await late) == (429, "upload_quota")
        await upload(last, b"a" * 4_000)
    for site in sites:
        await site.close()


async def test_an_upload_that_stops_on_its_way_is_given_up(
    organisation: Organisation, tmp_path: Path
) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"some"
        await asyncio.Event().wait()

    site = Site(organisation, files=tmp_path, stall_timeout=0.05)
    mia = await site.client(organisation.mia)
    assert problem(await mia.post(FILES, content=stalling())) == (408, "upload_stalled")
    assert kept(site) == []
    await site.close()


async def test_a_storage_that_fails_is_told_apart_from_one_that_is_full(
    organisation: Organisation, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    gone = Site(organisation, file_storage=str(tmp_path / "file"))
    mia = await gone.client(organisation.mia)
    answer = await mia.post(FILES, content=PDF)
    assert problem(answer) == (503, "storage_unavailable")
    assert answer.headers["retry-after"]
    full = Site(organisation, files=tmp_path, storage_reserve=2**50)
    mia = await full.client(organisation.mia)
    assert problem(await mia.post(FILES, content=PDF)) == (507, "storage_full")
    await gone.close()
    await full.close()


async def test_a_file_that_cannot_be_read_is_no_success(site: Site, mia: httpx.AsyncClient) -> None:
    url = (await upload(mia, PDF))["url"]
    (path,) = kept(site)
    path.unlink()
    assert problem(await mia.get(url)) == (503, "storage_unavailable")


async def test_a_download_ends_with_the_right_to_it(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await upload(mia, b"x" * 2_000_000)
    await publish(mia, file["id"])
    monkeypatch.setattr("headrace.api.sending._LASTS", -1)
    read = site.files.read

    async def leaving(*wanted: Any) -> AsyncIterator[bytes]:
        async for piece in read(*wanted):
            yield piece
            await mia.delete(f"{V1}/groups/qm/members/jonas")

    assert len((await jonas.get(file["url"])).content) == 2_000_000
    monkeypatch.setattr(site.files, "read", leaving)
    # The transport of these tests does not mind an answer that breaks off.
    with pytest.raises(AssertionError):
        await jonas.get(file["url"])


async def test_nobody_attaches_what_is_not_theirs_or_not_there(
    jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    file = await upload(mia, PDF)
    await publish(mia, file["id"])
    for unknown in (file["id"], "01890a5d-ac96-774b-bcce-b302099a8057", "nonsense", ""):
        body = {"content": "x", "attachment": [unknown]}
        answer = await jonas.post(f"{V1}/groups/qm/activities", json=body)
        assert problem(answer) == (422, "unknown_file")
    forged = {"url": file["url"], "id": file["id"]}
    body = {"content": "x", "attachment": [forged]}
    answer = await jonas.post(f"{V1}/groups/qm/activities", json=body)
    assert problem(answer) == (400, "malformed_body")


async def test_one_file_may_go_to_two_groups_and_is_read_in_both(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await mia.post(f"{V1}/groups", json={"name": "lab", "title": "Lab"})
    await mia.put(f"{V1}/groups/lab/members/olga", json={})
    file = await upload(mia, PDF)
    await publish(mia, file["id"])
    assert problem(await olga.get(file["url"])) == (404, "not_found")
    await mia.post(f"{V1}/groups/lab/activities", json={"attachment": [file["id"]]})
    assert (await olga.get(file["url"])).content == PDF


async def test_an_edit_removes_keeps_and_adds_files(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    files = [await upload(mia, PDF + bytes([n]), f"{n}.pdf") for n in range(3)]
    post = await publish(mia, files[0]["id"], files[1]["id"], content="look @jonas", tags=["plan"])
    address = f"{V1}/activities/{post['id']}"
    change = {"attachment": [files[1]["id"], files[2]["id"]]}
    edited = (await mia.patch(address, json=change)).json()
    assert [one["name"] for one in edited["attachment"]] == ["1.pdf", "2.pdf"]
    assert (edited["content"], edited["tags"], edited["mentions"]) == (
        "look @jonas",
        ["plan"],
        ["jonas"],
    )
    assert site.organisation.told[-1].activity.attachment[0].name == "1.pdf"
    assert [(await jonas.get(file["url"])).status_code for file in files] == [404, 200, 200]
    edited = (await mia.patch(address, json={"content": "look again"})).json()
    assert [one["name"] for one in edited["attachment"]] == ["1.pdf", "2.pdf"]
    edited = (await mia.patch(address, json={"attachment": []})).json()
    assert "attachment" not in edited
    assert (await jonas.get(files[1]["url"])).status_code == 404


@pytest.mark.parametrize("change", [{"content": ""}, {"content": " ", "attachment": []}, {}])
async def test_an_edit_leaves_something(mia: httpx.AsyncClient, change: dict[str, Any]) -> None:
    post = await publish(mia)
    answer = await mia.patch(f"{V1}/activities/{post['id']}", json=change)
    assert problem(answer) == (422, "invalid")


async def test_an_upload_that_no_post_carries_is_its_uploaders_and_goes_after_a_day(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    loose, used = await upload(mia, PICTURE), await upload(mia, PDF)
    post = await publish(mia, used["id"])
    assert (await mia.get(loose["url"])).status_code == 200
    assert problem(await jonas.get(loose["url"])) == (404, "not_found")
    assert await site.files.sweep() == 0
    site.organisation.clock.time += timedelta(days=1, minutes=1)
    assert await site.files.sweep() == 1
    assert problem(await mia.get(loose["url"])) == (404, "not_found")
    assert (await jonas.get(used["url"])).content == PDF
    assert len(kept(site)) == 1
    await mia.delete(f"{V1}/activities/{post['id']}")
    site.organisation.clock.time += timedelta(days=1, minutes=1)
    assert await site.files.sweep() == 1
    assert kept(site) == []


async def test_a_sweep_that_is_interrupted_goes_on_the_next_time(
    site: Site, mia: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(mia, PICTURE)
    site.organisation.clock.time += timedelta(days=1, minutes=1)

    async def fail(_: str) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(site.files._storage, "drop", fail)
        with pytest.raises(StorageUnavailable):
            await site.files.sweep()
    assert len(kept(site)) == 2
    assert await site.files.sweep() == 1
    assert kept(site) == []


async def test_an_upload_can_be_taken_back_until_a_post_carries_it(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    loose, used = await upload(mia, PDF), await upload(mia, PDF)
    await publish(mia, used["id"])
    assert problem(await jonas.delete(loose["url"])) == (404, "not_found")
    assert (await mia.delete(loose["url"])).status_code == 204
    assert problem(await mia.get(loose["url"])) == (404, "not_found")
    assert problem(await mia.delete(loose["url"])) == (404, "not_found")
    assert problem(await mia.delete(used["url"])) == (404, "not_found")
    assert await site.files.sweep() == 1
    assert (await jonas.get(used["url"])).content == PDF


async def test_a_file_whose_keeping_failed_half_way_is_never_there(
    site: Site, mia: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = site.files._storage.keep

    async def half(key: str, source: Path) -> None:
        await keep(key, source)
        raise StorageUnavailable

    monkeypatch.setattr(site.files._storage, "keep", half)
    await mia.post(FILES, content=PICTURE)
    async with site.organisation.database.connection() as connection:
        file = await connection.fetchval("SELECT id FROM file")
    assert problem(await mia.get(f"{FILES}/{file}")) == (404, "not_found")
    body = {"content": "x", "attachment": [str(file)]}
    answer = await mia.post(f"{V1}/groups/qm/activities", json=body)
    assert problem(answer) == (422, "unknown_file")
    site.organisation.clock.time += timedelta(days=1, minutes=1)
    assert await site.files.sweep() == 1
    assert kept(site) == []
