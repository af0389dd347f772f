"""The audit log over HTTP: for administrators, a page at a time or as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from headrace.log import audit
from headrace.log.audit_files import verify
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import httpx

AUDIT = f"{V1}/audit"


async def numbers(client: httpx.AsyncClient, **query: str) -> list[int]:
    answer = await client.get(AUDIT, params=query)
    assert answer.status_code == 200, answer.text
    return [entry["no"] for entry in answer.json()["items"]]


async def test_administrators_read_who_did_what_to_whom_newest_first(
    mia: httpx.AsyncClient,
) -> None:
    await mia.put(f"{V1}/groups/qm/members/olga", json={"role": "moderator"})
    answer = await mia.get(AUDIT, params={"limit": "2"})
    newest, before = answer.json()["items"]
    assert (newest["actor"], newest["action"]) == ("mia@example.org", "member.put")
    assert newest["subject"].startswith("qm/")
    assert newest["detail"]["role"] == "moderator"
    assert newest["previous"] == before["hash"]
    following = await mia.get(answer.json()["next"])
    assert following.json()["items"][0]["no"] == before["no"] - 1


async def test_entries_are_found_by_actor_action_subject_and_time(
    site: Site, mia: httpx.AsyncClient
) -> None:
    everything = await numbers(mia)
    site.organisation.clock.time += timedelta(hours=1)
    since = site.organisation.clock.time.isoformat()
    await mia.post(f"{V1}/groups", json={"name": "lab", "title": "Lab"})
    (newest,) = await numbers(mia, since=since)
    assert newest == everything[0] + 1
    assert await numbers(mia, until=since) == everything
    assert newest in await numbers(mia, action="group.add", actor="mia@example.org")
    assert await numbers(mia, subject="lab") == [newest]
    assert await numbers(mia, actor="olga@example.org") == []


async def test_others_are_told_nothing(jonas: httpx.AsyncClient, gus: httpx.AsyncClient) -> None:
    for client in (jonas, gus):
        for path in (AUDIT, f"{AUDIT}/export"):
            assert problem(await client.get(path)) == (403, "forbidden")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_an_export_verifies_by_itself_and_tells_of_itself(
    site: Site, mia: httpx.AsyncClient, tmp_path: Path, form: str
) -> None:
    answer = await mia.get(f"{AUDIT}/export", params={"format": form})
    assert answer.headers["content-disposition"] == f'attachment; filename="audit.{form}"'
    assert answer.headers["cache-control"] == "private, no-store"
    path = tmp_path / "audit"
    path.write_bytes(answer.content)
    here = await audit.verify(site.organisation.database)
    assert verify(path) == here
    assert here.broken is None
    assert b"audit.export" in answer.content.splitlines()[-1]


async def test_a_part_of_it_verifies_from_its_first_entry(
    site: Site, mia: httpx.AsyncClient, tmp_path: Path
) -> None:
    site.organisation.clock.time += timedelta(hours=1)
    since = site.organisation.clock.time.isoformat()
    for number in range(3):
        await mia.post(f"{V1}/groups", json={"name": f"lab{number}", "title": "Lab"})
    answer = await mia.get(f"{AUDIT}/export", params={"since": since})
    path = tmp_path / "audit"
    path.write_bytes(answer.content)
    found = verify(path)
    assert (found.entries, found.broken) == (4, None)
    assert found.first > 1


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"since": "2026-11-21T10:00:00"}, {"format": "xml"}]
)
async def test_what_cannot_be_asked_is_invalid(
    mia: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert problem(await mia.get(f"{AUDIT}/export", params=query)) == (422, "invalid")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE audit SET no = no WHERE false",
    ],
)
async def test_the_database_refuses_all_but_appending(site: Site, statement: str) -> None:
    async with site.organisation.database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    assert (await audit.verify(site.organisation.database)).broken is None


@pytest.mark.parametrize("lost", ["the token", "the office"])
async def test_an_export_ends_with_the_right_to_it(
    site: Site, mia: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr("headrace.api.sending._LASTS", -1)
    monkeypatch.setattr("headrace.log.audit_files._PIECE", 1)
    administration = site.organisation.administration
    export = administration.export_audit

    async def lose() -> None:
        if lost == "the token":
            for token in (await mia.get(f"{V1}/tokens")).json()["items"]:
                await mia.delete(f"{V1}/tokens/{token['id']}")
        else:
            async with site.organisation.database.connection() as connection:
                await connection.execute("UPDATE person SET admin = false")

    async def losing(*wanted: Any) -> AsyncGenerator[bytes]:
        pieces = await export(*wanted)

        async def go_on() -> AsyncGenerator[bytes]:
            async for piece in pieces:
                yield piece
                await lose()

        return go_on()

    assert (await mia.get(f"{AUDIT}/export")).status_code == 200
    monkeypatch.setattr(administration, "export_audit", losing)
    # The transport of these tests does not mind an answer that breaks off.
    with pytest.raises(AssertionError):
        await mia.get(f"{AUDIT}/export")
