"""What costs others something is counted: per person, and per address where nobody has said who
they are. Whoever asks too often is told when to go on, and others are not held up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from headrace.settings import Rate
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.integration.conftest import Organisation

QM = f"{V1}/groups/qm"
TWICE = Rate(2, 30.0)


class Ask(NamedTuple):
    """A request that is counted under a setting; ``{n}`` is a number that is new each time."""

    setting: str
    path: str
    body: dict[str, Any] | bytes

    async def __call__(self, client: httpx.AsyncClient, number: int) -> httpx.Response:
        if isinstance(self.body, bytes):
            return await client.post(self.path, content=self.body)
        body = {
            name: value.replace("{n}", str(number)) if isinstance(value, str) else value
            for name, value in self.body.items()
        }
        return await client.post(self.path, json=body)


BY_PERSON = [
    Ask("limit_preview", f"{QM}/activities:preview", {"content": "x"}),
    Ask("limit_invite", f"{QM}/invitations", {"subject": "new-{n}@example.com"}),
    Ask("limit_create_group", f"{V1}/groups", {"name": "group-{n}", "title": "A group"}),
    Ask("limit_classify", f"{QM}/classification:apply", {"rehearsal": True}),
    Ask("limit_upload", f"{V1}/files", b"a file"),
]


@pytest.mark.parametrize("ask", BY_PERSON, ids=[ask.setting for ask in BY_PERSON])
async def test_a_person_who_asks_too_often_is_told_when_to_go_on(
    ask: Ask, organisation: Organisation, tmp_path: Path
) -> None:
    given: dict[str, Any] = {ask.setting: TWICE}
    site = Site(organisation, files=tmp_path, **given)
    mia = await site.client(organisation.mia)
    answers = [await ask(mia, number) for number in range(3)]
    assert [answer.is_success for answer in answers] == [True, True, False]
    assert problem(answers[2]) == (429, "rate_limited")
    assert 0 < int(answers[2].headers["retry-after"]) <= 31
    gus = await site.client(organisation.gus)
    assert (await ask(gus, 4)).status_code != 429, "nobody else has to wait"
    await site.close()


@pytest.mark.parametrize("ask", BY_PERSON[1:], ids=[ask.setting for ask in BY_PERSON[1:]])
async def test_a_person_is_told_which_limit_it_is_how_high_and_when_to_go_on(
    ask: Ask, organisation: Organisation, tmp_path: Path
) -> None:
    given: dict[str, Any] = {ask.setting: TWICE}
    site = Site(organisation, files=tmp_path, **given)
    mia = await site.client(organisation.mia)
    refused = [await ask(mia, number) for number in range(3)][2]
    told = refused.json()["errors"]
    assert told.pop("wait") == int(refused.headers["retry-after"])
    assert told == {"limit": ask.setting.removeprefix("limit_"), "most": 2, "interval": 30.0}
    await site.close()


@pytest.mark.parametrize("ask", BY_PERSON, ids=[ask.setting for ask in BY_PERSON])
async def test_what_is_off_is_not_counted(
    ask: Ask, organisation: Organisation, tmp_path: Path
) -> None:
    given: dict[str, Any] = {ask.setting: None}
    site = Site(organisation, files=tmp_path, **given)
    mia = await site.client(organisation.mia)
    answers = [await ask(mia, number) for number in range(4)]
    assert all(answer.is_success for answer in answers)
    await site.close()


async def test_asking_to_join_over_and_over_does_not_flood_the_owners(
    organisation: Organisation,
) -> None:
    site = Site(organisation, limit_invite=TWICE)
    mia, olga = [await site.client(one) for one in (organisation.mia, organisation.olga)]
    assert (await mia.patch(QM, json={"visibility": "closed"})).status_code == 200
    statuses = []
    for _ in range(3):
        asked = await olga.post(f"{QM}/join-requests")
        statuses.append(asked.status_code)
        if asked.is_success:
            await olga.delete(f"{QM}/join-requests/{asked.json()['id']}")
    assert statuses == [201, 201, 429]
    await site.close()


@pytest.mark.parametrize("verb", ["look", "redeem"])
async def test_links_of_invitations_are_not_guessed_from_one_address(
    verb: str, organisation: Organisation
) -> None:
    """Counted for both verbs together, and for a network's customer as a whole."""
    site = Site(organisation, limit_invitation_address=TWICE)
    body = {"token": f"hri_{'0' * 43}"}
    if verb == "redeem":
        body |= {"name": "Eve", "password": "violet kettle drumming 47"}
    answers = [
        await site.visitor(f"2001:db8:0:1::{number}").post(f"{V1}/invitations:{verb}", json=body)
        for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    neighbour = site.visitor("2001:db8:0:2::1")
    assert (await neighbour.post(f"{V1}/invitations:{verb}", json=body)).status_code == 404
    await site.close()


async def test_a_limit_does_not_tell_whether_a_group_is_there(organisation: Organisation) -> None:
    site = Site(organisation, limit_invite=TWICE, limit_preview=TWICE)
    mia = await site.client(organisation.mia)
    assert (await mia.patch(QM, json={"visibility": "secret"})).status_code == 200
    olga = await site.client(organisation.olga)
    for path, body in (
        ("invitations", {"subject": "gus"}),
        ("activities:preview", {"content": "x"}),
    ):
        there = await olga.post(f"{QM}/{path}", json=body)
        absent = await olga.post(f"{V1}/groups/nowhere/{path}", json=body)
        assert there.status_code == absent.status_code == 404
        assert problem(await olga.post(f"{QM}/{path}", json=body)) == (429, "rate_limited")
    await site.close()


async def test_changing_levels_counts_as_publishing(organisation: Organisation) -> None:
    site = Site(organisation, limit_publish=TWICE)
    mia = await site.client(organisation.mia)
    posted = (await mia.post(f"{QM}/activities", json={"content": "x"})).json()
    address = f"{V1}/activities/{posted['id']}"
    assert (await mia.patch(address, json={"level": "confidential"})).status_code == 200
    refused = await mia.patch(address, json={"level": "internal", "reason": "no secret"})
    assert problem(refused) == (429, "rate_limited")
    await site.close()
