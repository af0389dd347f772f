"""What has ended is ended on every node, whatever the bus tells, and in whatever order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from headrace.endings import Endings, Guarded
from headrace.errors import Unavailable
from headrace.live.codes import ACCOUNT_CLOSED, SESSION_ENDED, UNAVAILABLE
from headrace.live.session import Permit
from headrace.log import Database, endings
from headrace.model.identity import Identity
from tests.live_support import Peer, Ticks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headrace.live.codes import CloseCode
    from headrace.live.hub import Hub
    from headrace.model.entries import Ending
    from tests.integration.conftest import Organisation

ONE, OTHER = uuid4(), uuid4()


class Clock:
    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


class Connected(Peer):
    """``gone`` is set once it is closed."""

    def __init__(self, hub: Hub, person: str) -> None:
        super().__init__(hub, person)
        self.gone = asyncio.Event()

    def close(self, code: CloseCode) -> None:
        super().close(code)
        self.gone.set()


class Station:
    """The part of a node that ends connections; Jonas has two."""

    def __init__(self, organisation: Organisation, database: Database | None = None) -> None:
        self.organisation = organisation
        self.clock = Clock()
        self.hub: Hub = Ticks().hub()
        self.endings = Endings(
            self.hub,
            database or organisation.database,
            interval=0.02,
            patience=30,
            time=self.clock,
        )
        self.one, self.other = self.connect(ONE), self.connect(OTHER)

    def connect(self, credential: UUID) -> Connected:
        peer = Connected(self.hub, self.organisation.jonas.id)
        peer.session.permit = Permit(str(credential))
        return peer

    async def end(self, credentials: Iterable[UUID] | None) -> Ending:
        """Commit that they have ended, and tell nobody."""
        organisation = self.organisation
        ended = None if credentials is None else list(credentials)
        async with organisation.database.transaction() as connection:
            return await endings.append(
                connection, UUID(organisation.jonas.id), ended, organisation.clock()
            )

    def guarded(self, credential: UUID) -> Guarded:
        known = Identity(
            person=self.organisation.jonas,
            credential=str(credential),
            is_session=True,
            inbox_head=0,
        )
        return Guarded(known, self.endings.heard)


@pytest.fixture
async def station(organisation: Organisation) -> Station:
    made = Station(organisation)
    await made.endings.ready()
    return made


async def test_what_the_bus_tells_ends_those_connections_and_no_others(station: Station) -> None:
    station.endings.offer(await station.end([ONE]))
    assert station.one.closed is SESSION_ENDED
    assert station.other.closed is None


async def test_without_a_bus_a_look_at_the_log_finds_it(station: Station) -> None:
    await station.end([ONE])
    await station.endings.look()
    assert station.one.closed is SESSION_ENDED
    assert station.endings.missed == 1


async def test_a_node_looks_by_itself(station: Station) -> None:
    await station.endings.start()
    await station.end([ONE])
    async with asyncio.timeout(5):
        await station.one.gone.wait()
    await station.endings.close()


async def test_a_closed_account_ends_all_its_connections(station: Station) -> None:
    station.endings.offer(await station.end(None))
    assert (station.one.closed, station.other.closed) == (ACCOUNT_CLOSED, ACCOUNT_CLOSED)


async def test_what_the_bus_lost_is_found_once_it_tells_of_the_next(station: Station) -> None:
    await station.end([ONE])
    station.endings.offer(await station.end([OTHER]))
    assert (station.one.closed, station.other.closed) == (None, SESSION_ENDED)
    await station.endings.look()
    assert station.one.closed is SESSION_ENDED


async def test_bytes_that_wait_in_a_transport_are_thrown_away(station: Station) -> None:
    station.one.waiting_bytes = 4_096
    station.endings.offer(await station.end([ONE]))
    assert station.one.aborted
    assert station.one.closed is None
    assert station.hub.tally.purged_bytes == 4_096


async def test_nobody_is_let_in_with_what_ended_while_they_came(station: Station) -> None:
    coming, staying = station.guarded(ONE), station.guarded(OTHER)
    station.endings.offer(await station.end([ONE]))
    assert station.endings.have_ended(coming)
    assert not station.endings.have_ended(staying)
    assert not station.endings.have_ended(station.guarded(ONE)), "it was asked after the ending"


async def test_of_more_endings_than_are_remembered_nobody_is_sure(station: Station) -> None:
    coming = station.guarded(OTHER)
    station.endings._recent.clear()
    station.endings.heard += 1
    assert station.endings.have_ended(coming)


async def test_a_node_that_starts_begins_with_what_is_now(organisation: Organisation) -> None:
    station = Station(organisation)
    await station.end([ONE])
    await station.endings.ready()
    assert station.one.closed is None, "nobody can have come before the node was ready"
    assert station.endings.heard == 0


async def test_endings_have_numbers_without_holes_in_the_order_of_their_commits(
    station: Station,
) -> None:
    made = await asyncio.gather(*(station.end([ONE]) for _ in range(8)))
    assert sorted(one.no for one in made) == list(range(1, 9))
    seen = await endings.after(station.organisation.database, 3)
    assert [one.no for one in seen] == [4, 5, 6, 7, 8]


async def test_a_node_that_cannot_look_for_long_sends_everybody_away(
    organisation: Organisation,
) -> None:
    class Away(Database):
        def connection(self) -> Any:
            raise Unavailable

    station = Station(organisation, Away(None))
    station.clock.time += 29
    station.endings.send_away_if_blind()
    assert station.one.closed is None
    station.clock.time += 2
    station.endings.send_away_if_blind()
    assert station.one.closed is UNAVAILABLE


async def test_a_log_restored_from_an_older_copy_sends_everybody_away(station: Station) -> None:
    station.endings.offer(await station.end([uuid4()]))
    async with station.organisation.database.connection() as connection:
        await connection.execute("UPDATE installation SET endings = 0")
        await connection.execute("DELETE FROM ending")
    await station.endings.look()
    assert (station.one.closed, station.other.closed) == (UNAVAILABLE, UNAVAILABLE)
    station.endings.offer(await station.end([ONE]))
    assert station.endings.heard == 2
