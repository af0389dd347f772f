"""The difference between an organisation as it should be and as it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headrace.errors import Conflict
from headrace.imports.organisation import Team
from headrace.log import elsewhere
from headrace.log.elsewhere import SourceGroup
from headrace.model.groups import GroupKind

if TYPE_CHECKING:
    from headrace.imports.organisation import Organisation
    from headrace.log.database import Connection
    from headrace.log.elsewhere import Known, Seat

ORIGIN = "org"


class Move(msgspec.Struct, frozen=True, order=True):
    """Somebody in a team: the account, its role before and after; None: no member."""

    team: str
    account: str
    before: str | None
    after: str | None


class Plan(msgspec.Struct):
    """What is to be done. ``here`` are the groups as they are."""

    here: dict[str, SourceGroup]
    new: list[Team]
    changed: list[Team]
    gone: list[str]
    joins: list[Move]
    leaves: list[Move]
    roles: list[Move]

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.new or self.changed or self.gone or self.moves)

    @property
    def moves(self) -> list[Move]:
        """All changes of members."""
        return [*self.joins, *self.leaves, *self.roles]


async def difference(connection: Connection, wanted: Organisation) -> Plan:
    """Compare. Raises Conflict where a group that is no team has a team's name."""
    names = [team.name for team in wanted.teams]
    here = await elsewhere.groups(connection, ORIGIN, names)
    for name in names:
        if name in here and here[name].key.kind != GroupKind.TEAM:
            raise Conflict(f"there is a group {name} already, and it is no team", group=name)
    known = await elsewhere.accounts(connection, ORIGIN)
    seats = await elsewhere.seats(connection, ORIGIN, [group.key.id for group in here.values()])
    moves = _moves(wanted, known, seats)
    return Plan(
        here=here,
        new=[team for team in wanted.teams if team.name not in here],
        changed=[team for team in wanted.teams if _is_changed(team, here.get(team.name))],
        gone=sorted(here.keys() - set(names)),
        joins=[move for move in moves if move.before is None],
        leaves=[move for move in moves if move.after is None],
        roles=[move for move in moves if move.before and move.after],
    )


def _is_changed(team: Team, here: SourceGroup | None) -> bool:
    # A team that was made by hand becomes ours with the first import that knows its name.
    return here is not None and (
        (team.title, team.parent, ORIGIN) != (here.key.title, here.above, here.source)
    )


def _moves(wanted: Organisation, known: dict[str, Known], seats: list[Seat]) -> list[Move]:
    by_hand = {(seat.group, seat.account) for seat in seats if seat.source != ORIGIN}
    closed = {account for account, person in known.items() if not person.active}
    after = {
        (team.name, account): role.value
        for team in wanted.teams
        for account, role in team.seats.items()
        if (team.name, account) not in by_hand and account not in closed
    }
    before = {
        (seat.group, seat.account): seat.role
        for seat in seats
        if seat.source == ORIGIN and seat.account is not None
    }
    return sorted(
        Move(team, account, before.get((team, account)), after.get((team, account)))
        for team, account in before.keys() | after.keys()
        if before.get((team, account)) != after.get((team, account))
    )
