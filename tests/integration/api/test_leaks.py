"""What one may not see answers exactly as what does not exist.

Two organisations, alike but for a secret group and what is said in it, are asked the same by the
same outsiders: every answer is the same, byte for byte. So is, within one organisation, the
answer for a name that is hidden and for one that nobody has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import pytest

from headrace.api.route import Open
from headrace.api.routes import ROUTES
from headrace.model.levels import Level
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

    from headrace.api.route import Route
    from headrace.publishing import Published
    from tests.integration.conftest import Organisation

CANARY = "canary"
UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057"

#: Asked by nobody in particular, or about nobody but whoever asks.
WITHOUT_A_NAME = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", f"{V1}/openapi.json"),
    ("POST", f"{V1}/session"),
    ("DELETE", f"{V1}/session"),
    ("GET", f"{V1}/sign-in"),
    ("GET", f"{V1}/sign-in/provider"),
    ("GET", f"{V1}/sign-in/provider/callback"),
    ("POST", f"{V1}/sign-in/provider/logout"),
    ("POST", f"{V1}/sign-out"),
    ("POST", f"{V1}/password/reset"),
    ("POST", f"{V1}/session/second-factor"),
    ("POST", f"{V1}/session/second-factor/challenge"),
    ("PUT", f"{V1}/password/reset"),
    ("GET", f"{V1}/me"),
    ("POST", f"{V1}/live/ticket"),
    ("GET", f"{V1}/live"),
    ("POST", f"{V1}/people"),
    ("POST", f"{V1}/invitations:look"),
    ("POST", f"{V1}/invitations:redeem"),
    # A name can be taken once: whoever wants to give a taken one has to be told.
    ("POST", f"{V1}/groups"),
}

BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", f"{V1}/groups/{{name}}"): {"title": "Mine"},
    ("PUT", f"{V1}/groups/{{name}}/classification"): {"floor": "internal"},
    ("POST", f"{V1}/groups/{{name}}/classification:apply"): {},
    ("PUT", f"{V1}/groups/{{name}}/members/{{subject:path}}"): {"role": "member"},
    ("POST", f"{V1}/groups/{{name}}/invitations"): {"subject": "x@example.org"},
    ("POST", f"{V1}/groups/{{name}}/activities"): {"content": "x"},
    ("POST", f"{V1}/groups/{{name}}/activities:preview"): {"content": "x @mia"},
    ("POST", f"{V1}/groups/{{name}}/activities:batch"): {"content": "x"},
    ("PATCH", f"{V1}/activities/{{id}}"): {"content": "x"},
    ("PATCH", f"{V1}/second-factor/keys/{{id}}"): {"name": "x"},
    ("DELETE", f"{V1}/second-factor/keys/{{id}}"): {"password": "x", "code": "x"},
    ("PUT", f"{V1}/activities/{{id}}/sharing/{{subject:path}}"): {"replies": True},
    ("PATCH", f"{V1}/people/{{subject}}"): {"name": "x"},
    ("POST", f"{V1}/people/{{subject}}/tokens"): {"name": "x", "scopes": ["read"]},
    ("PUT", f"{V1}/streams/{{stream}}/read"): {"seq": 1},
}
ABOUT_SOMETHING = [route for route in ROUTES if (route.method, route.path) not in WITHOUT_A_NAME]
NAMED = [route for route in ABOUT_SOMETHING if "{" in route.path]


class Target(NamedTuple):
    """What an address may name."""

    group: str
    stream: str
    activity: str

    def address(self, route: Route, subject: str) -> str:
        path = route.path.replace("{name}", self.group).replace("{stream}", self.stream)
        path = path.replace("{id}", self.activity).replace("{subject:path}", subject)
        path = path.replace("{subject}", subject)
        return f"{path}?q={CANARY}" if path.endswith("/search") else path


UNKNOWN = Target("nowhere", "AAAAAAAAAAAA", UNKNOWN_ID)


@pytest.fixture
async def hidden(site: Site) -> Target:
    """A secret group of Mia's with a post that speaks of everybody."""
    organisation = site.organisation
    await organisation.hide(organisation.mia, "hush", f"{CANARY} group")
    published = await secret_post(organisation, "hush")
    return Target("hush", published.stream, published.id)


async def secret_post(
    organisation: Organisation, group: str, level: Level | None = None
) -> Published:
    content = f"{CANARY} @olga @gus @jonas #{CANARY}"
    return await organisation.post(organisation.mia, content, group=group, level=level)


async def ask(client: httpx.AsyncClient, route: Route, address: str) -> tuple[Any, ...]:
    body = BODIES.get((route.method, route.path))
    answer = await client.request(route.method, address, json=body)
    return answer.status_code, answer.content, sorted(answer.headers.items())


def test_every_route_that_names_something_is_asked_about() -> None:
    assert {(route.method, route.path) for route in NAMED if route.takes} == set(BODIES)
    assert all(route.needs is not Open.ANYBODY for route in ABOUT_SOMETHING)


@pytest.mark.parametrize("route", NAMED, ids=lambda route: f"{route.method} {route.path}")
async def test_hidden_and_unknown_get_the_same_answer(
    site: Site, hidden: Target, route: Route
) -> None:
    for person in (site.organisation.olga, site.organisation.gus, site.organisation.jonas):
        client = await site.client(person)
        for subject in (person.handle, "mia", "team:core"):
            secret = await ask(client, route, hidden.address(route, subject))
            unknown = await ask(client, route, UNKNOWN.address(route, subject))
            assert secret == unknown, subject
            assert CANARY not in str(secret)


