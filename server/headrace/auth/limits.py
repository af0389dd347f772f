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

from headrace.auth import agents
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
        self._previewing = _throttle(means.settings.limit_preview)
        self._subscribing = _throttle(means.settings.limit_subscribe)

    async def sign_in(self, account: str, client: str) -> timedelta:
        """Count an attempt at an account from an address; how long to put off the answer.

        Raises Unavailable while the log is away.
        """
        settings, site = self._settings, agents.site(client)
        await self._take("sign-in address", settings.limit_sign_in_address, site)
        await self._take("sign-in", settings.limit_sign_in, account, site)
        wait = await self._count("sign-in account", settings.limit_sign_in_account, account)
        return min(wait, _MOST_DELAY)

    async def signed_in(self, account: str, client: str) -> None:
        """It was them: start again. Raises Unavailable."""
        async with self._means.database.connection() as connection:
            await attempts.drop(connection, _key("sign-in", account, agents.site(client)))

    async def reset(self, account: str, client: str) -> None:
        """Count a request for a new password. Raises Unavailable."""
        await self._take("reset address", self._settings.limit_reset_address, agents.site(client))
        await self._take("reset", self._settings.limit_reset, account)

    async def second_factor(self, person: str) -> None:
        """Count a code that somebody who knows the password tries. Raises Unavailable."""
        await self._take("second factor", self._settings.limit_second_factor, person)

    async def upload(self, person: str) -> None:
        """Count a file that a person sends. Raises Unavailable."""
        await self._spend("upload", self._settings.limit_upload, person)

    async def invite(self, person: str) -> None:
        """Count an invitation, or a request to join: others are told of it. Raises Unavailable."""
        await self._spend("invite", self._settings.limit_invite, person)

    async def invitation(self, client: str) -> None:
        """Count a try at the link of an invitation, by anybody. Raises Unavailable."""
        rate = self._settings.limit_invitation_address
        await self._take("invitation address", rate, agents.site(client))

    async def create_group(self, person: str) -> None:
        """Count a group that a person creates. Raises Unavailable."""
        await self._spend("create_group", self._settings.limit_create_group, person)

    async def classify(self, person: str) -> None:
        """Count a run over all that is there. Raises Unavailable."""
        await self._spend("classify", self._settings.limit_classify, person)

    def publish(self, person: str, count: int = 1) -> None:
        """Count activities that a person publishes through this node."""
        self._note(self._publishing, person, count)

    def preview(self, person: str) -> None:
        """Count an activity that this node previews for a person."""
        self._note(self._previewing, person)

    def subscribe(self, person: str) -> None:
        """Count a subscription that a person asks this node for."""
        self._note(self._subscribing, person)

    def _note(self, throttle: Throttle[str] | None, person: str, count: int = 1) -> None:
        if throttle is not None:
            throttle.take(person, self._means.clock().timestamp(), count)

    async def _spend(self, what: str, rate: Rate | None, person: str) -> None:
        """Count what somebody does who is known: they are told which limit it is and how high.

        Who only says who they are is not: how often one may guess is of use to guessing alone.
        """
        wait = await self._count(what, rate, person)
        if rate is not None and wait:
            raise _spent(what, rate, math.ceil(wait.total_seconds()))

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


def _spent(what: str, rate: Rate, wait: int) -> TooManyRequests:
    return TooManyRequests(
        f"{rate.burst} in a row, then one every {rate.interval:g} seconds: wait {wait} seconds",
        limit=what,
        most=rate.burst,
        interval=rate.interval,
        wait=wait,
        retry_after=wait,
    )


def _throttle(rate: Rate | None) -> Throttle[str] | None:
    return None if rate is None else Throttle(rate.burst, rate.interval)


def _key(what: str, *who: str) -> bytes:
    return hashlib.sha256("\x00".join((what, *who)).encode("utf-8", "replace")).digest()
