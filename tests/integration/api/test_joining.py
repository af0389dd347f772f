"""Joining: open groups at once, closed ones by asking, secret ones not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headrace.errors import Unauthenticated
from tests.integration.api.conftest import NO_ID, V1, Site, inbox, items, problem, told

if TYPE_CHECKING:
    import httpx


ASK = f"{V1}/groups/board/join-requests"


async def found(mia: httpx.AsyncClient, visibility: str, name: str = "board") -> None:
    body = {"name": name, "title": "The board"}
    assert (await mia.post(f"{V1}/groups", json=body)).status_code == 201
    changed = await mia.patch(f"{V1}/groups/{name}", json={"visibility": visibility})
    assert changed.status_code == 200


async def ask(client: httpx.AsyncClient) -> str:
    answer = await client.post(ASK)
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["id"]
    return key


async def test_an_open_group_is_joined_at_once_and_left(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    await found(mia, "open")
    seat = f"{V1}/groups/board/members/olga@example.org"
    assert (await olga.put(seat, json={})).status_code == 204
    assert (await olga.get(f"{V1}/groups/board")).json()["role"] == "member"
    assert (await olga.delete(seat)).status_code == 204
    assert "role" not in (await olga.get(f"{V1}/groups/board")).json()
    own = f"{V1}/groups/board/members/gus@customer.example"
    assert problem(await gus.put(own, json={})) == (404, "not_found"), "guests know of no group"


async def test_asking_is_told_to_those_who_answer_and_the_answer_to_who_asked(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    key = await ask(olga)
    assert (await inbox(mia))[0] == ("Offer", "olga", "board")
    assert told(site, site.organisation.mia)[-1] == "Offer", "and live"
    (asked,) = await items(mia, ASK)
    assert (asked["id"], asked["state"], asked["whom"]["handle"]) == (key, "asked", "olga")
    assert (await mia.post(f"{ASK}/{key}/accept")).status_code == 204
    assert (await olga.get(f"{V1}/groups/board")).json()["role"] == "member"
    assert (await inbox(olga))[0] == ("Add", "mia", "board")
    assert await items(mia, ASK) == []
    assert problem(await mia.post(f"{ASK}/{key}/accept")) == (404, "not_found")


async def test_who_asks_while_their_account_is_closed_is_nobody_any_more(
    site: Site, mia: httpx.AsyncClient
) -> None:
    """The request was let in before, and waited until the account was closed."""
    await found(mia, "closed")
    olga, administration = site.organisation.olga, site.organisation.administration
    await administration.deactivate(None, olga.email)
    with pytest.raises(Unauthenticated):
        await administration.ask(olga, "board")
    assert await items(mia, ASK) == []


async def test_who_is_declined_is_told_and_may_ask_again(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    key = await ask(olga)
    assert (await mia.delete(f"{ASK}/{key}")).status_code == 204
    assert (await inbox(olga))[0] == ("Reject", "mia", "board")
    assert told(site, site.organisation.olga) == ["Reject"]
    assert "role" not in (await olga.get(f"{V1}/groups/board")).json()
    assert await ask(olga) != key


async def test_asking_twice_is_asking_once(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    assert await ask(olga) == await ask(olga)
    assert told(site, site.organisation.mia).count("Offer") == 1
    assert len(await items(mia, ASK)) == 1


async def test_a_request_is_withdrawn_by_who_asked_and_by_no_other_outsider(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    key = await ask(olga)
    assert [one["id"] for one in await items(olga, f"{V1}/invitations")] == [key]
    for client in (jonas, olga):
        assert problem(await client.post(f"{ASK}/{key}/accept")) == (403, "forbidden")
        assert problem(await client.get(ASK)) == (403, "forbidden")
    assert problem(await jonas.delete(f"{ASK}/{key}")) == (403, "forbidden")
    assert (await olga.delete(f"{ASK}/{key}")).status_code == 204
    assert await items(olga, f"{V1}/invitations") == []
    assert await items(mia, ASK) == []


async def test_nobody_asks_for_what_they_have(
    mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    open_group = f"{V1}/groups/qm/join-requests"
    assert problem(await jonas.post(open_group)) == (409, "conflict")
    assert problem(await olga.post(open_group)) == (409, "conflict")


async def test_a_secret_group_answers_as_none_on_every_way_in(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    await found(mia, "secret")
    ways = [
        ("POST", "/join-requests", None),
        ("GET", "/join-requests", None),
        ("POST", f"/join-requests/{NO_ID}/accept", None),
        ("DELETE", f"/join-requests/{NO_ID}", None),
        ("POST", "/invitations", {"subject": "olga"}),
        ("GET", "/invitations", None),
        ("POST", f"/invitations/{NO_ID}/approve", None),
        ("DELETE", f"/invitations/{NO_ID}", None),
    ]
    for client in (olga, gus):
        for method, path, body in ways:
            there = await client.request(method, f"{V1}/groups/board{path}", json=body)
            none = await client.request(method, f"{V1}/groups/boarx{path}", json=body)
            assert (there.status_code, there.content) == (none.status_code, none.content), path
            assert there.status_code == 404, path
    assert set(told(site, site.organisation.mia)) <= {"Join", "Update"}, "her own, when she made it"


async def test_a_request_for_a_group_that_became_secret_is_not_shown_any_more(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    key = await ask(olga)
    await mia.patch(f"{V1}/groups/board", json={"visibility": "secret", "title": "Takeover"})
    assert "Takeover" not in (await olga.get(f"{V1}/invitations")).text
    assert (await olga.delete(f"{ASK}/{key}")).status_code == 204, "and can be withdrawn"


async def test_every_step_is_in_the_audit_log(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    await olga.delete(f"{ASK}/{await ask(olga)}")
    await mia.delete(f"{ASK}/{await ask(olga)}")
    await mia.post(f"{ASK}/{await ask(olga)}/accept")
    async with site.organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT action, actor FROM audit ORDER BY no")
    steps = [(r["action"], r["actor"]) for r in rows if r["action"].startswith("request.")]
    olga_asks = ("request.ask", "olga@example.org")
    assert steps == [
        olga_asks,
        ("request.withdraw", "olga@example.org"),
        olga_asks,
        ("request.decline", "mia@example.org"),
        olga_asks,
        ("request.accept", "mia@example.org"),
    ]


@pytest.mark.parametrize("key", ["nothing", NO_ID])
async def test_a_request_that_is_none_is_not_found(mia: httpx.AsyncClient, key: str) -> None:
    await found(mia, "closed")
    assert problem(await mia.post(f"{ASK}/{key}/accept")) == (404, "not_found")
    assert problem(await mia.delete(f"{ASK}/{key}")) == (404, "not_found")


async def test_a_request_belongs_to_its_group(
    mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    await found(mia, "closed", "other")
    key = await ask(olga)
    other = f"{V1}/groups/other/join-requests/{key}"
    assert problem(await mia.post(f"{other}/accept")) == (404, "not_found")
    assert problem(await mia.delete(other)) == (404, "not_found")
    assert problem(await olga.delete(other)) == (403, "forbidden")


async def test_an_account_that_is_closed_asks_no_more(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await found(mia, "closed")
    await ask(olga)
    await site.organisation.administration.deactivate(None, "olga@example.org")
    assert await items(mia, ASK) == []
