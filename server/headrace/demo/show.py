"""The demo for as long as a node runs it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from headrace.auth import Passwords
from headrace.demo import company, history, traffic
from headrace.errors import HeadraceError
from headrace.log import directory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from headrace.administration import Administration
    from headrace.demo.company import Company, SignIn
    from headrace.log.database import Connection, Database
    from headrace.publishing import Publisher

log = logging.getLogger(__name__)


def local_time() -> datetime:
    """The time in the zone of this machine, where the company's working day is."""
    return datetime.now(UTC).astimezone()


@asynccontextmanager
async def running(
    administration: Administration, publisher: Publisher, database: Database
) -> AsyncIterator[list[SignIn]]:
    """The company, made if this log is fresh, and its traffic; answers how to sign in.

    A log that others use already is left alone: then there is nobody to sign in as.
    """
    people = await _people(administration, publisher, database)
    if not people:
        yield []
        return
    random = Random()
    writer = traffic.Writer(traffic.load(), company.load().languages(), random)
    goes_on = traffic.Traffic(
        publisher, writer, people, random=random, clock=local_time, sleep=asyncio.sleep
    )
    task = asyncio.create_task(goes_on.run())
    try:
        yield company.sign_ins()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _people(
    administration: Administration, publisher: Publisher, database: Database
) -> dict[str, UUID]:
    """The ids of the demo's people, all of them there and their history told; none elsewhere."""
    staff = company.load()
    async with database.connection() as connection:
        if not await _is_ours(connection, staff):
            return {}
    try:
        await create(administration, publisher, database, now=local_time())
    except HeadraceError as error:
        log.warning("the demo company could not be made: %s", error)
    async with database.connection() as connection:
        return await _found(connection, staff)


async def create(
    administration: Administration, publisher: Publisher, database: Database, *, now: datetime
) -> None:
    """Create the company and tell its history, up to ``now``; what was begun is finished."""
    staff = company.load()
    password = await Passwords().hash(staff.password)
    await company.create(staff, administration, database, password)
    async with database.connection() as connection:
        people = await _found(connection, staff)
    said = history.waves(history.load(), now)
    await history.History(publisher, database, people).tell(said, now)


async def _is_ours(connection: Connection, staff: Company) -> bool:
    return await company.is_there(connection, staff) or not await directory.count(connection)


async def _found(connection: Connection, staff: Company) -> dict[str, UUID]:
    addresses = {staff.email(somebody): somebody.handle for somebody in staff.people}
    found = await directory.members_called(connection, list(addresses))
    return {addresses[member.email]: member.id for member in found.values()}
