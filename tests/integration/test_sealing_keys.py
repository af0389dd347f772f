"""Which key secrets are sealed with: taken up by every node, changed as a whole, missed aloud."""

from __future__ import annotations

import asyncio
import base64
import secrets
import subprocess
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

from headrace.auth.key_file import KeyFile, written
from headrace.auth.sealing import Key, Purpose, Ring, key_of
from headrace.auth.sealing_keys import Changed, SealingKeys
from headrace.embedded.postgres import INSTALLATION
from headrace.errors import SecretKeyMismatch, SecretKeyMissing
from headrace.log import Database, audit, migrate, schema, sealing
from tests.conftest import SECRET_KEY, execute, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from headrace.embedded import Engines
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation

OLD, NEW = Key(SECRET_KEY), Key(base64.b64encode(b"\x07" * 32).decode())
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def keys(organisation: Organisation) -> SealingKeys:
    return SealingKeys(organisation.database, secrets.token_bytes)


async def leave_open(organisation: Organisation, *people: Person) -> None:
    """As versions before this one kept secrets."""
    async with organisation.database.connection() as connection:
        for person in people:
            await connection.execute(
                "INSERT INTO totp (person, secret, confirmed) VALUES ($1, $2, true)",
                UUID(person.id),
                SECRET,
            )


async def kept(organisation: Organisation) -> dict[UUID, bytes]:
    async with organisation.database.transaction() as connection:
        return await sealing.sealed(connection)


async def change(keys: SealingKeys, organisation: Organisation, *ring: Key) -> Changed:
    return await keys.change(Ring(ring), ring[0], organisation.clock())


async def test_what_lies_open_is_sealed_by_the_first_node_and_left_alone_by_the_next(
    organisation: Organisation, keys: SealingKeys
) -> None:
    await leave_open(organisation, organisation.jonas, organisation.mia)
    assert await keys.take_up(Ring([OLD])) == 2
    found = await kept(organisation)
    jonas = UUID(organisation.jonas.id)
    assert Ring([OLD]).open(Purpose.TOTP, jonas, found[jonas]) == SECRET
    assert await keys.take_up(Ring([OLD])) == 0
    assert await kept(organisation) == found


async def test_nodes_that_start_together_seal_once(
    organisation: Organisation, keys: SealingKeys
) -> None:
    await leave_open(organisation, organisation.jonas, organisation.mia)
    sealed = await asyncio.gather(*(keys.take_up(Ring([OLD])) for _ in range(6)))
    assert sorted(sealed) == [0, 0, 0, 0, 0, 2]


async def test_two_first_nodes_with_different_keys_do_not_both_start(database_url: str) -> None:
    database = await Database.connect(database_url)
    keys = SealingKeys(database, secrets.token_bytes)
    outcomes = await asyncio.gather(
        keys.take_up(Ring([OLD])), keys.take_up(Ring([NEW])), return_exceptions=True
    )
    await database.close()
    assert [type(outcome) for outcome in outcomes if outcome != 0] == [SecretKeyMismatch]


async def test_a_dump_of_the_database_holds_no_secret(
    organisation: Organisation, keys: SealingKeys, database_url: str
) -> None:
    await leave_open(organisation, organisation.jonas)
    before = await dumped(database_url)
    await keys.take_up(Ring([OLD]))
    after = await dumped(database_url)
    assert SECRET.encode() in before
    forms = {SECRET.encode(), base64.b32decode(SECRET), base64.b64decode(SECRET_KEY)}
    assert not [
        form
        for form in forms
        if form in after or form.hex().encode() in after or base64.b64encode(form) in after
    ]


async def dumped(database_url: str) -> bytes:
    program = [str(INSTALLATION / "bin" / "pg_dump"), "--inserts", f"--dbname={database_url}"]
    done = await asyncio.to_thread(subprocess.run, program, check=True, capture_output=True)
    return done.stdout


