"""More users step by step until the machine carries no more."""

from loadtests.locust.shapes import Capacity

__all__ = ["Capacity"]
