"""Close codes: one table for the server, the schemas and the web client.

RFC 6455, section 7.4.2, leaves 4000 to 4999 to applications. The range tells a client what to
do, so that one written today understands codes added tomorrow.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Reaction(StrEnum):
    """What a client does when it is closed."""

    STAY_AWAY = "stay_away"
    PAUSE = "pause"
    RESUME = "resume"


class CloseCode(NamedTuple):
    code: int
    name: str
    meaning: str

    @property
    def reaction(self) -> Reaction:
        """What the range of this code asks of a client."""
        if 4000 <= self.code < 4100:
            return Reaction.STAY_AWAY
        if 4100 <= self.code < 4200:
            return Reaction.PAUSE
        return Reaction.RESUME


BAD_TOKEN = CloseCode(4000, "bad_token", "The token, session or ticket is not valid.")
PROTOCOL_BROKEN = CloseCode(4001, "protocol_broken", "A frame was not a message of this protocol.")
ACCOUNT_CLOSED = CloseCode(4002, "account_closed", "The account is closed.")
SESSION_ENDED = CloseCode(4003, "session_ended", "The session was signed out.")
TOO_MANY_ERRORS = CloseCode(4004, "too_many_errors", "Too many wrong messages in a row.")
UNAVAILABLE = CloseCode(4100, "unavailable", "The log cannot be read just now.")
CROWDED = CloseCode(4101, "crowded", "The node takes no more connections just now.")
DRAINING = CloseCode(4102, "draining", "The node is going down; another one takes over.")
TOO_MANY_CONNECTIONS = CloseCode(
    4103, "too_many_connections", "This person has as many connections as a node takes."
)
STALLED = CloseCode(4200, "stalled", "Nothing could be written for too long.")
NO_PONG = CloseCode(4201, "no_pong", "The heartbeat was not answered.")

CLOSE_CODES: tuple[CloseCode, ...] = (
    BAD_TOKEN,
    PROTOCOL_BROKEN,
    ACCOUNT_CLOSED,
    SESSION_ENDED,
    TOO_MANY_ERRORS,
    UNAVAILABLE,
    CROWDED,
    DRAINING,
    TOO_MANY_CONNECTIONS,
    STALLED,
    NO_PONG,
)
