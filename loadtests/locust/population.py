"""The people, groups and tokens of a load, made in bulk on a Headrace that may be running."""

from __future__ import annotations

import secrets
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headrace.auth.credentials import SECRET_BYTES, Prefix, digest, secret
from headrace.errors import Conflict
from headrace.log import directory, elsewhere, memberships
from headrace.log.elsewhere import Account
from headrace.model.groups import Role, Visibility
from headrace.model.identity import ALL_SCOPES
from headrace.model.people import Kind
from loadtests.locust.cast import Cast, Player, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headrace.administration import Bulk
    from headrace.cli.runtime import Runtime
    from headrace.log.elsewhere import Known
    from headrace.model.people import Person
    from loadtests.locust.talk import Message

ORIGIN = "load"
DOMAIN = "load.example"
_OWNER = f"load-owner@{DOMAIN}"
_SECRET = "load-secret"
#: Each so many people there is a guest.
_GUEST_EVERY = 20


class Plan(NamedTuple):
    """How many people there are, and who (places among them) is in which channel."""

    people: int
    channels: dict[int, set[int]]


def plan(messages: Iterable[Message], people: int | None = None) -> Plan:
    """Everybody is in the channels where they say something; at most so many people."""
    spoken = {(message.channel, message.sender) for message in messages}
    size = max(sender for _, sender in spoken)
    size = min(size, people or size)
    channels: dict[int, set[int]] = defaultdict(set)
    for channel, sender in sorted(spoken):
        channels[channel].add(place(sender, size))
    return Plan(size, dict(channels))


async def populate(runtime: Runtime, planned: Plan) -> Cast:
    """Make them; who and what is there already stays. Tokens of an earlier set-up end."""
    owner = await _owner(runtime)
    groups = {channel: f"load-{channel:03}" for channel in planned.channels}
    for name in (*groups.values(), _SECRET):
        await _add_group(runtime, owner, name)
    known = await _add_people(runtime, owner, planned.people)
    await _seat(runtime, owner, groups, planned, known)
    tokens = await _tokens(runtime, [UUID(owner.id), *(one.person for one in known)])
    return _cast(owner, groups, planned, known, tokens)


async def _owner(runtime: Runtime) -> Person:
    async with runtime.database.connection() as connection:
        found = await directory.find_person(connection, _OWNER)
    return found or await runtime.administration.add_person(None, email=_OWNER, name="Load Owner")


async def _add_group(runtime: Runtime, owner: Person, name: str) -> None:
    office = runtime.administration
    with suppress(Conflict):  # an earlier set-up made it
        await office.add_group(
            owner, name=name, title=name.capitalize(), visibility=Visibility.CLOSED
        )
    if name == _SECRET:
        secret = Visibility.SECRET  # later, so that its name stays what it was
        await office.change_group(owner, name, title=None, visibility=secret, parent=None)


async def _add_people(runtime: Runtime, owner: Person, number: int) -> list[Known]:
    """People by place."""
    wanted = [
        Account(f"{n:06}", (f"load-{n:06}",), Kind.GUEST if _is_guest(n) else Kind.EMPLOYEE)
        for n in range(number)
    ]

    async def work(bulk: Bulk) -> Mapping[str, Known]:
        there = await elsewhere.accounts(bulk.connection, ORIGIN)
        new = [account for account in wanted if account.key not in there]
        await elsewhere.add_people(bulk.connection, ORIGIN, DOMAIN, new)
        return await elsewhere.accounts(bulk.connection, ORIGIN)

    known = await runtime.administration.in_bulk(owner, work)
    return [known[account.key] for account in wanted]


async def _seat(
    runtime: Runtime,
    owner: Person,
    groups: Mapping[int, str],
    planned: Plan,
    known: Sequence[Known],
) -> None:
    async def work(bulk: Bulk) -> None:
        for channel, places in planned.channels.items():
            group = await directory.group_key(bulk.connection, groups[channel])
            for role, chosen in _by_role(places):
                people = [known[n].person for n in chosen]
                await memberships.put_people(bulk.connection, group.id, people, role, ORIGIN)
            await bulk.follow("Add", group, [known[n].person for n in places])

    await runtime.administration.in_bulk(owner, work)


def _by_role(places: Iterable[int]) -> tuple[tuple[Role, list[int]], tuple[Role, list[int]]]:
    ordered = sorted(places)
    guests = [n for n in ordered if _is_guest(n)]
    return (Role.MEMBER, [n for n in ordered if not _is_guest(n)]), (Role.GUEST, guests)


def _is_guest(n: int) -> bool:
    return n % _GUEST_EVERY == _GUEST_EVERY - 1


async def _tokens(runtime: Runtime, people: Sequence[UUID]) -> list[str]:
    tokens = [secret(Prefix.TOKEN, secrets.token_bytes(SECRET_BYTES)) for _ in people]
    async with runtime.database.transaction() as connection:
        # One by one, with an audit record each, thousands of tokens would take a minute.
        await connection.execute(
            "DELETE FROM token WHERE name = $1 AND person = ANY($2)", ORIGIN, list(people)
        )
        await connection.execute(
            "INSERT INTO token (hash, person, name, scopes)"
            " SELECT h, p, $3, $4 FROM unnest($1::bytea[], $2::uuid[]) AS n (h, p)",
            [digest(token) for token in tokens],
            list(people),
            ORIGIN,
            sorted(ALL_SCOPES),
        )
    return tokens


def _cast(
    owner: Person,
    groups: Mapping[int, str],
    planned: Plan,
    known: Sequence[Known],
    tokens: Sequence[str],
) -> Cast:
    seats: dict[int, list[str]] = defaultdict(list)
    for channel, places in planned.channels.items():
        for n in places:
            seats[n].append(groups[channel])
    people = [
        Player(one.actor.handle, token, tuple(seats[n]), guest=_is_guest(n))
        for n, (one, token) in enumerate(zip(known, tokens[1:], strict=True))
    ]
    everything = (*groups.values(), _SECRET)
    return Cast(
        Player(owner.handle, tokens[0], everything, owner=True), _SECRET, dict(groups), people
    )
