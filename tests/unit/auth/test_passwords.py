from __future__ import annotations

import asyncio
import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from headrace.auth import passwords
from headrace.auth.passwords import Passwords
from headrace.errors import TooManyRequests


class Hasher(PasswordHasher):
    """Quick, and knows which hashes it compared with, and on which threads."""

    def __init__(self, memory_cost: int = 64) -> None:
        super().__init__(time_cost=1, memory_cost=memory_cost, parallelism=1)
        self.compared: list[str | bytes] = []
        self.threads: set[int] = set()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (its name)
        self.compared.append(hash)
        self.threads.add(threading.get_ident())
        return super().verify(hash, password)


async def test_a_password_is_verified_by_its_hash_alone() -> None:
    made = Passwords(Hasher())
    known = await made.hash("a long password")
    assert known.startswith("$argon2id$")
    assert await made.hash("a long password") != known
    assert await made.verify(known, "a long password")
    assert not await made.verify(known, "a long passwort")


async def test_an_unknown_address_takes_as_much_work_as_a_known_one() -> None:
    hasher = Hasher()
    assert not await Passwords(hasher).verify(None, "a long password")
    [decoy] = hasher.compared
    assert isinstance(decoy, str)
    assert extract_parameters(decoy) == extract_parameters(hasher.hash("anything"))


async def test_a_hash_that_is_none_matches_nothing() -> None:
    assert not await Passwords(Hasher()).verify("plain", "plain")


async def test_hashes_are_compared_off_the_event_loop() -> None:
    hasher = Hasher()
    await Passwords(hasher).verify(None, "x")
    assert threading.get_ident() not in hasher.threads


async def test_a_hash_made_with_other_parameters_is_outdated() -> None:
    old, new = Passwords(Hasher(64)), Passwords(Hasher(128))
    known = await old.hash("a long password")
    assert not old.is_outdated(known)
    assert new.is_outdated(known)


async def test_few_are_worked_on_at_once_and_not_too_many_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "_MOST_WAITING", 3)
    loop, both_run, released = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    running, most = 0, 0

    class Slow(Hasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (its name)
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
                if running == 2:
                    loop.call_soon_threadsafe(both_run.set)
            released.wait(10)
            with lock:
                running -= 1
            return True

    lock = threading.Lock()
    made = Passwords(Slow())
    waiting = [asyncio.create_task(made.verify(None, "x")) for _ in range(3)]
    await both_run.wait()
    with pytest.raises(TooManyRequests):
        await made.verify(None, "x")
    released.set()
    assert await asyncio.gather(*waiting) == [True, True, True]
    assert most == 2
    assert await made.verify(None, "x")
