"""What a node's bus has done since it began, in plain numbers."""

from __future__ import annotations


class Counts:
    """They only ever grow."""

    __slots__ = (
        "announced",
        "connects",
        "dropped",
        "moved",
        "probe_timeouts",
        "probes",
        "received",
        "unreadable",
    )

    def __init__(self) -> None:
        self.received = 0
        self.unreadable = 0
        self.announced = 0
        self.dropped = 0
        self.probes = 0
        self.probe_timeouts = 0
        self.connects = 0
        self.moved = 0
