"""An organisation's team files become teams here: what would change, and the change itself.

Applying is one transaction: all of it or nothing. Only memberships that came from here are ever
taken away; who was made a member by hand stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.errors import TeamCycle
from headrace.imports import roster
from headrace.imports.plan import ORIGIN, Plan, difference
from headrace.log import authority, directory, elsewhere
from headrace.log.elsewhere import Account
from headrace.model.groups import GroupKind

if TYPE_CHECKING:
    from headrace.administration import Administration, Bulk
    from headrace.imports.organisation import Organisation, Team
    from headrace.log.database import Database
    from headrace.log.elsewhere import Known

DOMAIN = "org.invalid"


class OrgImport:
    """Plans and applies."""

    def __init__(self, database: Database, administration: Administration) -> None:
        self._database = database
        self._administration = administration

    async def plan(self, wanted: Organisation) -> Plan:
        """What applying would change. Raises Conflict, Unavailable."""
        async with self._database.snapshot() as connection:
            return await difference(connection, wanted)

    async def apply(self, wanted: Organisation) -> Plan:
        """Make it so; answers what was changed. Raises Conflict, TeamCycle, Unavailable."""
        by, *_ = await roster.importers(self._database, self._administration)

        async def work(bulk: Bulk) -> Plan:
            plan = await difference(bulk.connection, wanted)
            if not plan.is_empty:
                await _Change(bulk, wanted, plan).make()
            return plan

        return await self._administration.in_bulk(by, work)


class _Change:
    """One plan carried out."""

    def __init__(self, bulk: Bulk, wanted: Organisation, plan: Plan) -> None:
        self._bulk = bulk
        self._connection = bulk.connection
        self._wanted = wanted
        self._plan = plan
        self._ids = {name: group.key.id for name, group in plan.here.items()}
        self._joined = {move.team for move in plan.joins}
        self._left = {move.team for move in plan.leaves}
        self._promoted = {move.team for move in plan.roles}

    async def make(self) -> None:
        people = await self._people()
        for team in self._plan.new:
            await self._add(team)
        for team in self._plan.changed:
            await self._change(team)
        await self._end()
        await self._seat(people)
        for name in self._touched():
            key = await directory.group_key(self._connection, name)
            await self._bulk.follow(self._verb(name), key, None)
        await self._record()

    async def _people(self) -> dict[str, Known]:
        needed = dict.fromkeys(move.account for move in self._plan.joins)
        accounts = [Account(key, (self._wanted.names[key],)) for key in needed]
        known, _ = await roster.settle(self._bulk, ORIGIN, DOMAIN, accounts)
        return known

    async def _add(self, team: Team) -> None:
        self._ids[team.name] = await directory.add_group(
            self._connection,
            name=team.name,
            title=team.title,
            kind=GroupKind.TEAM,
            visibility=team.visibility,
            parent=self._above(team),
        )
        await elsewhere.set_source(self._connection, [self._ids[team.name]], ORIGIN)

    async def _change(self, team: Team) -> None:
        group, above = self._plan.here[team.name].key, self._above(team)
        if above is not None and await authority.contains(self._connection, group.id, above):
            raise TeamCycle(f"{team.parent} is part of {team.name} already")
        await directory.change_group(
            self._connection, group.id, team.title, group.visibility, above
        )
        await elsewhere.set_source(self._connection, [group.id], ORIGIN)

    def _above(self, team: Team) -> int | None:
        return None if team.parent is None else self._ids[team.parent]

    async def _end(self) -> None:
        """Teams that are gone keep their streams; they stand alone, and are ours from now on."""
        for name in self._plan.gone:
            group = self._plan.here[name].key
            await directory.change_group(
                self._connection, group.id, group.title, group.visibility, None
            )
        await elsewhere.set_source(self._connection, [self._ids[n] for n in self._plan.gone], None)

    async def _seat(self, people: dict[str, Known]) -> None:
        plan = self._plan
        put = [
            (self._ids[move.team], people[move.account].person, move.after)
            for move in (*plan.joins, *plan.roles)
            if move.after is not None
        ]
        dropped = [(self._ids[move.team], people[move.account].person) for move in plan.leaves]
        await elsewhere.put_seats(self._connection, ORIGIN, put)
        await elsewhere.drop_seats(self._connection, ORIGIN, dropped)

    def _touched(self) -> list[str]:
        """The teams whose readers may change, those that contain others first."""
        plan = self._plan
        found = {move.team for move in plan.moves} | set(plan.gone)
        found |= {team.name for team in (*plan.new, *plan.changed)}
        found |= {group.above for name, group in plan.here.items() if name in found and group.above}
        order = {team.name: place for place, team in enumerate(self._wanted.teams)}
        return sorted(self._with_parents(found), key=lambda name: (order.get(name, -1), name))

    def _with_parents(self, names: set[str]) -> set[str]:
        parents = {team.name: team.parent for team in self._wanted.teams}
        found: set[str] = set()
        for name in names:
            above: str | None = name
            while above is not None and above not in found:
                found.add(above)
                above = parents.get(above)
        return found

    def _verb(self, name: str) -> str:
        is_joined, is_left = name in self._joined, name in self._left
        if is_joined == is_left or name in self._promoted:
            return "Update"
        return "Add" if is_joined else "Remove"

    async def _record(self) -> None:
        plan = self._plan
        await self._bulk.record(
            "org.import",
            ORIGIN,
            new=[team.name for team in plan.new],
            changed=[team.name for team in plan.changed],
            gone=plan.gone,
            joins=len(plan.joins),
            leaves=len(plan.leaves),
            roles=len(plan.roles),
        )