async def test_a_secret_of_the_version_before_survives_the_upgrade(
    engines: Engines, database_names: Iterator[str]
) -> None:
    name = next(database_names)
    await asyncio.to_thread(execute, engines, f"CREATE DATABASE {name}")
    url = url_of(engines, name)
    await at_version(url, "0017")
    database = await Database.connect(url, size=2)
    person = UUID(int=7)
    async with database.connection() as connection:
        await connection.execute(
            "WITH inbox AS (INSERT INTO stream (name) VALUES ('x') RETURNING id)"
            " INSERT INTO person (id, email, handle, name, kind, inbox)"
            " SELECT $1, 'x@example.org', 'x', 'X', 'employee', id FROM inbox",
            person,
        )
        await connection.execute("INSERT INTO totp VALUES ($1, $2, true, 41)", person, SECRET)
    await migrate(url)
    assert await SealingKeys(database, secrets.token_bytes).take_up(Ring([OLD])) == 1
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM totp")
    await database.close()
    await asyncio.to_thread(execute, engines, f"DROP DATABASE {name} WITH (FORCE)")
    assert (row["secret"], row["confirmed"], row["last_step"]) == (None, True, 41)
    assert Ring([OLD]).open(Purpose.TOTP, person, row["sealed"]) == SECRET


async def at_version(url: str, version: str) -> None:
    def upgrade(connection: Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, version)

    engine = create_async_engine(schema._dialect(url), poolclass=pool.NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def test_a_node_with_another_key_does_not_start(keys: SealingKeys) -> None:
    with pytest.raises(SecretKeyMismatch) as caught:
        await keys.take_up(Ring([NEW]))
    assert OLD.id.hex() in caught.value.message
    assert NEW.id.hex() in caught.value.message
    assert await keys.take_up(Ring([NEW, OLD])) == 0  # about to change


async def test_a_node_without_a_key_starts_only_where_none_is_in_use(
    organisation: Organisation, keys: SealingKeys
) -> None:
    with pytest.raises(SecretKeyMissing, match="HEADRACE_SECRET_KEY"):
        await keys.take_up(Ring())
    await forget(organisation)
    assert await keys.take_up(Ring()) == 0


async def test_a_change_takes_the_key_before_and_is_in_the_audit_log(
    organisation: Organisation, keys: SealingKeys
) -> None:
    await leave_open(organisation, organisation.jonas)
    await keys.take_up(Ring([OLD]))
    with pytest.raises(SecretKeyMismatch):
        await change(keys, organisation, NEW)
    assert {key_of(one) for one in (await kept(organisation)).values()} == {OLD.id}
    assert await change(keys, organisation, NEW, OLD) == Changed(sealed=1, unreadable=0)
    assert {key_of(one) for one in (await kept(organisation)).values()} == {NEW.id}
    with pytest.raises(SecretKeyMismatch):
        await keys.take_up(Ring([OLD]))
    page = await audit_of(organisation)
    assert (page[-1]["actor"], page[-1]["action"]) == ("operator", "secret_key.change")
    assert page[-1]["subject"] == NEW.id.hex()
    assert (await audit.verify(organisation.database)).broken is None


async def audit_of(organisation: Organisation) -> list[dict[str, str]]:
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT actor, action, subject FROM audit ORDER BY no")
    return [dict(row) for row in rows]


async def test_a_change_waits_for_whoever_seals_just_now(
    organisation: Organisation, keys: SealingKeys
) -> None:
    """Or that one would be sealed with the key before, and lost with it."""
    person, ring = UUID(organisation.jonas.id), Ring([OLD])
    async with organisation.database.transaction() as connection:
        current = await sealing.current(connection)
        changing = asyncio.create_task(change(keys, organisation, NEW, OLD))
        await until_waiting(organisation.database, changing)
        sealed = ring.seal(current, Purpose.TOTP, person, SECRET, bytes(12))
        await connection.execute(
            "INSERT INTO totp (person, sealed) VALUES ($1, $2)", person, sealed
        )
    assert await changing == Changed(sealed=1, unreadable=0)
    assert Ring([NEW]).open(Purpose.TOTP, person, (await kept(organisation))[person]) == SECRET


async def until_waiting(database: Database, task: asyncio.Task[Changed]) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20), database.connection() as connection:
        while not await connection.fetchval(waiting):
            assert not task.done(), "it did not wait"


