"""Who is there: coalesced, expiring, told to those who read the group and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from headrace.live.messages import Presence, Subscribed
from headrace.live.presence import MOST_NAMED, Presences
from headrace.live.session import Subscription
from headrace.live.spread import Spread
from headrace.model.entries import Attendance, StreamInfo
from headrace.model.filters import parse
from tests.live_support import Peer, Ticks, entry

if TYPE_CHECKING:
    from headrace.live.hub import Hub
    from headrace.live.stream import Stream
    from headrace.model.levels import LevelName

LASTING = 30.0
Shown = Literal["shown", "hidden"]


class Place:
    """A node with a group, whose clock and whose bus are the test's."""

    def __init__(self, name: str = "here") -> None:
        self.now = 0.0
        self.said: list[Attendance] = []
        self.hub: Hub = Ticks().hub()
        self.presences = Presences(
            name, interval=2.0, lasting=LASTING, spread=Spread(), tally=self.hub.tally
        )
        self.hub.presences = self.presences
        self.stream: Stream = self.hub.open(
            StreamInfo(stream="p", group="qm", level="public", head=0)
        )

    def come(self, person: str, presence: Shown | None = "shown") -> Peer:
        peer = Peer(self.hub, person)
        self.follow(peer, presence)
        return peer

    def follow(self, peer: Peer, presence: Shown | None = "shown", ref: str = "1") -> None:
        subscription = Subscription(
            ref,
            "home",
            parse(""),
            inbox=False,
            presence=presence,
        )
        starts = self.hub.subscribe(peer.session, subscription, [self.stream], {})
        peer.session.send(Subscribed(id=ref, streams=starts))

    def turn(self) -> list[Attendance]:
        self.now += 2.0
        said = self.presences.turn(self.now)
        self.said += said
        return said

    def turns(self, seconds: float) -> None:
        for _ in range(int(seconds / 2)):
            self.turn()


def seen(peer: Peer) -> list[tuple[int, tuple[str, ...] | None]]:
    """What somebody was told, in order."""
    found = [message for message in peer.messages if isinstance(message, Presence)]
    return [(message.count, message.people) for message in found]


def elsewhere(turn: int, *people: str, asks: bool = False, node: str = "there") -> Attendance:
    named = {person: person for person in people}
    return Attendance(stream="p", node=node, turn=turn, count=len(named), people=named, asks=asks)


def test_all_that_come_within_a_turn_are_one_message() -> None:
    place = Place()
    peers = [place.come(f"person-{number}") for number in range(5)]
    assert [seen(peer) for peer in peers] == [[]] * 5
    place.turn()
    everybody = tuple(f"person-{number}" for number in range(5))
    assert [seen(peer) for peer in peers] == [[(5, everybody)]] * 5
    place.turns(10)
    assert len(seen(peers[0])) == 1, "nothing has changed"


def test_somebody_who_leaves_and_comes_back_within_a_turn_was_never_away() -> None:
    place = Place()
    mia, jonas = place.come("mia"), place.come("jonas")
    place.turn()
    place.hub.depart(jonas.session)
    place.come("jonas")
    place.turn()
    assert seen(mia) == [(2, ("jonas", "mia"))]


def test_a_person_with_two_windows_counts_once_and_leaves_with_the_last() -> None:
    place = Place()
    mia = place.come("mia")
    windows = [place.come("jonas"), place.come("jonas")]
    place.turn()
    place.hub.depart(windows[0].session)
    place.turn()
    place.hub.depart(windows[1].session)
    place.turn()
    assert seen(mia) == [(2, ("jonas", "mia")), (1, ("mia",))]


def test_who_hides_sees_and_is_not_seen_and_who_does_not_ask_neither() -> None:
    place = Place()
    hidden, silent = place.come("mia", "hidden"), place.come("jonas", None)
    olga = place.come("olga")
    place.turn()
    assert seen(olga) == seen(hidden) == [(1, ("olga",))]
    assert seen(silent) == []


def test_a_subscription_without_presence_that_replaces_one_with_it_ends_it() -> None:
    place = Place()
    mia, jonas = place.come("mia"), place.come("jonas")
    place.turn()
    place.follow(jonas, None)
    place.turn()
    assert seen(mia)[-1] == (1, ("mia",))
    assert len(seen(jonas)) == 1


