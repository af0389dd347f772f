"""Who imports, and whom: people of another system as people here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.log import directory, elsewhere
from headrace.model.people import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.administration import Administration, Bulk
    from headrace.log.database import Connection, Database
    from headrace.log.elsewhere import Account, Known
    from headrace.model.people import Person

IMPORTER = "importer@headrace.invalid"


async def importers(database: Database, administration: Administration) -> list[Person]:
    """The administrators; where there are none, a service that is made for it."""
    async with database.connection() as connection:
        found = await directory.admins(connection) or await _service(connection)
    if not found:
        added = await administration.add_person(
            None, email=IMPORTER, name="Importer", kind=Kind.SERVICE
        )
        found = [added]
    return found


async def _service(connection: Connection) -> list[Person]:
    known = await directory.find_person(connection, IMPORTER)
    return [] if known is None else [known]


async def settle(
    bulk: Bulk, origin: str, domain: str, accounts: Sequence[Account]
) -> tuple[dict[str, Known], int]:
    """See to it that accounts are people here; answers all of the origin, and how many are new."""
    connection = bulk.connection
    known = await elsewhere.accounts(connection, origin)
    new = [account for account in accounts if account.key not in known]
    if new:
        await elsewhere.add_people(connection, origin, domain, new)
        await bulk.record("person.import", origin, people=len(new))
    await elsewhere.note_names(connection, origin, _names(accounts, known))
    return await elsewhere.accounts(connection, origin), len(new)


def _names(accounts: Sequence[Account], known: dict[str, Known]) -> set[tuple[str, str]]:
    """Keys with names of the accounts that were seen with a name they were not known by."""
    found = set()
    for account in accounts:
        before = set(known[account.key].names) if account.key in known else set()
        seen = {name.lower() for name in account.names}
        if not seen <= before:
            found |= {(account.key, name) for name in seen | before}
    return found
