"""An outsider cannot tell by any byte that there is something to see.

The same seeded day is played on fresh logs, with and without what only insiders do: a secret
group and team, restricted posts, likes and answers among insiders, clearances, their live
connections. What an outsider, a guest and a member without clearance are sent is the same,
byte for byte and in the same order, but for what is random by nature.

Left out on purpose: ``/metrics`` (about the process, for those who run it: whether to let
others reach it is up to the proxy in front), and signing out, which is asked about as the end of
the session.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import pytest

from headrace.api.routes import ROUTES, V1
from tests.conftest import execute, url_of
from tests.scenario.conftest import NodeProcess
from tests.scenario.days import CANARY, Circle, Player, Step, day, hire, setting_up
from tests.scenario.observers import Ear, Observer, without_chance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from headrace.embedded import Engines

SEED = 20_261_121
EVERY = 13  # public steps between two rounds of questions
LEFT_OUT = {("GET", "/metrics"), ("POST", f"{V1}/sign-out")}
#: What a secret group is called where there is none.
NO_GROUP = "{}-aaaaaaaa"
NO_ID = "01890a5d-ac96-774b-bcce-b3020000000{}"
NO_STREAM = "AAAAAAAAAAA{}"

Seen = dict[str, list[str]]


class Names(NamedTuple):
    """What may be asked about; in a run without some of it, something that nobody has."""

    groups: tuple[str, ...]
    streams: tuple[str, ...]
    activities: tuple[str, ...]


@pytest.fixture
def log_urls(engines: Engines, template: str, database_names: Iterator[str]) -> Iterator[list[str]]:
    """Three fresh logs."""
    names = [next(database_names) for _ in range(3)]
    for name in names:
        execute(engines, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield [url_of(engines, name) for name in names]
    for name in names:
        execute(engines, f"DROP DATABASE {name} WITH (FORCE)")


async def test_l30_a_day_looks_the_same_with_and_without_what_insiders_do(
    log_urls: list[str], redis_url: str
) -> None:
    everything, without_secrets, without_staff = [
        await _lived_through(database_url, redis_url, circle)
        for database_url, circle in zip(log_urls, reversed(Circle), strict=True)
    ]
    for handle in ("olga", "gus", "jonas"):
        _assert_same(everything[handle], without_secrets[handle], handle)
    _assert_same(everything["gus"], without_staff["gus"], "gus")
    assert not any(f"{CANARY} " in line for lines in everything.values() for line in lines)


def test_every_address_is_asked() -> None:
    names = Names(("qm", "lab", "board", "hush"), ("s",) * 5, ("a",) * 10)
    questions = [(method, address.partition("?")[0]) for method, address, _ in _questions(names)]
    for method, path in {(route.method, route.path) for route in ROUTES} - LEFT_OUT:
        pattern = re.compile(re.sub(r"{\w+(:path)?}", "[^/]+", path))
        assert any(m == method and pattern.fullmatch(a) for m, a in questions), (method, path)


def _assert_same(one: list[str], other: list[str], handle: str) -> None:
    for number, (line, counterpart) in enumerate(zip(one, other, strict=False)):
        before = "\n".join(one[max(0, number - 6) : number])
        assert line == counterpart, f"{handle} can tell, after\n{before}"
    assert len(one) == len(other), handle


async def _lived_through(database_url: str, redis_url: str, circle: Circle) -> Seen:
    """The day, as far as that circle goes; what each observer was sent, without chance."""
    async with _at_work(database_url, redis_url, circle) as (player, observers):
        steps = [step for step in day(SEED) if step.circle <= circle]
        public = 0
        for step in steps:
            await _do(player, observers, step)
            if step.circle is not Circle.OPEN:
                continue
            public += 1
            for observer in observers.values():
                await observer.fence(f"step {public}")
            if public % EVERY == 0:
                await _ask_all(player, observers, circle)
        await _ask_all(player, observers, circle)
        for observer in observers.values():
            await observer.try_messages(_refused(_names(player)))
            await observer.resume()
        streams = await _streams(database_url)
        return {
            name: without_chance(observer.lines, streams) for name, observer in observers.items()
        }


@asynccontextmanager
async def _at_work(
    database_url: str, redis_url: str, circle: Circle
) -> AsyncIterator[tuple[Player, dict[str, Observer]]]:
    tokens = await hire(database_url)
    node = await NodeProcess.start(
        {
            "HEADRACE_DATABASE_URL": database_url,
            "HEADRACE_REDIS_URL": redis_url,
            "HEADRACE_CHECKPOINT_INTERVAL": "600",  # by the clock, which no two runs share
        }
    )
    player = Player(node.url, tokens, circle)
    observers = {name: Observer(name, node.url, tokens[name]) for name in ("olga", "gus", "jonas")}
    player.ears = {"mia": Ear(), "ida": Ear()}
    try:
        for step in setting_up(SEED):
            if step.circle <= circle:
                await player.play(step)
        for observer in observers.values():
            await observer.listen()
        for name, ear in player.ears.items():
            if name == "mia" or circle is Circle.HIDDEN:
                await ear.open(node.url, tokens[name], inbox=True)
        yield player, observers
        heard = [line for ear in player.ears.values() for line in ear.heard]
        assert any(CANARY in line for line in heard) is (circle is Circle.HIDDEN)
    finally:
        for ear in player.ears.values():
            await ear.close()
        for observer in observers.values():
            await observer.close()
        await player.close()
        await node.stop()


async def _do(player: Player, observers: dict[str, Observer], step: Step) -> None:
    """Play a step, and wait for what it brings an observer later than the answer."""
    observer, count = None, 0
    if step.brings is not None:
        observer = observers[step.brings[0]]
        count = observer.expects(step.brings[1])
    if step.asked:
        status = await observers[step.who].ask(step.method, f"{V1}{step.path}", step.body)
        assert status == step.status
    elif not step.typing:
        await player.play(step)
    elif step.who in observers:
        await observers[step.who].type_in(step.typing)
    else:
        await player.ears[step.who].send(player.filled(_typing(step)))
        await player.ears[step.who].fence("typed")
    if observer is not None and step.brings is not None:
        await observer.until(step.brings[1], count)


def _typing(step: Step) -> dict[str, str]:
    level = {"level": step.level} if step.level else {}
    return {"op": "typing", "group": step.typing} | level


async def _streams(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT name FROM stream")
    finally:
        await connection.close()
    return [row["name"] for row in rows] + [NO_STREAM.format(number) for number in range(9)]


def _names(player: Player) -> Names:
    """The same questions in all runs: a thing that is not there has a name that nobody has."""
    things = ["open-0", "both", "gus-1", "staff-0", "staff-aside", "hush-0", "hush-answer"]
    things += ["hush-aside", "for-the-cleared", "restricted", "raised-by-a-rule", "taken-away"]
    activities = tuple(
        player.made.get(thing, NO_ID.format(number % 10)) for number, thing in enumerate(things)
    )
    places = ["open-0", "staff-0", "hush-0", "hush-1", "for-the-cleared"]
    streams = tuple(
        player.streams.get(place, NO_STREAM.format(number)) for number, place in enumerate(places)
    )
    secret = tuple(player.made.get(name, NO_GROUP.format(name)) for name in ("hush", "crew"))
    return Names(("qm", "lab", "board", *secret, "nowhere"), streams, activities)


async def _ask_all(player: Player, observers: dict[str, Observer], circle: Circle) -> None:
    for handle in ("gus",) if circle is Circle.OPEN else observers:  # the others notice the staff
        for method, address, body in _questions(_names(player)):
            await observers[handle].ask(method, address, body)


def _questions(names: Names) -> Iterator[tuple[str, str, Any]]:
    """Method, address and body: every address of the table, about everything that is hidden."""
    for path in ("/healthz", "/readyz", f"{V1}/openapi.json"):
        yield "GET", path, None
    yield from _about_oneself()
    yield from _about_new_groups(names)
    for group in names.groups:
        yield from _about_a_group(f"{V1}/groups/{group}", names)
    for group in names.groups[3:]:
        yield from _changes_of_a_group(f"{V1}/groups/{group}")
    for activity in names.activities:
        yield "GET", f"{V1}/activities/{activity}", None
        yield "GET", f"{V1}/activities/{activity}/history", None
        yield "GET", f"{V1}/activities/{activity}/sharing", None
        yield "GET", f"{V1}/activities/{activity}/explain", None
        yield "GET", f"{V1}/activities/{activity}/explain?person=ida&filter={CANARY}", None
    for activity in names.activities[4:]:
        yield from _changes_of_an_activity(f"{V1}/activities/{activity}")
    for stream in names.streams:
        yield "GET", f"{V1}/streams/{stream}/entries", None
        yield "GET", f"{V1}/streams/{stream}/entries?after=3&limit=2", None
    for stream in names.streams[2:]:
        yield "PUT", f"{V1}/streams/{stream}/read", {"seq": 1}


def _changes_of_an_activity(activity: str) -> Iterator[tuple[str, str, Any]]:
    yield "PATCH", activity, {"content": "mine now"}
    yield "PATCH", activity, {"level": "public", "reason": "to see"}
    yield "PATCH", activity, {"level": "confidential"}
    yield "DELETE", activity, None
    for person in ("ida", "nobody"):
        yield "PUT", f"{activity}/sharing/{person}", {}
        yield "DELETE", f"{activity}/sharing/{person}", None


def _about_oneself() -> Iterator[tuple[str, str, Any]]:
    for path in ("me", "groups", "home", "home?limit=2", "inbox", "inbox?limit=1", "live"):
        yield "GET", f"{V1}/{path}", None
    for query in (CANARY, f"tag:{CANARY}", "group:hush", "level:confidential", "audit", "from:ida"):
        yield "GET", f"{V1}/search?q={query}", None
        yield "GET", f"{V1}/home?filter={query}", None
    yield "GET", f"{V1}/search?q=type:Like,Update,Delete,Join,Add,Undo", None
    yield "POST", f"{V1}/live/ticket", None
    yield "POST", f"{V1}/session", {"email": "ida@example.org", "password": "a wrong one"}
    yield "DELETE", f"{V1}/session", None
    yield "POST", f"{V1}/people", {"email": "x@example.org", "name": "X"}
    yield "GET", f"{V1}/classification", None
    yield "PUT", f"{V1}/classification", {"floor": "internal"}
    yield "POST", f"{V1}/classification:apply", {}
    yield from _about_accounts()
    yield from _about_things_nobody_has()


def _about_accounts() -> Iterator[tuple[str, str, Any]]:
    """What is one's own, what is an administrator's, and what is refused before anything is done:
    how often one may guess is a matter of time, which differs between runs."""
    for path in ("sign-in", "sign-in/provider", "sign-in/provider/callback", "second-factor"):
        yield "GET", f"{V1}/{path}", None
    for path in ("sessions", "tokens", "invitations", "audit", "audit/export", "people"):
        yield "GET", f"{V1}/{path}", None
    yield "DELETE", f"{V1}/sessions", None
    yield from _about_second_factors()
    for path in ("session/second-factor", "password/reset", "tokens", "sign-in/provider/logout"):
        yield "POST", f"{V1}/{path}", {}
    for path in ("password", "password/reset"):
        yield "PUT", f"{V1}/{path}", {}
    for person in ("ida", "nobody"):
        yield "GET", f"{V1}/people/{person}", None
        yield "PATCH", f"{V1}/people/{person}", {"name": "Mine"}
        yield "GET", f"{V1}/people/{person}/sessions", None
        yield "DELETE", f"{V1}/people/{person}/sessions", None
        yield "DELETE", f"{V1}/people/{person}/second-factor", None
        yield "GET", f"{V1}/people/{person}/tokens", None
        yield "POST", f"{V1}/people/{person}/tokens", {"name": "mine"}


def _about_second_factors() -> Iterator[tuple[str, str, Any]]:
    for method in ("POST", "PUT", "DELETE"):
        yield method, f"{V1}/second-factor", {}
    for method in ("POST", "PUT"):
        yield method, f"{V1}/second-factor/keys", {}
    for path in ("session/second-factor/challenge", "second-factor/recovery"):
        yield "POST", f"{V1}/{path}", {}
    yield "POST", f"{V1}/second-factor/challenge", None
    key = f"{V1}/second-factor/keys/{NO_ID.format(0)}"
    yield "PATCH", key, {"name": "Mine"}
    yield "DELETE", key, {}


def _about_things_nobody_has() -> Iterator[tuple[str, str, Any]]:
    thing = NO_ID.format(0)
    yield "POST", f"{V1}/files", None
    yield "GET", f"{V1}/files/{thing}", None
    yield "GET", f"{V1}/files/{thing}/preview", None
    for path in ("files", "sessions", "tokens", "invitations"):
        yield "DELETE", f"{V1}/{path}/{thing}", None
    yield "POST", f"{V1}/invitations/{thing}/accept", None
    yield "POST", f"{V1}/invitations:look", {"token": "hi_x"}
    yield "POST", f"{V1}/invitations:accept", {"token": "hi_x"}
    yield "POST", f"{V1}/invitations:redeem", {"token": "hi_x"}


def _about_new_groups(names: Names) -> Iterator[tuple[str, str, Any]]:
    """Those that are refused; others are made as steps of the day."""
    for body in ({"name": "qm"}, {"name": "new", "parent": names.groups[3]}, {"name": "N E W"}):
        yield "POST", f"{V1}/groups", {"title": "Mine"} | body


def _about_a_group(group: str, names: Names) -> Iterator[tuple[str, str, Any]]:
    yield "GET", group, None
    yield "GET", f"{group}/members", None
    yield "GET", f"{group}/activities", None
    yield "GET", f"{group}/audience", None
    yield "GET", f"{group}/join-requests", None
    yield "GET", f"{group}/invitations", None
    yield "GET", f"{group}/classification", None
    yield "PUT", f"{group}/classification", {"floor": "internal"}
    yield "POST", f"{group}/classification:apply", {}
    yield "GET", f"{group}/activities?limit=3", None
    yield "GET", f"{group}/activities?filter=level:confidential", None
    yield "GET", f"{V1}/search?q=group:{group.rpartition('/')[2]}", None
    if group.endswith("/qm"):  # of the others the changes are asked about
        body = {"content": "look, @ida @olga @gus @leo", "level": "public"}
        yield "POST", f"{group}/activities:preview", body
    for activity in names.activities[:2]:
        yield "GET", f"{group}/activities?before={activity}", None
        yield "GET", f"{group}/activities?after={activity}&limit=2", None
    for activity in names.activities[5:]:
        yield "GET", f"{group}/activities?filter=thread:{activity}", None


def _changes_of_a_group(group: str) -> Iterator[tuple[str, str, Any]]:
    yield "PATCH", group, {"title": "mine"}
    for subject in ("olga", "ida", "team:crew"):
        yield "PUT", f"{group}/members/{subject}", {"role": "member"}
        yield "DELETE", f"{group}/members/{subject}", None
    yield "POST", f"{group}/activities", {"content": "x"}
    yield "POST", f"{group}/activities:batch", {"content": "x"}
    yield "POST", f"{group}/activities:preview", {"content": "x @ida"}
    thing = NO_ID.format(0)
    yield "POST", f"{group}/join-requests", None
    yield "POST", f"{group}/join-requests/{thing}/accept", None
    yield "DELETE", f"{group}/join-requests/{thing}", None
    yield "POST", f"{group}/invitations", {"person": "olga"}
    yield "POST", f"{group}/invitations/{thing}/approve", None
    yield "DELETE", f"{group}/invitations/{thing}", None


def _refused(names: Names) -> Iterator[dict[str, Any]]:
    """What a client may try over its live connection."""
    for number, group in enumerate(names.groups[3:]):
        yield {"op": "subscribe", "id": f"no {number}", "groups": [group]}
        yield {"op": "typing", "group": group}
        yield {"op": "typing", "group": "qm", "level": "confidential"}
    for stream in names.streams[2:]:
        yield {"op": "read", "stream": stream, "seq": 1}
        yield {"op": "subscribe", "id": "2", "groups": [], "from": {stream: 1}}
