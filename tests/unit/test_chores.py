"""Chores go on, whatever fails, and end with the process."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from headrace import chores
from headrace.errors import Unavailable
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

ROUND = ("sessions", "files", "sign-ins")
ALL = (*ROUND, "uses", "memberships")


class House:
    """What there is to do; ``done`` counts how often. While it is ``away``, the log is. Nothing
    expires but in ``left`` seconds."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.away = False
        self.left: float | None = None
        self.clock: Any = SimpleNamespace(keep=self._keep)
        self.services: Any = SimpleNamespace(
            settings=SimpleNamespace(expiry_interval=3_600.0),
            database=None,
            accounts=SimpleNamespace(
                forget_expired=self._work("sessions"),
                uses=SimpleNamespace(write=self._work("uses")),
            ),
            files=SimpleNamespace(sweep=self._work("files")),
            sign_ins=SimpleNamespace(forget_expired=self._work("sign-ins")),
            administration=SimpleNamespace(expire=self._work("memberships")),
        )

    def _work(self, name: str) -> Callable[[], Awaitable[float | None]]:
        async def work() -> float | None:
            self.done[name] += 1
            if self.away:
                raise Unavailable
            return self.left

        return work

    async def _keep(self, _: object) -> None:
        self.done["clock"] += 1


def hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_HOUSEKEEPING", "_NOTING"):
        monkeypatch.setattr(chores, name, 0.0)


async def test_a_log_that_is_away_ends_no_chore(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)
    house = House()
    house.away = True
    house.services.settings.expiry_interval = 0.0
    async with chores.going_on(house.services, house.clock):
        await until(lambda: min(house.done[name] for name in ALL) > 1)
    assert house.done["clock"] == 1


async def test_what_was_used_is_noted_at_the_end_and_nothing_is_done_after_it() -> None:
    house = House()
    async with chores.going_on(house.services, house.clock):
        await until(lambda: house.done["memberships"])
        assert house.done["uses"] == 0
    done = house.done.copy()
    assert done["uses"] == 1
    assert all(house.done[name] == 0 for name in ROUND), "that has time"
    await asyncio.sleep(0)
    assert house.done == done
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_who_leaves_soon_is_not_waited_for_longer() -> None:
    house = House()
    house.left = 0.0
    async with chores.going_on(house.services, house.clock):
        await until(lambda: house.done["memberships"] > 2)


async def test_a_process_without_sign_ins_keeps_house_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasten(monkeypatch)
    house = House()
    house.services.sign_ins = None
    async with chores.going_on(house.services, house.clock):
        await until(lambda: house.done["files"] > 1)
    assert house.done["sign-ins"] == 0
