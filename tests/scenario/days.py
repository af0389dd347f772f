"""A day at work, played from a seed: what everybody does, and what only insiders do.

The same seed gives the same public steps, whether the hidden ones in between are played or not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import httpx

from headrace.app import assemble
from headrace.model.people import Kind
from headrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.scenario.observers import Ear

CANARY = "canary"
#: People by handle. Olga is in no group, but for a while one thread of qm is shared with her; Gus
#: is a guest of qm, Jonas a member; Ida is an insider.
PEOPLE = {
    "mia": Kind.EMPLOYEE,
    "jonas": Kind.EMPLOYEE,
    "gus": Kind.GUEST,
    "olga": Kind.EMPLOYEE,
    "ida": Kind.EMPLOYEE,
    "ben": Kind.EMPLOYEE,
    "leo": Kind.EMPLOYEE,
}
WORDS = ["audit", "release", "lunch", "incident", "Prüfplan", "valve", "four eyes", "#audit"]


class Circle(IntEnum):
    """Who may notice a step: everybody, nobody but employees in the group, insiders alone."""

    OPEN = 0
    STAFF = 1
    HIDDEN = 2


@dataclass(frozen=True)
class Step:
    """A request by somebody. ``{name}`` in the path or body stands for what an earlier step made.

    ``keep`` names the activity that the answer tells of, ``names`` stands for the group that it
    tells of, ``status`` is what has to be answered. Where it is ``asked`` by an observer, they
    write the answer down.
    ``typing`` is a group in which somebody writes instead of a request, for ``level`` if it is
    named; ``brings`` says who is told something that does not come before the answer, and which
    message that is. What is ``raised`` where there are insiders is deleted where there are none.
    """

    circle: Circle
    who: str
    method: str = "POST"
    path: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    keep: str = ""
    names: str = ""
    status: int = 201
    asked: bool = False
    typing: str = ""
    level: str = ""
    brings: tuple[str, str] | None = None
    raised: bool = False


def day(seed: int) -> list[Step]:
    """The steps: those of each circle in the order of a script, shuffled into one another."""
    draw = random.Random(seed)
    scripts = [_open(draw), _staff(draw), _hidden(draw)]
    steps: list[Step] = []
    while any(scripts):
        script = draw.choices(scripts, [len(script) for script in scripts])[0]
        steps.append(script.pop(0))
    return steps


def setting_up(seed: int) -> list[Step]:
    """Before the day begins: the groups, and the posts that all circles speak about."""
    draw = random.Random(seed)
    return [
        *[_in_circle(Circle.HIDDEN, step) for step in _secret_places()],
        _group("mia", "qm", title="Quality"),
        _group("mia", "core", kind="team", title="Core"),
        _group("mia", "lab", title="Lab"),
        _group("mia", "board", title="Board", visibility="closed"),
        _seat("qm", "jonas"),
        _seat("qm", "gus"),
        _seat("qm", "ida"),
        _seat("lab", "ida"),
        _seat("core", "ben"),
        _post(draw, "mia", "qm", "open-0", level="public"),
        _post(draw, "mia", "qm", "both", level="public", also=["lab", "{hush}"]),
    ]


def _secret_places() -> list[Step]:
    secret = {"visibility": "secret"}
    return [
        replace(_group("mia", "hush", title=f"{CANARY} hush", **secret), names="hush"),
        replace(_group("mia", "crew", title=f"{CANARY} crew", kind="team", **secret), names="crew"),
        _seat("{hush}", "ida", role="moderator"),
        _seat("{crew}", "leo"),
        _seat("{hush}", "team:{crew}"),
    ]


def _open(draw: random.Random) -> list[Step]:
    """What Gus, the guest, may notice, and so may Jonas."""
    said = [_post(draw, "mia", "qm", f"open-{n}", level="public") for n in range(1, 5)]
    return [
        *said,
        _post(draw, "gus", "qm", "gus-1", mentions=["mia", "olga"]),
        _post(draw, "ida", "qm", "asks", level="public", content="@gus @jonas and @olga, look"),
        replace(_share("open-0", "olga"), brings=("olga", "granted")),
        _reply(draw, "jonas", "qm", "open-0", "answer", level="public"),
        _like("ida", "qm", "open-0"),
        _like("gus", "qm", "answer"),
        _like("gus", "qm", "open-1"),
        _like("ida", "qm", "gus-1"),
        _edit("mia", "open-1"),
        _remove("mia", "open-2"),
        _like("jonas", "qm", "both"),
        _post(draw, "mia", "qm", "taken-away", level="public", content="@gus @jonas #audit"),
        _like("gus", "qm", "taken-away"),
        _take_away("mia", "taken-away"),
        Step(Circle.OPEN, "gus", typing="qm", brings=("jonas", "typing")),
        _seat("qm", "team:core"),
        _seat("core", "leo"),
        _seat("core", "leo", "DELETE"),
        *_names_of_secrets("olga"),
        _seat("qm", "gus", "DELETE"),
        _post(draw, "mia", "qm", "while-gus-is-away", level="public", content="@gus is away"),
        replace(_seat("qm", "gus"), brings=("gus", "granted")),
        _post(draw, "mia", "qm", "welcome-back", level="public", content="@gus is back"),
        _edit("mia", "open-0"),
        _reply(draw, "gus", "qm", "answer", "answers-that", content="@olga and @mia, look"),
        _share("open-0", "olga", "DELETE"),
        _reply(draw, "gus", "qm", "open-0", "among-us-again", content="@olga is gone"),
    ]


def _names_of_secrets(who: str) -> list[Step]:
    """Groups called as secret ones are: an employee makes them as if nobody had any."""
    brings = (who, "granted")
    return [
        replace(_group(who, "hush", title="Mine"), asked=True, brings=brings),
        replace(_group(who, "hush", title="Mine again"), asked=True, status=409),
        replace(_group(who, "crew", title="Mine", visibility="secret"), asked=True, brings=brings),
    ]


def _staff(draw: random.Random) -> list[Step]:
    """What employees may notice and a guest of the same group may not."""
    steps = [
        _post(draw, "jonas", "qm", "staff-0"),
        Step(Circle.STAFF, "mia", typing="qm", brings=("jonas", "typing")),
        _post(draw, "ida", "qm", "staff-1", content="between us, @jonas @gus"),
        _reply(draw, "jonas", "qm", "staff-1", "staff-answer"),
        _like("jonas", "qm", "staff-1"),
        _edit("jonas", "staff-0"),
        _remove("ida", "staff-1"),
        _reply(draw, "mia", "qm", "open-0", "staff-aside", level="internal"),
        _post(draw, "mia", "lab", "in-the-lab", level="public"),
        _like("ida", "lab", "in-the-lab"),
        _group("ida", "club", title="Club", kind="community"),
        _seat("club", "ben", by="ida"),
    ]
    return [_in_circle(Circle.STAFF, step) for step in steps]


def _hidden(draw: random.Random) -> list[Step]:
    """What insiders do: a secret group, a secret team, restricted posts."""
    told = f"{CANARY} @olga @gus @jonas @ida #{CANARY}"
    steps = [
        _post(draw, "ida", "{hush}", "hush-0", content=told),
        _post(draw, "mia", "{hush}", "hush-1", content=told, level="public"),
        _reply(draw, "mia", "{hush}", "hush-0", "hush-answer", content=told),
        _like("mia", "{hush}", "hush-0"),
        _like("ida", "{hush}", "both"),
        _reply(draw, "leo", "{hush}", "both", "hush-aside", content=told),
        _edit("ida", "hush-0"),
        _remove("mia", "hush-1"),
        Step(Circle.HIDDEN, "ida", typing="{hush}"),
        Step(Circle.HIDDEN, "mia", typing="qm", level="confidential"),
        _rules("/classification", {"name": CANARY, "level": "confidential", "words": [CANARY]}),
        _level("ida", "hush-0", "confidential"),
        Step(Circle.OPEN, "mia", path="/classification:apply", status=200),
        _rules("/groups/{hush}/classification", floor="internal"),
        _post(draw, "mia", "qm", "raised-by-a-rule", level="public", content=told),
        _level("mia", "raised-by-a-rule", "confidential"),
        _post(draw, "mia", "qm", "for-the-cleared", level="confidential", content=told),
        _reply(draw, "mia", "qm", "open-0", "restricted", level="confidential", content=told),
        _like("mia", "qm", "for-the-cleared"),
        _edit("mia", "for-the-cleared"),
        _remove("mia", "restricted"),
        _seat("qm", "ida", clearance="confidential"),
        _post(draw, "ida", "qm", "cleared-now", level="confidential", content=told),
        _seat("qm", "ida"),
        _seat("{hush}", "ben", by="ida"),
        _seat("{hush}", "ben", "DELETE", by="ida"),
        _change("{hush}", title=f"{CANARY} again", parent="lab"),
        _seat("{hush}", "team:{crew}", "DELETE"),
    ]
    return [_in_circle(Circle.HIDDEN, step) for step in steps]


def _in_circle(circle: Circle, step: Step) -> Step:
    return replace(step, circle=circle)


def _text(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=4))


def _group(who: str, name: str, **fields: str) -> Step:
    return Step(Circle.OPEN, who, path="/groups", body={"name": name} | fields)


def _change(group: str, **fields: str) -> Step:
    return Step(Circle.OPEN, "mia", "PATCH", f"/groups/{group}", dict(fields), status=200)


def _seat(group: str, subject: str, method: str = "PUT", by: str = "mia", **fields: str) -> Step:
    path = f"/groups/{group}/members/{subject}"
    return Step(Circle.OPEN, by, method, path, dict(fields), status=204)


def _share(about: str, subject: str, method: str = "PUT") -> Step:
    """Who is outside reads one thread of the group, beside which everything else goes on."""
    path = f"/activities/{{{about}}}/sharing/{subject}"
    return Step(Circle.OPEN, "mia", method, path, status=200 if method == "PUT" else 204)


def _post(draw: random.Random, who: str, group: str, keep: str, **fields: Any) -> Step:
    body = {"content": f"{keep} {_text(draw)}"} | fields
    return Step(Circle.OPEN, who, path=f"/groups/{group}/activities", body=body, keep=keep)


def _reply(draw: random.Random, who: str, group: str, about: str, keep: str, **fields: Any) -> Step:
    return _post(draw, who, group, keep, inReplyTo=f"{{{about}}}", **fields)


def _like(who: str, group: str, about: str) -> Step:
    body = {"type": "Like", "object": f"{{{about}}}"}
    return Step(Circle.OPEN, who, path=f"/groups/{group}/activities", body=body)


def _edit(who: str, about: str) -> Step:
    body = {"content": f"{about}, edited #audit"}
    return Step(Circle.OPEN, who, "PATCH", f"/activities/{{{about}}}", body, status=200)


def _take_away(who: str, about: str) -> Step:
    """Among insiders it goes on as confidential; where there are none, it is deleted."""
    return Step(Circle.OPEN, who, "DELETE", f"/activities/{{{about}}}", status=204, raised=True)


def _level(who: str, about: str, level: str) -> Step:
    body = {"level": level, "reason": f"{CANARY} so"}
    return Step(Circle.OPEN, who, "PATCH", f"/activities/{{{about}}}", body, status=200)


def _rules(path: str, *rules: dict[str, Any], **fields: Any) -> Step:
    return Step(Circle.OPEN, "mia", "PUT", path, {"rules": list(rules)} | fields, status=200)


def _remove(who: str, about: str) -> Step:
    return Step(Circle.OPEN, who, "DELETE", f"/activities/{{{about}}}", status=204)


async def hire(database_url: str, names: Sequence[str] = tuple(PEOPLE)) -> dict[str, str]:
    """The people, on a fresh log; answers their tokens."""
    settings = Settings.load({}, database_url=database_url, redis_url="unix:///nowhere")
    async with assemble(settings) as parts:
        services, tokens = parts.services, {}
        for name in names:
            person = await services.administration.add_person(
                None,
                email=f"{name}@example.org",
                name=name.title(),
                kind=PEOPLE[name],
                admin=name == "mia",
            )
            tokens[name] = await services.accounts.create_token(person, "test")
    return tokens


class Player:
    """Plays steps at a node's address, and remembers what they made.

    Where the hidden circle is not played, its groups are left out of what is posted in several.
    ``ears`` are the live connections of those who are no observers.
    """

    def __init__(self, url: str, tokens: dict[str, str], circle: Circle) -> None:
        self.tokens = tokens
        self._absent = ["{hush}"] if circle < Circle.HIDDEN else []
        self._has_insiders = circle is Circle.HIDDEN
        self.made: dict[str, str] = {}
        self.streams: dict[str, str] = {}
        self.ears: dict[str, Ear] = {}
        self._client = httpx.AsyncClient(base_url=url + "/api/v1", timeout=15)

    async def play(self, step: Step) -> httpx.Response:
        """Do it; fails where it is not answered as it has to be."""
        if step.raised and self._has_insiders:
            body = {"level": "confidential"}
            step = replace(step, method="PATCH", body=body, status=200, raised=False)
        answer = await self._client.request(
            step.method,
            self.filled(step.path),
            json=None if step.method == "DELETE" else self.filled(step.body),
            headers={"Authorization": f"Bearer {self.tokens[step.who]}"},
        )
        assert answer.status_code == step.status, f"{step}: {answer.text}"
        if step.keep:
            receipt = answer.json()
            self.made[step.keep] = receipt["id"]
            self.streams[step.keep] = receipt["stream"]
        if step.names:
            self.made[step.names] = answer.json()["name"]
        return answer

    async def close(self) -> None:
        await self._client.aclose()

    def filled(self, thing: Any) -> Any:
        """With the names of what was made."""
        if isinstance(thing, dict):
            return {name: self.filled(value) for name, value in thing.items()}
        if isinstance(thing, list):
            absent = self._absent
            return [self.filled(one) for one in thing if one not in absent]
        if isinstance(thing, str) and "{" in thing:
            return thing.format(**self.made)
        return thing
