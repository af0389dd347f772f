"""Users of every kind: as many as asked for, or as the shape beside this file says."""

from loadtests.locust.users import (
    FilterUser,
    Lurker,
    Reader,
    ReconnectingUser,
    SlowReader,
    Writer,
)

__all__ = ["FilterUser", "Lurker", "Reader", "ReconnectingUser", "SlowReader", "Writer"]
