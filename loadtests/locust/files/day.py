"""A working day from midnight to midnight."""

from loadtests.locust.shapes import WorkingDay

__all__ = ["WorkingDay"]
