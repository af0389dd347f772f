"""More users step by step until the machine carries no more."""

from loadtests.locust.shapes import Capacity
from loadtests.locust.users import (
    FilterUser,
    Lurker,
    Reader,
    ReconnectingUser,
    SlowReader,
    Writer,
)

__all__ = [
    "Capacity",
    "FilterUser",
    "Lurker",
    "Reader",
    "ReconnectingUser",
    "SlowReader",
    "Writer",
]
