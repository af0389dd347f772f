"""Many requests, few questions; none answered from before it was asked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from headrace.auth.lookups import Lookups
from headrace.errors import Unavailable
from headrace.log import accounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from headrace.log.database import Database

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Log:
    """Answers each question when it is let to, with what it knows by then."""

    def __init__(self) -> None:
        self.known = {b"a": "Anna", b"b": "Ben"}
        self.questions: list[list[bytes]] = []
        self.turns = asyncio.Semaphore(0)
        self.asked = asyncio.Event()
        self.is_away = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Log]:
        if self.is_away:
            raise Unavailable("away")
        yield self

    async def identify(self, secrets: Sequence[bytes]) -> dict[bytes, str]:
        self.questions.append(list(secrets))
        self.asked.set()
        await self.turns.acquire()
        self.asked.clear()
        return {secret: self.known[secret] for secret in secrets if secret in self.known}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    async def identify(connection: Log, secrets: Sequence[bytes], now: datetime) -> Any:
        assert now == NOW
        return await connection.identify(secrets)

    monkeypatch.setattr(accounts, "identify", identify)
    return Log()


@pytest.fixture
def lookups(log: Log) -> Lookups:
    return Lookups(cast("Database", log), lambda: NOW)


def asking(lookups: Lookups, secret: bytes) -> asyncio.Task[Any]:
    return asyncio.ensure_future(lookups.find(secret))


async def test_those_who_come_meanwhile_are_asked_about_together(
    log: Log, lookups: Lookups
) -> None:
    first = asking(lookups, b"a")
    await log.asked.wait()
    others = [asking(lookups, secret) for secret in (b"a", b"b", b"a", b"?")]
    await asyncio.sleep(0)
    log.turns.release()
    log.turns.release()
    assert await first == "Anna"
    assert await asyncio.gather(*others) == ["Anna", "Ben", "Anna", None]
    assert log.questions == [[b"a"], [b"a", b"b", b"?"]]


async def test_what_has_ended_is_over_for_who_asks_after_it(log: Log, lookups: Lookups) -> None:
    before = asking(lookups, b"a")
    await log.asked.wait()
    after = asking(lookups, b"a")
    await asyncio.sleep(0)
    log.turns.release()
    assert await before == "Anna"
    del log.known[b"a"]
    log.turns.release()
    assert await after is None


async def test_one_who_goes_does_not_take_the_answer_along(log: Log, lookups: Lookups) -> None:
    gone, stays = (asking(lookups, b"a") for _ in range(2))
    await log.asked.wait()
    gone.cancel()
    log.turns.release()
    assert await stays == "Anna"


async def test_while_the_log_is_away_everybody_hears_so_and_later_is_asked_again(
    log: Log, lookups: Lookups
) -> None:
    log.is_away = True
    told = await asyncio.gather(lookups.find(b"a"), lookups.find(b"b"), return_exceptions=True)
    assert [type(error) for error in told] == [Unavailable, Unavailable]
    log.is_away = False
    log.turns.release()
    assert await asking(lookups, b"a") == "Anna"
