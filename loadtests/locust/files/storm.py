"""Everybody at once, and cut off again and again."""

from loadtests.locust.shapes import Storm
from loadtests.locust.users import (
    FilterUser,
    Lurker,
    Reader,
    ReconnectingUser,
    SlowReader,
    Writer,
)

__all__ = [
    "FilterUser",
    "Lurker",
    "Reader",
    "ReconnectingUser",
    "SlowReader",
    "Storm",
    "Writer",
]
