"""As many users as asked for, for as long as asked for."""

from loadtests.locust.users import (
    FilterUser,
    Lurker,
    Reader,
    ReconnectingUser,
    SlowReader,
    Writer,
)

__all__ = ["FilterUser", "Lurker", "Reader", "ReconnectingUser", "SlowReader", "Writer"]
