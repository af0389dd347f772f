"""draining.py: a few at a time, within the time, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from headrace.draining import Drain, batch_size
from headrace.live.codes import DRAINING

if TYPE_CHECKING:
    from headrace.live.codes import CloseCode


class Place:
    """Connections, and a clock that moves when somebody sleeps."""

    def __init__(self, number: int, *, seconds: float, rate: float, polite: bool = True) -> None:
        self.time = 0.0
        self.told: list[tuple[float, Connection]] = []
        self.guests = {Connection(self, polite): None for _ in range(number)}
        self.drain = Drain(self.guests, seconds=seconds, rate=rate, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


class Connection:
    def __init__(self, place: Place, polite: bool) -> None:
        self._place = place
        self._polite = polite
        self.aborted = False

    def close(self, code: CloseCode) -> None:
        assert code is DRAINING
        self._place.told.append((self._place.time, self))
        if self._polite:
            del self._place.guests[self]

    def abort(self) -> None:
        self.aborted = True
        del self._place.guests[self]


async def test_clients_are_sent_away_evenly_over_the_time() -> None:
    place = Place(1_000, seconds=10, rate=1)
    await place.drain.begin()
    times = [moment for moment, _ in place.told]
    assert len(times) == place.drain.sent_away == 1_000
    assert max(map(times.count, set(times))) <= 100
    assert 9 <= times[-1] <= 10


async def test_a_few_are_gone_long_before_the_time_is_over() -> None:
    place = Place(20, seconds=600, rate=500)
    await place.drain.begin()
    assert place.time == 0


async def test_a_slow_rate_sends_one_at_a_time() -> None:
    place = Place(4, seconds=60, rate=2)
    await place.drain.begin()
    assert [moment for moment, _ in place.told] == [0, 0.5, 1.0, 1.5]


async def test_whoever_leaves_before_their_turn_is_not_told() -> None:
    place = Place(3, seconds=60, rate=1)
    task = place.drain.begin()
    await asyncio.sleep(0)
    gone = list(place.guests)[-1]
    del place.guests[gone]
    await task
    assert gone not in [connection for _, connection in place.told]
    assert place.drain.sent_away == 2


async def test_whoever_does_not_answer_the_close_is_cut_off() -> None:
    place = Place(3, seconds=0, rate=1, polite=False)
    connections = list(place.guests)
    await place.drain.begin()
    assert len(place.told) == 3
    assert all(connection.aborted for connection in connections)
    assert not place.guests


async def test_dismissing_begins_and_keeps_to_the_turns() -> None:
    place = Place(3, seconds=60, rate=1)
    for connection in list(place.guests):
        place.drain.dismiss(connection)
    assert place.told == []
    await place.drain.begin()
    assert [moment for moment, _ in place.told] == [0, 1, 2]


async def test_once_given_up_nobody_is_waited_for() -> None:
    place = Place(3, seconds=60, rate=1)
    task = place.drain.begin()
    place.drain.give_up()
    await asyncio.wait([task])
    for connection in list(place.guests):
        place.drain.dismiss(connection)
    assert [moment for moment, _ in place.told] == [0, 0, 0]


@given(
    number=st.integers(0, 60_000),
    pause=st.floats(0.1, 10),
    seconds=st.floats(0, 600),
    rate=st.floats(0.1, 100_000),
)
def test_a_batch_is_large_enough_for_time_and_rate(
    number: int, pause: float, seconds: float, rate: float
) -> None:
    size = batch_size(number, pause, seconds, rate)
    assert size >= 1
    pauses = max(0, math.ceil(number / size) - 1)
    assert pauses * pause <= seconds + 1e-6 or pauses == 0
    assert size >= rate * pause - 0.5
