"""An engine that has died is started again, as long as `headrace up` serves.

The out-of-memory killer takes whoever is largest, and nobody else starts an engine of ours.
"""

from __future__ import annotations

import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple

import psutil

from headrace.errors import HeadraceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Seconds between two looks at an engine.
LOOK = 1.0
#: Seconds before each try. The first one is for whoever ends the engines and us in one go, as
#: systemd does: by then we know that we are to go as well.
PAUSES = (0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
#: Starts that may fail in a row.
MOST_FAILED = 6
#: Seconds after which an engine that was started again is as good as any.
STEADY = 30.0


class Engine(NamedTuple):
    """One that is kept running. ``revive`` returns once it serves, else it raises."""

    name: str
    runs: Callable[[], bool]
    revive: Callable[[], None]


class News(NamedTuple):
    """What an operator is told of an engine; ``reason`` says why it is away still."""

    what: Literal["died", "away", "runs"]
    engine: str
    reason: str = ""


class EngineLost(Exception):
    """An engine could not be started so many times in a row."""

    def __init__(self, engine: str, tries: int, reason: str) -> None:
        super().__init__(f"{engine} could not be started {tries} times in a row: {reason}")
        self.engine = engine
        self.tries = tries
        self.reason = reason


class Tries:
    """How long to wait for the next try, and when it is enough.

    An engine that dies again and again is started ever more slowly, but given up only where it
    does not start.
    """

    def __init__(self) -> None:
        self._made = 0
        self.failed = 0

    @property
    def pause(self) -> float:
        """Seconds before the next try."""
        return PAUSES[min(self._made, len(PAUSES) - 1)]

    @property
    def are_over(self) -> bool:
        """Whether there is no next one."""
        return self.failed >= MOST_FAILED

    def count(self, *, failed: bool) -> None:
        """One more was made."""
        self._made += 1
        self.failed = self.failed + 1 if failed else 0

    def begin_anew_after(self, seconds: float) -> None:
        """The engine had run for so long when it died."""
        if seconds >= STEADY:
            self._made = 0


class Keeper:
    """Keeps one engine running.

    ``pause`` waits for so many seconds, and answers whether it is over by then.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        pause: Callable[[float], bool],
        now: Callable[[], float],
        tell: Callable[[News], None],
    ) -> None:
        self._engine = engine
        self._pause = pause
        self._now = now
        self._tell = tell
        self._tries = Tries()
        self._since = now()

    def run(self) -> None:
        """Until it is over. Raises EngineLost."""
        while not self._pause(LOOK):
            if not self._engine.runs():
                self._mourn()

    def _mourn(self) -> None:
        """Say that it died and start it again, unless we are about to go as well."""
        self._tries.begin_anew_after(self._now() - self._since)
        if self._pause(self._tries.pause):
            return
        self._tell(News("died", self._engine.name))
        while (reason := self._failure()) is not None:
            if self._tries.are_over:
                raise EngineLost(self._engine.name, self._tries.failed, reason)
            self._tell(News("away", self._engine.name, reason))
            if self._pause(self._tries.pause):
                return
        self._since = self._now()
        self._tell(News("runs", self._engine.name))

    def _failure(self) -> str | None:
        """Start it; why it did not, or None."""
        reason = None
        try:
            self._engine.revive()
        except (HeadraceError, OSError, subprocess.SubprocessError, psutil.Error) as error:
            reason = str(error).strip()
        self._tries.count(failed=reason is not None)
        return reason


@contextmanager
def keeping(
    engines: Sequence[Engine],
    *,
    is_over: Callable[[], bool],
    give_up: Callable[[], None],
    tell: Callable[[News], None],
) -> Iterator[None]:
    """Keep the engines running, each in a thread of its own, until ``is_over`` or the block ends.

    ``give_up`` is called, in that thread, where one is lost: the block should end then, and
    EngineLost is raised.
    """
    ended = threading.Event()

    def pause(seconds: float) -> bool:
        return ended.wait(seconds) or is_over()

    with ThreadPoolExecutor(len(engines), "keeper") as pool:
        keepers = [Keeper(one, pause=pause, now=time.monotonic, tell=tell) for one in engines]
        kept = [pool.submit(keeper.run) for keeper in keepers]
        for one in kept:
            one.add_done_callback(lambda _: give_up())
        try:
            yield
        finally:
            ended.set()
    for one in kept:
        one.result()
