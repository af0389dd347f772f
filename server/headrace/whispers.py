"""Who is writing just now: told to the others at once, on all nodes, and kept nowhere."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from headrace.model.entries import Whisper
from headrace.model.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.bus import Bus
    from headrace.live.hub import Hub
    from headrace.live.session import Session
    from headrace.model.levels import LevelName

#: Seconds between two whispers of a person in one place.
_PAUSE = 2.0


class Whispers:
    """Where the bus is away, those who are connected here are told. ``time`` counts seconds."""

    def __init__(self, hub: Hub, bus: Bus, *, time: Callable[[], float] = monotonic) -> None:
        self._hub = hub
        self._bus = bus
        self._time = time
        self._told: dict[tuple[str, str], float] = {}

    def begin(self, session: Session, group: str, level: LevelName | None = None) -> None:
        """Pass on that a person is writing in a group, at most every two seconds."""
        stream, reader = _place(session, group, level), session.reader
        if stream is None or not self._is_due(reader.person, stream):
            return
        whisper = Whisper(stream=stream, person=reader.person, handle=reader.handle)
        if self._bus.is_up:
            self._bus.announce([whisper])
        else:
            self.take(whisper)

    def take(self, whisper: Whisper) -> None:
        """Tell it to those who are connected here."""
        stream = self._hub.streams.get(whisper.stream)
        if stream is not None:
            self._hub.whisper(stream, whisper.person, whisper.handle)

    def _is_due(self, person: str, stream: str) -> bool:
        now, key = self._time(), (person, stream)
        if now - self._told.get(key, -_PAUSE) < _PAUSE:
            return False
        self._told = {known: at for known, at in self._told.items() if now - at < _PAUSE}
        self._told[key] = now
        return True


def _place(session: Session, group: str, level: LevelName | None) -> str | None:
    """The stream in which the others are told: of that level, or of the one that a post has by
    default: internal where the person reads it, else public."""
    places = {
        cohort.stream.level: cohort.stream.name
        for cohort in session.cohorts()
        if cohort.stream.group == group
    }
    if level is not None:
        return places.get(level)
    return places.get(Level.INTERNAL.label) or places.get(Level.PUBLIC.label)
