"""Many who ask, few questions; none answered from before it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from headrace.errors import Unavailable
from headrace.gathering import Gathering

Asked = asyncio.Task[Mapping[str, str]]


class Log:
    """Answers each question when it is let to, with what it knows by then."""

    def __init__(self) -> None:
        self.known = {"a": "Anna", "b": "Ben"}
        self.questions: list[list[str]] = []
        self.turns = asyncio.Semaphore(0)
        self.asked = asyncio.Event()
        self.is_away = False

    async def answer(self, keys: list[str]) -> dict[str, str]:
        self.questions.append(keys)
        self.asked.set()
        await self.turns.acquire()
        self.asked.clear()
        if self.is_away:
            raise Unavailable("away")
        return {key: self.known[key] for key in keys if key in self.known}


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def gathering(log: Log) -> Gathering[str, str]:
    return Gathering(log.answer)


def asking(gathering: Gathering[str, str], *keys: str) -> Asked:
    return asyncio.ensure_future(gathering.ask(keys))


async def test_those_who_come_meanwhile_are_asked_for_together(
    log: Log, gathering: Gathering[str, str]
) -> None:
    first = asking(gathering, "a")
    await log.asked.wait()
    others = [asking(gathering, *keys) for keys in (("a",), ("b", "a"), ("?",))]
    await asyncio.sleep(0)
    log.turns.release()
    log.turns.release()
    assert await first == {"a": "Anna"}
    for other in others:
        assert await other == {"a": "Anna", "b": "Ben"}
    assert log.questions == [["a"], ["a", "b", "?"]]


async def test_what_has_ended_is_over_for_who_asks_after_it(
    log: Log, gathering: Gathering[str, str]
) -> None:
    before = asking(gathering, "a")
    await log.asked.wait()
    after = asking(gathering, "a")
    await asyncio.sleep(0)
    log.turns.release()
    assert await before == {"a": "Anna"}
    del log.known["a"]
    log.turns.release()
    assert await after == {}


async def test_one_who_goes_does_not_take_the_answer_along(
    log: Log, gathering: Gathering[str, str]
) -> None:
    first, gone, stays = (asking(gathering, "a") for _ in range(3))
    await log.asked.wait()
    first.cancel()
    gone.cancel()
    log.turns.release()
    assert await stays == {"a": "Anna"}


async def test_what_fails_is_heard_by_all_who_wait_and_asked_anew_by_the_next(
    log: Log, gathering: Gathering[str, str]
) -> None:
    log.is_away = True
    asked = [asking(gathering, key) for key in ("a", "b", "b")]
    await log.asked.wait()
    log.turns.release()
    log.turns.release()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(error) for error in told] == [Unavailable] * 3
    assert log.questions == [["a"], ["b"]]
    log.is_away = False
    log.turns.release()
    assert await asking(gathering, "a") == {"a": "Anna"}
