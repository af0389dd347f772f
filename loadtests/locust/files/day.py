"""A working day from midnight to midnight."""

from loadtests.locust.shapes import WorkingDay
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
    "WorkingDay",
    "Writer",
]