def test_who_loses_the_group_is_neither_shown_nor_told_any_more() -> None:
    place = Place()
    mia, jonas = place.come("mia"), place.come("jonas")
    place.turn()
    place.hub.ingest(entry(1, "p", revoked=("jonas",)))
    place.come("olga")
    place.turn()
    assert seen(mia) == [(2, ("jonas", "mia")), (2, ("mia", "olga"))]
    assert len(seen(jonas)) == 1


@pytest.mark.parametrize("level", ["internal", "confidential", None])
def test_only_what_all_members_read_counts(level: LevelName | None) -> None:
    place = Place()
    place.stream.level = level
    mia = place.come("mia")
    place.turn()
    assert seen(mia) == []
    assert place.said == []


def test_a_connection_without_room_gets_nothing_now_and_the_whole_state_later() -> None:
    place = Place()
    slow, mia = place.come("jonas"), place.come("mia")
    slow.waiting_bytes = 1
    place.turn()
    place.come("olga")
    place.turn()
    assert seen(slow) == []
    assert place.hub.tally.presence_muted == 2
    slow.waiting_bytes = 0
    place.turn()
    assert seen(slow) == [(3, ("jonas", "mia", "olga"))]
    assert len(seen(mia)) == 2


def test_a_crowd_is_counted_and_not_named() -> None:
    place = Place()
    mia = place.come("mia")
    for number in range(MOST_NAMED):
        place.come(f"person-{number}")
    place.turn()
    assert seen(mia) == [(MOST_NAMED + 1, None)]
    assert place.said[-1].people == {}
    assert place.said[-1].count == MOST_NAMED + 1
    place.presences.take(elsewhere(1, "olga"), place.now)
    place.turn()
    assert seen(mia)[-1] == (MOST_NAMED + 2, None)


def test_people_of_other_nodes_are_there_too_and_nobody_twice() -> None:
    place = Place()
    mia = place.come("mia")
    place.presences.take(elsewhere(1, "mia", "jonas"), place.now)
    place.turn()
    assert seen(mia) == [(2, ("jonas", "mia"))]


def test_the_people_of_a_node_that_falls_silent_are_gone_and_stay_gone() -> None:
    place = Place()
    mia = place.come("mia")
    place.presences.take(elsewhere(7, "jonas"), place.now)
    place.turns(2 * LASTING)
    assert seen(mia) == [(2, ("jonas", "mia")), (1, ("mia",))]
    place.presences.take(elsewhere(6, "jonas"), place.now)
    place.presences.take(elsewhere(7, "jonas"), place.now)
    place.turn()
    assert seen(mia)[-1] == (1, ("mia",)), "a late message brings nobody back"


def test_what_still_holds_is_repeated_before_it_expires() -> None:
    here, there = Place("here"), Place("there")
    mia = here.come("mia")
    there.come("jonas")
    for _ in range(100):
        for told in there.turn():
            here.presences.take(told, here.now)
        here.turn()
    assert seen(mia)[-1] == (2, ("jonas", "mia"))
    assert len(there.said) < 25, "a few times within its time, not each turn"


def test_a_late_state_of_a_node_does_not_replace_a_newer_one() -> None:
    place = Place()
    mia = place.come("mia")
    place.presences.take(elsewhere(9), place.now)
    place.presences.take(elsewhere(8, "jonas"), place.now)
    place.turn()
    assert seen(mia) == [(1, ("mia",))]


def test_who_begins_to_watch_asks_and_is_answered_within_a_turn() -> None:
    here, there = Place("here"), Place("there")
    there.come("jonas")
    there.turns(4)
    mia = here.come("mia")
    (asked,) = here.turn()
    assert asked.asks
    there.presences.take(asked, there.now)
    (answer,) = there.turn()
    here.presences.take(answer, here.now)
    here.turn()
    assert seen(mia)[-1] == (2, ("jonas", "mia"))


def test_when_all_have_gone_the_others_are_told_and_nothing_is_left() -> None:
    place = Place()
    mia = place.come("mia")
    place.turn()
    place.presences.take(elsewhere(1, "jonas"), place.now)
    place.hub.depart(mia.session)
    (last,) = place.turn()
    assert (last.count, last.people) == (0, {})
    assert place.presences.rosters == {}
    assert place.stream.roster is None
    assert place.turn() == []
    place.presences.take(elsewhere(2, "jonas"), place.now)
    assert place.presences.rosters == {}, "nobody watches"


def test_a_quiet_group_costs_nothing_per_turn() -> None:
    place = Place()
    place.come("mia", "hidden")
    place.turn()
    place.said.clear()
    place.turns(4 * LASTING)
    assert place.said == []
