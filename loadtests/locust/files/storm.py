"""Everybody at once, and cut off again and again."""

from loadtests.locust.shapes import Storm

__all__ = ["Storm"]