# In a data directory


async def test_a_directory_gets_a_key_once(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path
) -> None:
    await forget(organisation)
    file = KeyFile(tmp_path)
    made = await keys.in_directory(file)
    assert await keys.in_directory(file) == made
    assert await keys.in_directory(KeyFile(tmp_path)) == made


async def forget(organisation: Organisation) -> None:
    async with organisation.database.connection() as connection:
        await sealing.forget_unused(connection)


async def test_a_directory_whose_key_is_gone_gets_another_only_if_nothing_is_sealed(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path
) -> None:
    file = KeyFile(tmp_path)
    await forget(organisation)
    first = await keys.in_directory(file)
    await keys.take_up(Ring([Key(first)]))
    file.path.unlink()
    second = await keys.in_directory(file)
    assert second != first
    await leave_open(organisation, organisation.jonas)
    assert await keys.take_up(Ring([Key(second)])) == 1
    file.path.unlink()
    with pytest.raises(SecretKeyMissing, match="key change --lost"):
        await keys.in_directory(file)
    assert not file.path.exists()


async def test_the_key_of_a_directory_is_changed(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path
) -> None:
    file = await directory(organisation, keys, tmp_path)
    before = file.there()
    changed = await keys.change_in_directory(file, organisation.clock())
    assert changed == Changed(sealed=1, unreadable=0)
    assert len(file.there()) == 1
    assert file.there() != before
    assert await keys.take_up(Ring([Key(await keys.in_directory(file))])) == 0


async def directory(organisation: Organisation, keys: SealingKeys, path: Path) -> KeyFile:
    """With a key with which a secret is sealed."""
    file = KeyFile(path)
    await forget(organisation)
    await leave_open(organisation, organisation.jonas)
    await keys.take_up(Ring([Key(await keys.in_directory(file))]))
    return file


@pytest.mark.parametrize("is_committed", [True, False])
async def test_a_change_that_the_power_cuts_has_happened_or_not(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path, *, is_committed: bool
) -> None:
    file = await directory(organisation, keys, tmp_path)
    (before,) = file.there()
    following = file.begin(bytes(range(32)))
    if is_committed:
        await change(keys, organisation, Key(following), Key(before))
    now = await keys.in_directory(file)
    assert now == (following if is_committed else before)
    assert file.there() == [now]
    (sealed,) = (await kept(organisation)).values()
    person = UUID(organisation.jonas.id)
    assert Ring([Key(now)]).open(Purpose.TOTP, person, sealed) == SECRET


async def test_a_lost_key_is_given_up_only_where_somebody_says_so(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path
) -> None:
    file = await directory(organisation, keys, tmp_path)
    file.path.unlink()
    with pytest.raises(SecretKeyMissing):
        await keys.change_in_directory(file, organisation.clock())
    changed = await keys.change_in_directory(file, organisation.clock(), lost=True)
    assert changed == Changed(sealed=0, unreadable=1)
    assert await keys.take_up(Ring([Key(await keys.in_directory(file))])) == 0


async def test_a_key_that_is_there_is_not_lost_whatever_somebody_says(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path
) -> None:
    file = await directory(organisation, keys, tmp_path)
    changed = await keys.change_in_directory(file, organisation.clock(), lost=True)
    assert changed == Changed(sealed=1, unreadable=0)


async def test_a_foreign_key_in_the_directory_is_refused(
    organisation: Organisation, keys: SealingKeys, tmp_path: Path
) -> None:
    file = await directory(organisation, keys, tmp_path)
    file.path.write_text(written(bytes(32)))
    with pytest.raises(SecretKeyMismatch):
        await keys.take_up(Ring([Key(await keys.in_directory(file))]))
