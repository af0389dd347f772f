"""What goes on as long as a process serves, whoever asks for what."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from headrace.errors import Unavailable
from headrace.tasks import watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from headrace.api.services import Services
    from headrace.auth import Accounts
    from headrace.clock import Clock

#: Seconds between two rounds of what is over.
_HOUSEKEEPING = 600.0
#: Seconds for which it may stay unwritten that something was used.
_NOTING = 30.0


@asynccontextmanager
async def going_on(services: Services, clock: Clock) -> AsyncIterator[None]:
    """The chores, until the block ends."""
    chores = [
        watched(clock.keep(services.database), "looking at the clock"),
        watched(_keep_house(services), "housekeeping"),
        watched(_keep_noting(services.accounts), "noting what was used"),
        watched(_keep_expiring(services), "ending what expires"),
    ]
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        with suppress(Unavailable):
            await services.accounts.uses.write()


async def _keep_house(services: Services) -> None:
    """Remove sessions, tickets, sign-ins and files that are over. Nothing depends on when."""
    work = [services.accounts.forget_expired, services.files.sweep]
    if services.sign_ins is not None:
        work.append(services.sign_ins.forget_expired)
    while True:
        await asyncio.sleep(_HOUSEKEEPING)
        for task in work:
            with suppress(Unavailable):
                await task()


async def _keep_noting(accounts: Accounts) -> None:
    """Write down when sessions and tokens were used."""
    while True:
        await asyncio.sleep(_NOTING)
        with suppress(Unavailable):
            await accounts.uses.write()


async def _keep_expiring(services: Services) -> None:
    """End memberships when their time is over. Nobody reads any longer if this is late."""
    most = services.settings.expiry_interval
    while True:
        left: float | None = most
        with suppress(Unavailable):
            left = await services.administration.expire()
        await asyncio.sleep(most if left is None else min(max(left, 0.0), most))
