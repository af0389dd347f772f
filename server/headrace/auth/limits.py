"""How often people and addresses may do what costs others something.

Attempts to prove who one is are counted in the log, for all nodes together: they ask it anyway.
What is frequent is counted in the memory of each node, without a round trip.

Guessing at one account from many addresses makes signing in to it slow, and never impossible: its
true owner, who comes from yet another address, gets in.
"""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.auth.throttle import Throttle
from headrace.errors import TooManyRequests
from headrace.log import attempts

if TYPE_CHECKING:
    from headrace.auth.means import Means
    from headrace.settings import Rate

_MOST_DELAY = timedelta(seconds=5)


class Limits:
    """Every method raises TooManyRequests, with the seconds after which to try again."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._settings = means.settings
        self._publishing = _throttle(means.settings.limit_publish)

    async def sign_in(self, account: str, client: str) -> timedelta:
        """Count an attempt at an account from an address; how long to put off the answer.

        Raises Unavailable while the log is away.
        """
        settings = self._settings
        await self._take("sign-in address", settings.limit_sign_in_address, client)
        await self._take("sign-in", settings.limit_sign_in, account, client)
        wait = await self._count("sign-in account", settings.limit_sign_in_account, account)
        return min(wait, _MOST_DELAY)

    async def signed_in(self, account: str, client: str) -> None:
        """It was them: start again. Raises Unavailable."""
        async with self._means.database.connection() as connection:
            await attempts.drop(connection, _key("sign-in", account, client))

    async def reset(self, account: str, client: str) -> None:
        """Count a request for a new password. Raises Unavailable."""
        await self._take("reset address", self._settings.limit_reset_address, client)
        await self._take("reset", self._settings.limit_reset, account)

    async def second_factor(self, person: str) -> None:
        """Count a code that somebody who knows the password tries. Raises Unavailable."""
        await self._take("second factor", self._settings.limit_second_factor, person)

    def publish(self, person: str, count: int = 1) -> None:
        """Count activities that a person publishes through this node."""
        if self._publishing is not None:
            self._publishing.take(person, self._means.clock().timestamp(), count)

    async def _take(self, what: str, rate: Rate | None, *who: str) -> None:
        wait = await self._count(what, rate, *who)
        if wait:
            raise TooManyRequests(retry_after=math.ceil(wait.total_seconds()))

    async def _count(self, what: str, rate: Rate | None, *who: str) -> timedelta:
        if rate is None:
            return timedelta(0)
        interval = timedelta(seconds=rate.interval)
        async with self._means.database.connection() as connection:
            return await attempts.take(
                connection,
                _key(what, *who),
                self._means.clock(),
                interval,
                interval * (rate.burst - 1),
            )


def _throttle(rate: Rate | None) -> Throttle[str] | None:
    return None if rate is None else Throttle(rate.burst, rate.interval)


def _key(what: str, *who: str) -> bytes:
    return hashlib.sha256("\x00".join((what, *who)).encode("utf-8", "replace")).digest()
