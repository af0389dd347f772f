"""Passwords: argon2id (RFC 9106), off the event loop and few at a time.

A hash takes 64 MiB and about a tenth of a second, by intent: many at once would take the memory
and the processors that serve everybody else.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from headrace.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_AT_ONCE = 2
_MOST_WAITING = 64


class Passwords:
    """Makes and checks hashes. Raises TooManyRequests where too many wait already."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._decoy = _decoy(self._hasher)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The hash to store, with its parameters and a salt of its own."""
        return await self._work(lambda: self._hasher.hash(password))

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether it is this password; without a hash to compare with, no, after the same work."""
        return await self._work(lambda: self._matches(known or self._decoy, password))

    def is_outdated(self, known: str) -> bool:
        """Whether the hash was made with parameters other than today's."""
        return self._hasher.check_needs_rehash(known)

    def _matches(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, task: Callable[[], T]) -> T:
        if self._waiting >= _MOST_WAITING:
            raise TooManyRequests("too many sign in just now", retry_after=5)
        self._waiting += 1
        try:
            async with self._room:
                return await asyncio.to_thread(task)
        finally:
            self._waiting -= 1


def _decoy(hasher: PasswordHasher) -> str:
    """A hash that no password has, and that takes as long to compare with as a real one."""

    def zeros(length: int) -> str:
        return base64.b64encode(bytes(length)).decode().rstrip("=")

    return (
        f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        f"${zeros(hasher.salt_len)}${zeros(hasher.hash_len)}"
    )