@pytest.mark.parametrize("route", ABOUT_SOMETHING, ids=lambda route: f"{route.method} {route.path}")
async def test_nobody_gets_anything_without_saying_who_they_are(
    site: Site, hidden: Target, route: Route
) -> None:
    answer = await site.visitor().request(
        route.method, hidden.address(route, "mia"), json=BODIES.get((route.method, route.path))
    )
    assert problem(answer) == (401, "unauthenticated")


@pytest.mark.parametrize("field", ["inReplyTo", "object"])
async def test_answers_and_likes_do_not_tell_what_exists(
    jonas: httpx.AsyncClient, hidden: Target, field: str
) -> None:
    kind = {"type": "Like"} if field == "object" else {"content": "x"}
    answers = [
        await jonas.post(f"{V1}/groups/qm/activities", json=kind | {field: about})
        for about in (hidden.activity, UNKNOWN_ID)
    ]
    assert problem(answers[0]) == (404, "not_found")
    assert answers[0].content == answers[1].content


async def test_cross_posting_and_parents_do_not_tell_which_groups_exist(
    jonas: httpx.AsyncClient, hidden: Target
) -> None:
    for path, body in (
        (f"{V1}/groups/qm/activities", {"content": "x", "also": ["GROUP"]}),
        (f"{V1}/groups", {"name": "child", "title": "Child", "parent": "GROUP"}),
    ):
        answers = [
            await jonas.post(path, content=str(body).replace("'", '"').replace("GROUP", name))
            for name in (hidden.group, UNKNOWN.group)
        ]
        assert problem(answers[0]) == (404, "not_found")
        assert answers[0].content == answers[1].content


class Twin(NamedTuple):
    """What an outsider got, in one of two organisations that differ in secrets alone."""

    answers: list[tuple[Any, ...]]


LISTS = [
    f"{V1}/groups",
    f"{V1}/groups/qm",
    f"{V1}/groups/qm/members",
    f"{V1}/groups/qm/activities",
    f"{V1}/groups/qm/activities?filter=level:confidential",
    f"{V1}/groups/qm/activities?filter=type:Like,Update,Delete",
    f"{V1}/home?limit=1",
    f"{V1}/home",
    f"{V1}/search?q={CANARY}",
    f"{V1}/search?q=tag:{CANARY}",
    f"{V1}/search?q=group:hush",
    f"{V1}/inbox",
]


async def test_secret_posts_leave_no_trace_in_any_list(site: Site) -> None:
    """The same people ask before and after things happened that they may not see."""
    organisation = site.organisation
    post = await organisation.post(organisation.mia, "for all", level=Level.PUBLIC)
    clients = [
        await site.client(person)
        for person in (organisation.olga, organisation.gus, organisation.jonas)
    ]
    paths = [*LISTS, f"{V1}/activities/{post.id}", f"{V1}/streams/{post.stream}/entries"]

    async def everything() -> list[tuple[Any, ...]]:
        answers = [await client.get(path) for client in clients for path in paths]
        return [(answer.status_code, answer.content, str(answer.headers)) for answer in answers]

    before = await everything()
    await organisation.hide(organisation.mia, "hush", CANARY)
    for group, level in (("hush", None), ("hush", Level.PUBLIC), ("qm", Level.CONFIDENTIAL)):
        published = await secret_post(organisation, group, level)
        about = {"group": group, "object": UUID(published.id)}
        await organisation.post(organisation.mia, "", type="Like", **about)
        await organisation.post(organisation.mia, f"{CANARY} again", type="Update", **about)
    await organisation.post(
        organisation.mia, CANARY, in_reply_to=UUID(post.id), level=Level.CONFIDENTIAL
    )
    assert await everything() == before


async def test_a_guest_is_not_told_of_a_group_above_theirs(
    site: Site, mia: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    await mia.post(f"{V1}/groups", json={"name": "strategy", "title": CANARY})
    await mia.patch(f"{V1}/groups/qm", json={"parent": "strategy"})
    for path in (f"{V1}/groups", f"{V1}/groups/qm"):
        assert "strategy" not in (await gus.get(path)).text
        assert "strategy" in (await mia.get(path)).text


async def test_after_a_revocation_nothing_of_the_group_is_left(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    published = await secret_post(organisation, "qm")
    assert CANARY in (await jonas.get(f"{V1}/inbox")).text
    await organisation.administration.drop_member(organisation.mia, "qm", "jonas")
    paths = [*LISTS, f"{V1}/activities/{published.id}"]
    paths += [
        f"{V1}/streams/{name}/entries" for name in (published.stream, organisation.jonas.inbox)
    ]
    for path in paths:
        assert f"{CANARY} @" not in (await jonas.get(path)).text, path


async def test_no_answer_holds_what_no_answer_is_meant_to_hold(
    site: Site, mia: httpx.AsyncClient
) -> None:
    """Canaries in every column that stays inside (the password's hash, addresses of others)."""
    organisation = site.organisation
    await site.accounts.set_password(organisation.jonas, "a long password")
    async with organisation.database.connection() as connection:
        known = await connection.fetchval("SELECT password FROM person WHERE handle = 'jonas'")
        await connection.execute("UPDATE membership SET source = 'canary'")
    post = await organisation.post(organisation.jonas, "hello @mia")
    paths = [*LISTS[:4], f"{V1}/me", f"{V1}/inbox", f"{V1}/activities/{post.id}"]
    for path in paths:
        text = (await mia.get(path)).text
        assert known not in text
        assert CANARY not in text
        assert "jonas@example.org" not in text


async def test_unread_and_heads_count_what_one_reads_and_nothing_else(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    before = (await jonas.get(f"{V1}/groups/qm")).json()
    await secret_post(site.organisation, "qm", Level.CONFIDENTIAL)
    assert (await jonas.get(f"{V1}/groups/qm")).json() == before
