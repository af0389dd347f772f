"""How many users there are over time. ``--users`` is the most there are at once."""

from __future__ import annotations

import logging
from typing import Any

from locust import LoadTestShape

from loadtests.locust.talk import HOURS

log = logging.getLogger(__name__)

_CHANGE_RATE = 50.0
_STORM_SECONDS = 120.0


class Shape(LoadTestShape):
    """A shape that reads the options of its run."""

    abstract = True
    use_common_options = True

    @property
    def options(self) -> Any:
        """The options of this run."""
        if self.runner is None:
            raise AssertionError("the shape is asked before there is a runner")
        return self.runner.environment.parsed_options

    @property
    def most(self) -> int:
        """Users at the peak."""
        return int(self.options.num_users)

    def is_over(self, seconds: float) -> bool:
        """Whether the run has taken that long, or ``--run-time``."""
        return self.get_run_time() >= (self.options.run_time or seconds)


class WorkingDay(Shape):
    """A day of the trace, hour by hour: few at night, a morning, an afternoon's peak."""

    def tick(self) -> tuple[int, float] | None:
        length = self.options.day_seconds
        if self.is_over(length):
            return None
        hour = self.get_run_time() / length * 24
        return max(10, round(self.most * _between(hour))), _CHANGE_RATE


class Storm(Shape):
    """Nearly nobody; then everybody at once, cut off again and again (``--storm-every``)."""

    def tick(self) -> tuple[int, float] | None:
        if self.is_over(_STORM_SECONDS):
            return None
        if self.get_run_time() < 10:
            return max(10, self.most // 10), _CHANGE_RATE
        return self.most, max(_CHANGE_RATE, self.most / 2)


class Capacity(Shape):
    """More users, step by step, until deliveries come late or something fails."""

    def __init__(self) -> None:
        super().__init__()
        self._step = 0

    def tick(self) -> tuple[int, float] | None:
        step = int(self.get_run_time() / self.options.step_seconds)
        # How late deliveries are is judged at the end of a step: while newcomers connect, a
        # machine that will carry them well has more to do than afterwards.
        if trouble := self._failure() or (self._lateness() if step > self._step else ""):
            log.info("This machine carries %s, %s.", self._said(), trouble)
            return None
        if step > self._step:
            log.info("%s", self._so_far(step))
        self._step = step
        users = self._users() + self.options.step_users
        if users > self.most:
            log.info("This machine carries %d users, and perhaps more.", self._users())
            return None
        return users, max(_CHANGE_RATE, self.options.step_users / 5)

    def _so_far(self, step: int) -> str:
        users = step * int(self.options.step_users)
        return f"{users} users: 99 of 100 deliveries within {self._p99():.0f} ms."

    def _users(self) -> int:
        """How many it has carried until now."""
        return self._step * int(self.options.step_users)

    def _said(self) -> str:
        if not self._step:
            return f"fewer than {self.options.step_users} users: with so many"
        return f"{self._users()} users: with more"

    def _failure(self) -> str:
        """What ends the search at once."""
        if self.runner is None:
            raise AssertionError("the shape is asked before there is a runner")
        if self.runner.stats.total.num_failures:
            return "requests fail"
        if self.runner.cpu_warning_emitted or self.runner.worker_cpu_warning_emitted:
            return "these users need more CPU than they have (try --processes -1): no verdict"
        return ""

    def _lateness(self) -> str:
        late = self._p99()
        if late > self.options.most_ms:
            return f"one delivery in a hundred takes over {late:.0f} ms"
        return ""

    def _p99(self) -> float:
        """Milliseconds, over the last ten seconds."""
        if self.runner is None:
            raise AssertionError("the shape is asked before there is a runner")
        entry = self.runner.stats.get("delivery", "WS")
        return float(entry.get_current_response_time_percentile(0.99) or 0)


def _between(hour: float) -> float:
    """How busy it is at that time of day, of the busiest hour."""
    first = int(hour) % 24
    share = hour - int(hour)
    return HOURS[first] * (1 - share) + HOURS[(first + 1) % 24] * share
