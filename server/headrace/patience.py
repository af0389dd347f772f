"""How long a request may be on its way (RFC 9110, section 15.5.9).

No request has a timer, since nearly all are whole as soon as they begin. Who is waited for longer
is looked at together with all the others, as long as there is anybody.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from headrace.settings import Settings

#: Seconds between two looks at those who are waited for, at most.
_STEP = 1.0


class Arrival:
    """A head or a body that is on its way. Only the time spent on waiting for the client counts."""

    __slots__ = ("idle", "spent", "taken")

    def __init__(self) -> None:
        #: Seconds since it began, and since something of it came.
        self.spent = self.idle = 0.0
        #: Bytes that came.
        self.taken = 0

    def came(self, size: int) -> None:
        """So many bytes more."""
        self.taken += size
        self.idle = 0.0

    def waited(self, seconds: float) -> None:
        """And nothing came, as far as it knows."""
        self.spent += seconds
        self.idle += seconds


class Waiting(Protocol):
    """Who waits for a client."""

    def waited(self, seconds: float) -> None:
        """That long, once more."""


class Patience:
    """Tells those who wait how long they have, and what is too long: never sooner than the
    settings say, and up to two looks later."""

    def __init__(self, settings: Settings) -> None:
        self._head = settings.head_timeout
        self._stall = settings.stall_timeout
        self._rate = settings.body_rate
        self._step = min(_STEP, self._head, self._stall)
        self._waiting: set[Waiting] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, who: Waiting) -> None:
        """They wait from now on."""
        self._waiting.add(who)
        if self._timer is None:
            self._rest()

    def forget(self, who: Waiting) -> None:
        """They do not wait any more."""
        self._waiting.discard(who)

    def has_run_out_for_head(self, head: Arrival) -> bool:
        """However steadily it drips."""
        return head.spent - self._step >= self._head

    def has_run_out_for_body(self, body: Arrival) -> bool:
        """Nothing comes, or it has been coming too slowly from the beginning."""
        earned = self._stall + body.taken / self._rate
        return body.idle - self._step >= self._stall or body.spent - self._step >= earned

    def _rest(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._step, self._look)

    def _look(self) -> None:
        self._timer = None
        for who in tuple(self._waiting):
            who.waited(self._step)
        if self._waiting and self._timer is None:
            self._rest()
