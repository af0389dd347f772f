from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headrace.live.messages import Typed
from headrace.model.entries import StreamInfo
from headrace.whispers import Whispers
from tests.live_support import Peer, Ticks, info

if TYPE_CHECKING:
    from headrace.live.hub import Hub
    from headrace.live.stream import Stream
    from headrace.model.entries import Whisper

MORE = StreamInfo(stream="more", group="qm", level="confidential", head=0)


class QuietBus:
    """What it is given goes nowhere."""

    def __init__(self) -> None:
        self.is_up = False
        self.announced: list[Whisper] = []

    def announce(self, told: list[Whisper]) -> None:
        self.announced += told


class Place:
    """Mia and Jonas in group qm: all of it but for what is confidential is read by both."""

    def __init__(self) -> None:
        self.hub: Hub = Ticks().hub()
        bus: Any = QuietBus()
        self.bus: QuietBus = bus
        self.now = 0.0
        self.whispers = Whispers(self.hub, bus, time=lambda: self.now)
        usual: Stream = self.hub.open(info())
        self.mia, self.jonas = Peer(self.hub, "mia"), Peer(self.hub, "jonas")
        self.mia.subscribe(usual, self.hub.open(MORE))
        self.jonas.subscribe(usual)

    def heard(self, peer: Peer) -> int:
        return len(peer.of(Typed))


@pytest.fixture
def place() -> Place:
    return Place()


def test_without_a_bus_those_who_are_here_are_told(place: Place) -> None:
    place.whispers.begin(place.mia.session, "qm")
    assert place.jonas.of(Typed) == [Typed(group="qm", handle="mia")]
    assert place.heard(place.mia) == 0


def test_with_a_bus_it_is_told_there_and_here_when_it_comes_back(place: Place) -> None:
    place.bus.is_up = True
    place.whispers.begin(place.mia.session, "qm")
    assert place.heard(place.jonas) == 0
    (whisper,) = place.bus.announced
    assert (whisper.stream, whisper.handle) == ("s", "mia")
    place.whispers.take(whisper)
    assert place.heard(place.jonas) == 1


def test_a_person_is_passed_on_every_two_seconds_at_most(place: Place) -> None:
    for now, heard in ((0.0, 1), (1.9, 1), (2.0, 2), (3.9, 2), (4.0, 3)):
        place.now = now
        place.whispers.begin(place.mia.session, "qm")
        assert place.heard(place.jonas) == heard
    place.whispers.begin(place.jonas.session, "qm")
    assert place.heard(place.mia) == 1, "somebody else is another matter"


def test_what_is_written_at_a_level_is_told_to_those_who_read_it(place: Place) -> None:
    place.whispers.begin(place.mia.session, "qm", "confidential")
    assert place.heard(place.jonas) == 0
    place.whispers.begin(place.mia.session, "qm", "internal")
    assert place.heard(place.jonas) == 1


@pytest.mark.parametrize(("group", "level"), [("sales", None), ("qm", "confidential")])
def test_nothing_is_told_of_where_somebody_does_not_read(
    place: Place, group: str, level: Any
) -> None:
    place.whispers.begin(place.jonas.session, group, level)
    assert place.heard(place.mia) == 0


def test_a_whisper_in_a_stream_that_nobody_follows_here_is_nobodys(place: Place) -> None:
    place.bus.is_up = True
    place.whispers.begin(place.mia.session, "qm")
    (whisper,) = place.bus.announced
    nobody: Any = None
    Whispers(Ticks().hub(), nobody).take(whisper)
    assert place.heard(place.jonas) == 0
