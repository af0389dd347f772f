"""Leaks that comparable products had, and that this one must not have: what HTTP answers.

Each test is named after its case. What is about live connections is in
tests/scenario/test_leak_cases.py, l30 in tests/scenario/test_differential.py, the columns of l13
in test_canaries.py, files in test_leaks_of_files.py. Cases about what does not exist here yet have
no test:

    =====  ======================================================================
    case   what it needs
    =====  ======================================================================
    l04    mail: one envelope for each recipient
    l14    federation: a peer changes only the groups that it shares
    l16    connectors: what the source denies is denied here
    l28    mail: a body is what its recipient may see when it is rendered
    =====  ======================================================================

Of others a part is waiting: queued mail (l03, l20), digests (l15), tokens with scopes (l08),
private objects of connectors (l19), opting out of read receipts (l24).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from headrace.api.route import Open
from headrace.api.routes import ROUTES
from headrace.auth.credentials import COOKIE
from headrace.errors import Unauthenticated
from headrace.model.groups import GroupKind
from headrace.model.levels import Level
from headrace.publishing import Publication
from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

    from headrace.model.people import Person

CANARY = "canary"
NO_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
#: What an entry keeps of an activity that its reader may not see any more.
STUB = {"id", "type", "actor", "level", "published", "target", "deleted", "formerType", "thread"}


async def items(client: httpx.AsyncClient, path: str) -> list[Any]:
    answer = await client.get(V1 + path)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found


async def everything(client: httpx.AsyncClient, *paths: str) -> str:
    """All that somebody is shown without asking for anything by name."""
    general = ("/groups", "/home", "/inbox", f"/search?q={CANARY}", "/search?q=type:Like,Add,Join")
    return "".join([(await client.get(V1 + path)).text for path in (*general, *paths)])


async def add_secret(site: Site, name: str = "hush", kind: GroupKind = GroupKind.PROJECT) -> None:
    organisation = site.organisation
    await organisation.hide(organisation.mia, name, f"{CANARY} {name}", kind=kind)


async def dismiss(site: Site, person: Person) -> None:
    await site.organisation.administration.drop_member(site.organisation.mia, "qm", person.handle)


async def test_l01_who_lost_a_group_finds_neither_its_posts_nor_their_count_in_the_inbox(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await site.organisation.post(site.organisation.mia, f"{CANARY} @jonas")
    assert len([one for one in await items(jonas, "/inbox") if CANARY in str(one)]) == 1
    await dismiss(site, site.organisation.jonas)
    assert CANARY not in str(await items(jonas, "/inbox"))
    assert (await items(jonas, "/groups"))[0].get("streams", []) == []


async def test_l02_an_entry_that_is_withheld_keeps_its_place_and_no_field_that_says_anything(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    first = await organisation.post(organisation.jonas, "asks")
    await organisation.post(
        organisation.mia, f"{CANARY} @jonas #{CANARY}", in_reply_to=UUID(first.id), tags=(CANARY,)
    )
    await dismiss(site, organisation.jonas)
    entries = await items(jonas, f"/streams/{organisation.jonas.inbox}/entries")
    (stub,) = [one["activity"] for one in entries if one["activity"]["type"] == "Tombstone"]
    assert set(stub) <= STUB | {"inReplyTo"}
    assert CANARY not in str(entries)


async def test_l03_a_group_that_becomes_secret_is_gone_for_whoever_is_not_in_it(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    assert "qm" in await everything(olga)
    await mia.patch(f"{V1}/groups/qm", json={"visibility": "secret"})
    published = await site.organisation.post(site.organisation.mia, f"{CANARY} @olga")
    assert "qm" not in await everything(olga)
    for path in ("groups/qm", "groups/qm/members", f"activities/{published.id}"):
        assert problem(await olga.get(f"{V1}/{path}")) == (404, "not_found")


async def test_l05_what_was_deleted_is_gone_from_every_place_that_had_it(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    post = await organisation.post(organisation.mia, f"{CANARY} one @jonas #{CANARY}")
    about: dict[str, Any] = {"object": UUID(post.id)}
    await organisation.post(organisation.mia, f"{CANARY} two @jonas", type="Update", **about)
    streams = (f"/streams/{post.stream}/entries", f"/streams/{organisation.jonas.inbox}/entries")
    assert CANARY in await everything(jonas, *streams)
    await organisation.post(organisation.mia, "", type="Delete", **about)
    paths = (
        *streams,
        "/groups/qm/activities",
        f"/activities/{post.id}",
        "/home?filter=type:Update",
    )
    assert f"{CANARY} " not in await everything(jonas, *paths)


async def test_l05_what_was_raised_is_gone_from_every_place_that_its_earlier_readers_had_it(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    await mia.post(f"{V1}/groups", json={"name": "lab", "title": "Lab"})
    await mia.put(f"{V1}/groups/lab/members/olga", json={})
    post = await organisation.post(organisation.mia, f"{CANARY} one @jonas", also=("lab",))
    about: dict[str, Any] = {"object": UUID(post.id)}
    text = f"{CANARY} two @jonas #{CANARY}"
    await organisation.post(organisation.mia, text, type="Update", **about)
    await organisation.post(
        organisation.jonas, f"{CANARY} answer", in_reply_to=UUID(post.id), type="Create"
    )
    streams = (f"/streams/{post.stream}/entries", f"/streams/{organisation.jonas.inbox}/entries")
    paths = (
        *("/groups/qm/activities", "/groups/qm/activities?filter=type:Update", *streams),
        *(f"/activities/{post.id}", f"/search?q=mention:jonas&limit={len(CANARY)}"),
    )
    assert f"{CANARY} two" in await everything(jonas, *paths)
    assert f"{CANARY} two" in await everything(olga, "/groups/lab/activities")
    raised = await mia.patch(f"{V1}/activities/{post.id}", json={"level": "confidential"})
    new = raised.json()["id"]
    gone = (f"/activities/{new}", f"/activities/{new}/history", f"/search?q=thread:{new}")
    for client in (jonas, olga):
        shown = await everything(client, *paths, *gone)
        assert f"{CANARY} " not in shown.replace(f"q={CANARY}", "")
        assert new not in shown
    assert f"{CANARY} two" in await everything(mia, *paths)


async def test_l07_to_a_guest_all_means_the_guests_own_groups(
    site: Site, mia: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    for name, visibility in (("lab", "open"), ("board", "closed")):
        group = {"name": name, "title": f"{CANARY} {name}", "visibility": visibility}
        await mia.post(f"{V1}/groups", json=group)
        await mia.post(
            f"{V1}/groups/{name}/activities", json={"content": CANARY, "level": "public"}
        )
    assert [group["name"] for group in await items(gus, "/groups")] == ["qm"]
    assert CANARY not in (await everything(gus)).replace(f"q={CANARY}", "")
    for method, path in (("GET", "groups/lab"), ("PUT", "groups/lab/members/gus")):
        answer = await gus.request(method, f"{V1}/{path}", json={})
        assert problem(answer) == (404, "not_found")


async def test_l07_a_guest_is_not_told_which_teams_there_are(
    site: Site, mia: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    await mia.post(f"{V1}/groups", json={"name": "core", "title": CANARY, "kind": "team"})
    await mia.put(f"{V1}/groups/qm/members/team:core", json={})
    assert CANARY in (await mia.get(f"{V1}/groups/qm/members")).text
    assert CANARY not in (await gus.get(f"{V1}/groups/qm/members")).text


async def test_l08_nobody_publishes_as_somebody_else_or_where_they_are_not(
    site: Site, jonas: httpx.AsyncClient
) -> None:
    await add_secret(site)
    mia, post = site.organisation.mia.id, f"{V1}/groups/qm/activities"
    for forged in ({"actor": mia}, {"source": "chat"}, {"published": "2020-01-01T00:00:00Z"}):
        answer = await jonas.post(post, json={"content": "x"} | forged)
        assert problem(answer) == (400, "malformed_body")
    answer = await jonas.post(post, json={"content": "x", "also": ["hush"]})
    assert problem(answer) == (404, "not_found")
    assert await items(jonas, "/home?filter=from:jonas type:Create") == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_l10_no_answer_may_be_kept_or_shared_and_none_is_given_without_a_name(
    site: Site, jonas: httpx.AsyncClient, route: Any
) -> None:
    address = route.path.replace("{name}", "qm").replace("{id}", NO_ID)
    address = address.replace("{stream}", "AAAAAAAAAAAA").replace("{subject:path}", "olga")
    for client in (jonas, site.visitor()):
        answer = await client.request(route.method, address)
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["vary"] == "Authorization, Cookie"
        assert "etag" not in answer.headers
        assert "last-modified" not in answer.headers
    if route.needs is not Open.ANYBODY:
        assert problem(answer) == (401, "unauthenticated")


async def test_l11_who_left_the_company_is_nobody_with_any_token_session_or_ticket(
    site: Site,
) -> None:
    jonas = site.organisation.jonas
    await site.accounts.set_password(jonas, "a long password")
    session, _ = await site.accounts.sign_in(jonas.email, "a long password")
    ticket = await site.accounts.ticket(await site.identity(jonas))
    clients = [await site.client(jonas), site.visitor(Cookie=f"{COOKIE}={session}")]
    await site.organisation.administration.deactivate(site.organisation.mia, jonas.email)
    for client in clients:
        assert problem(await client.get(f"{V1}/me")) == (401, "unauthenticated")
    with pytest.raises(Unauthenticated):
        await site.accounts.redeem(ticket)


async def test_l15_of_many_who_ask_at_once_and_some_of_whom_fail_each_gets_their_own(
    site: Site,
) -> None:
    organisation = site.organisation
    people = [organisation.mia, organisation.jonas, organisation.gus, organisation.olga]
    for level in Level:
        await organisation.post(organisation.mia, f"for {level.label}", level=level)
    clients = [await site.client(person) for person in people]
    alone = [(await client.get(f"{V1}/home")).text for client in clients]
    assert len(set(alone)) == len(people)
    asked = [client.get(f"{V1}/home") for client in clients * 8]
    failing = [client.get(f"{V1}/home?filter=colour:blue") for client in clients * 4]
    answers = await asyncio.gather(*asked, *failing)
    assert [answer.text for answer in answers[: len(asked)]] == alone * 8


async def test_l17_a_process_that_knew_somebody_as_a_member_asks_again(site: Site) -> None:
    other = Site(site.organisation)
    jonas, organisation = await other.client(site.organisation.jonas), site.organisation
    post = await organisation.post(organisation.mia, CANARY)
    paths = ("/groups/qm/activities", f"/activities/{post.id}", f"/streams/{post.stream}/entries")
    for path in paths:
        assert CANARY in (await jonas.get(V1 + path)).text
    assert (await jonas.post(f"{V1}/groups/qm/activities", json={"content": "x"})).is_success
    await dismiss(site, organisation.jonas)
    for path in paths:
        assert CANARY not in (await jonas.get(V1 + path)).text
    answer = await jonas.post(f"{V1}/groups/qm/activities", json={"content": "x"})
    assert problem(answer) == (404, "not_found")
    await other.close()


async def test_l18_the_name_of_a_secret_team_is_shown_to_nobody_else(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    """Not even where it takes part as a whole: its people come, it is not named."""
    organisation = site.organisation
    await add_secret(site, "crew", GroupKind.TEAM)
    await organisation.administration.put_member(organisation.mia, "crew", "olga", None, None)
    start = len(organisation.told)
    await organisation.administration.put_member(organisation.mia, "qm", "team:crew", None, None)
    assert CANARY in (await mia.get(f"{V1}/groups/qm/members")).text
    streams = [(await items(jonas, "/groups"))[0]["streams"][n]["stream"] for n in (0, 1)]
    paths = ["/groups/qm/members", "/groups/qm/activities", "/groups/qm"]
    paths += [f"/streams/{stream}/entries" for stream in streams]
    assert "crew" not in await everything(jonas, *paths)
    told = [entry for entry in organisation.told[start:] if entry.stream in streams]
    assert len(told) == 2
    assert "crew" not in str(told)


async def test_l19_new_rules_take_what_they_name_from_its_readers_in_little_time(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    """Of two thousand posts, one in ten is raised; the cleanup of the model took half an hour."""
    organisation = site.organisation
    posts = [
        Publication(
            actor=UUID(organisation.jonas.id),
            group="qm",
            content=f"{CANARY} of a patient" if number % 10 == 0 else "lunch",
        )
        for number in range(2_000)
    ]
    await organisation.publisher.publish_many(posts)
    rules = [{"name": "patients", "level": "confidential", "words": ["patient*"]}]
    await mia.put(f"{V1}/groups/qm/classification", json={"rules": rules})
    began = perf_counter()
    answer = await mia.post(f"{V1}/groups/qm/classification:apply", json={})
    assert perf_counter() - began < 15
    last = msgspec.json.decode(answer.text.splitlines()[-1])
    assert (last["examined"], last["raised"]) == (2_000, 200)
    assert "patient" not in await everything(jonas, "/search?q=patient&limit=5")
    assert len(await items(mia, "/search?q=patient&limit=200")) == 200


async def test_l21_what_was_answered_is_never_more_visible_than_what_it_answers(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    post = await organisation.post(organisation.mia, f"{CANARY} post", level=Level.PUBLIC)
    answer = await organisation.post(
        organisation.gus, f"{CANARY} answer", in_reply_to=UUID(post.id)
    )
    await organisation.post(organisation.jonas, "", type="Like", object=UUID(answer.id))
    path = f"{V1}/activities/{post.id}"
    raised = (await mia.patch(path, json={"level": "internal"})).json()["id"]
    assert f"{CANARY} " not in (await everything(gus)).replace(f"q={CANARY}", "")
    (found,) = await items(jonas, f"/search?q={CANARY} answer")
    assert (found["level"], found["inReplyTo"], found["likes"]) == ("internal", raised, 1)
    (public,) = [one for one in await items(gus, "/groups") if one["name"] == "qm"]
    assert [stream["level"] for stream in public["streams"]] == ["public"]


async def test_l21_what_is_said_about_a_post_reaches_its_readers_and_nobody_else(
    site: Site, gus: httpx.AsyncClient, jonas: httpx.AsyncClient
) -> None:
    organisation = site.organisation
    post = await organisation.post(organisation.mia, "for the staff")
    about: dict[str, Any] = {"object": UUID(post.id)}
    await organisation.post(organisation.jonas, "", type="Like", **about)
    await organisation.post(organisation.mia, f"{CANARY} @gus", type="Update", **about)
    await organisation.post(organisation.jonas, f"{CANARY} @gus", in_reply_to=UUID(post.id))
    types = "/home?filter=type:Create,Like,Update"
    assert "staff" in await everything(jonas) or CANARY in await everything(jonas)
    assert CANARY not in await everything(gus, types, "/groups/qm/activities")
    assert await items(gus, types) == []
    lower = {"content": "x", "inReplyTo": post.id, "level": "public"}
    answer = await jonas.post(f"{V1}/groups/qm/activities", json=lower)
    assert problem(answer) == (403, "level_not_allowed")


async def test_l22_of_a_closed_group_others_are_shown_that_it_is_there_and_no_more(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    group = {"name": "board", "title": "Board", "kind": "project", "visibility": "closed"}
    await mia.post(f"{V1}/groups", json=group)
    await mia.put(f"{V1}/groups/board/members/jonas", json={})
    assert (await olga.get(f"{V1}/groups/board")).json() == group
    assert problem(await olga.get(f"{V1}/groups/board/members")) == (403, "forbidden")
    assert problem(await olga.patch(f"{V1}/groups/board", json={"title": "x"})) == (
        403,
        "forbidden",
    )


async def test_l23_mentioning_somebody_who_cannot_read_it_warns_the_author_and_tells_nobody(
    site: Site, mia: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    await add_secret(site)
    inbox = f"/streams/{site.organisation.olga.inbox}/entries"
    before = (await olga.get(V1 + inbox)).content
    answer = await mia.post(f"{V1}/groups/hush/activities", json={"content": "@olga @nobody, look"})
    assert answer.json()["unreached"] == ["olga", "nobody"]
    assert (await olga.get(V1 + inbox)).content == before
    assert await items(olga, "/inbox") == []


async def test_l24_reading_is_told_to_nobody_and_needs_the_right_to_read(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, olga: httpx.AsyncClient
) -> None:
    post = await site.organisation.post(site.organisation.mia, "news")
    address = f"{V1}/streams/{post.stream}/read"
    shown = [f"{V1}/{path}" for path in ("groups", "groups/qm/members", f"activities/{post.id}")]
    before = [(await mia.get(path)).content for path in shown]
    assert (await jonas.put(address, json={"seq": post.seq})).status_code == 204
    assert [(await mia.get(path)).content for path in shown] == before
    assert problem(await olga.put(address, json={"seq": post.seq})) == (404, "not_found")


async def test_l25_lists_show_what_can_be_opened_and_nothing_else(site: Site) -> None:
    organisation = site.organisation
    await add_secret(site)
    posts = {}
    for group in ("qm", "hush"):
        for level in Level:
            content = f"{CANARY} @jonas @gus @olga"
            post = await organisation.post(organisation.mia, content, group=group, level=level)
            posts[post.id] = post.stream
    for person in (organisation.mia, organisation.jonas, organisation.gus, organisation.olga):
        client = await site.client(person)
        opened = {key for key in posts if (await client.get(f"{V1}/activities/{key}")).is_success}
        lists = {
            path: {one["id"] for one in await items(client, path)} & set(posts)
            for path in ("/home", f"/search?q={CANARY}")
        }
        assert lists == dict.fromkeys(lists, opened), person.handle
        readable = {
            key
            for key, stream in posts.items()
            if (await client.get(f"{V1}/streams/{stream}/entries")).is_success
        }
        assert readable == opened, person.handle


async def test_l27_every_way_to_ask_goes_through_the_same_gate_and_ids_cannot_be_guessed(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    await add_secret(site)
    posts = [
        await site.organisation.post(site.organisation.mia, CANARY, group="hush") for _ in "ab"
    ]
    for address in (f"{V1}/activities/{posts[0].id}", f"{V1}/streams/{posts[0].stream}/entries"):
        shapes: tuple[tuple[str, dict[str, str]], ...] = (
            ("GET", {}),
            ("HEAD", {}),
            ("GET", {"Accept": "application/activity+json"}),
            ("GET", {"Accept": "application/atom+xml"}),
            ("GET", {"Range": "bytes=0-10"}),
            ("GET", {"If-None-Match": "*"}),
        )
        for method, headers in shapes:
            answer = await jonas.request(method, address, headers=headers)
            assert answer.status_code == 404, (method, headers)
            assert CANARY not in answer.text
    ids = [UUID(post.id) for post in posts]
    assert {one.version for one in ids} == {7}
    assert ids[0].int & (2**62 - 1) != ids[1].int & (2**62 - 1)


async def test_l29_a_ticket_opens_one_connection_and_ends_with_its_time_and_its_session(
    site: Site,
) -> None:
    jonas, accounts = site.organisation.jonas, site.accounts
    await accounts.set_password(jonas, "a long password")
    session, _ = await accounts.sign_in(jonas.email, "a long password")
    known = await accounts.identify(None, f"{COOKIE}={session}")
    used, orphan = [await accounts.ticket(known) for _ in range(2)]
    assert await accounts.redeem(used) == known
    await accounts.sessions.sign_out(session)
    for ticket in (used, orphan):
        with pytest.raises(Unauthenticated):
            await accounts.redeem(ticket)
    late = await accounts.ticket(await site.identity(jonas))
    site.organisation.clock.time += timedelta(seconds=site.settings.ticket_seconds)
    with pytest.raises(Unauthenticated):
        await accounts.redeem(late)


async def test_l30_likes_and_answers_among_insiders_are_counted_for_insiders_alone(
    site: Site, jonas: httpx.AsyncClient, mia: httpx.AsyncClient
) -> None:
    """A post in two groups is one activity; what is said about it in one stays there."""
    organisation = site.organisation
    await add_secret(site)
    post = await organisation.post(organisation.mia, "in both", also=("hush",))
    before = (await jonas.get(f"{V1}/activities/{post.id}")).content
    about: dict[str, Any] = {"group": "hush", "level": None}
    await organisation.post(organisation.mia, "", type="Like", object=UUID(post.id), **about)
    await organisation.post(organisation.mia, CANARY, in_reply_to=UUID(post.id), **about)
    assert (await jonas.get(f"{V1}/activities/{post.id}")).content == before
    shown = (await mia.get(f"{V1}/activities/{post.id}")).json()
    assert (shown["likes"], shown["replies"]) == (1, 1)


async def test_l30_a_clearance_is_shown_to_those_who_are_cleared(
    site: Site, mia: httpx.AsyncClient, jonas: httpx.AsyncClient, gus: httpx.AsyncClient
) -> None:
    before = [(await client.get(f"{V1}/groups/qm/members")).content for client in (jonas, gus)]
    await mia.put(f"{V1}/groups/qm/members/olga", json={})
    await mia.delete(f"{V1}/groups/qm/members/olga")
    await mia.put(f"{V1}/groups/qm/members/mia", json={"role": "owner", "clearance": "internal"})
    after = [(await client.get(f"{V1}/groups/qm/members")).content for client in (jonas, gus)]
    assert after == before
    assert '"clearance":"internal"' in (await mia.get(f"{V1}/groups/qm/members")).text
