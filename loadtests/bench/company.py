"""A company of any size, quickly: people with tokens, groups, memberships."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headrace.administration import Administration
from headrace.auth.credentials import SECRET_BYTES, Prefix, digest, secret
from headrace.log import Database, elsewhere
from headrace.log.elsewhere import Account
from headrace.model.identity import ALL_SCOPES
from headrace.publishing import Publisher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.administration import Bulk
    from headrace.log.elsewhere import Known
    from headrace.model.people import Person
    from loadtests.bench.engines import Addresses

_ORIGIN = "bench"


class Member(NamedTuple):
    """Somebody, and the token of their programs."""

    id: UUID
    token: str


class Company:
    """``boss`` owns every group and publishes; ``members`` read."""

    def __init__(self, boss: Member, members: Sequence[Member]) -> None:
        self.boss = boss
        self.members = members


async def found(addresses: Addresses, people: int, groups: Mapping[str, Sequence[int]]) -> Company:
    """So many people, and groups by name with the places of their members among them."""
    database = await Database.connect(addresses.database_url, size=2)
    publisher = Publisher(database, lambda _: None, clock=_now, random_bits=secrets.randbits)
    work = _Founding(database, Administration(publisher, clock=_now, random_bits=secrets.randbits))
    try:
        return await work.run(people, groups)
    finally:
        await publisher.close()
        await database.close()


class _Founding:
    def __init__(self, database: Database, administration: Administration) -> None:
        self._database = database
        self._administration = administration

    async def run(self, people: int, groups: Mapping[str, Sequence[int]]) -> Company:
        boss = await self._administration.add_person(
            None, email="boss@example.org", name="Boss", admin=True
        )
        keys = await self._people(boss, people)
        for name, places in groups.items():
            await self._administration.add_group(boss, name=name, title=name.title())
            if places:
                chosen = [keys[place] for place in places]
                await self._administration.add_writers(boss, name, chosen, _ORIGIN)
        first, *others = await self._tokens([UUID(boss.id), *keys])
        return Company(first, others)

    async def _people(self, boss: Person, number: int) -> list[UUID]:
        accounts = [Account(f"{n:06}", (f"reader{n:06}",)) for n in range(number)]

        async def work(bulk: Bulk) -> Mapping[str, Known]:
            await elsewhere.add_people(bulk.connection, _ORIGIN, "example.org", accounts)
            return await elsewhere.accounts(bulk.connection, _ORIGIN)

        known = await self._administration.in_bulk(boss, work) if number else {}
        return [known[account.key].person for account in accounts]

    async def _tokens(self, people: Sequence[UUID]) -> list[Member]:
        tokens = [secret(Prefix.TOKEN, secrets.token_bytes(SECRET_BYTES)) for _ in people]
        async with self._database.connection() as connection:
            # One by one with an audit record each, 15,000 tokens would take a minute.
            await connection.execute(
                "INSERT INTO token (hash, person, name, scopes)"
                " SELECT h, p, 'bench', $3 FROM unnest($1::bytea[], $2::uuid[]) AS n (h, p)",
                [digest(token) for token in tokens],
                list(people),
                sorted(ALL_SCOPES),
            )
        return [Member(person, token) for person, token in zip(people, tokens, strict=True)]


def _now() -> datetime:
    return datetime.now(UTC)
