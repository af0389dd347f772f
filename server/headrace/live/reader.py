"""A person who is connected, and what is withheld from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.live.session import Session
    from headrace.model.entries import Entry


class Reader:
    """A person with at least one connection here.

    ``lost`` are streams revoked meanwhile; ``readable`` those that the log gave when the inbox
    was at number ``known_to``.
    """

    __slots__ = ("handle", "inbox", "known_to", "lost", "person", "readable", "sessions")

    def __init__(self, person: str, handle: str, inbox: str) -> None:
        self.person = person
        self.handle = handle
        self.inbox = inbox
        self.sessions: list[Session] = []
        self.lost: frozenset[str] = frozenset()
        self.readable: tuple[str, ...] = ()
        self.known_to = 0

    def withholds(self, entry: Entry) -> bool:
        """Whether an inbox entry came through a stream that the person has lost since."""
        if entry.via is None:
            return False
        is_gone = entry.seq <= self.known_to and entry.via not in self.readable
        return is_gone or entry.via in self.lost
