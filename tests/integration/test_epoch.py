"""The log's epoch: it stays as long as the history goes on, and each way back changes it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import psutil
import pytest

from headrace.embedded import start_engines
from headrace.embedded.account import account_for
from headrace.embedded.imprint import Imprint
from headrace.embedded.postgres import INSTALLATION
from headrace.embedded.postmaster import Postmaster
from headrace.epoch import Epoch
from headrace.errors import Unavailable
from headrace.log import Database, audit, epoch, migrate
from tests.conftest import execute, url_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from headrace.embedded import Engines
    from tests.integration.conftest import Organisation

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = await Database.connect(database_url)
    yield made
    await made.close()


@pytest.fixture
def other(engines: Engines, database_names: Iterator[str]) -> Iterator[str]:
    """The name of a second database; it is the test that makes it."""
    name = next(database_names)
    yield name
    execute(engines, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def epoch_of(url: str) -> str:
    database = await Database.connect(url, size=1)
    try:
        return await epoch.name(database)
    finally:
        await database.close()


async def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs to its end."""
    process = await asyncio.create_subprocess_exec(
        str(INSTALLATION / "bin" / program), *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


# It stays.


async def test_the_epoch_stays_while_the_history_goes_on(organisation: Organisation) -> None:
    database = organisation.database
    before = await epoch.name(database)
    await organisation.post(organisation.mia)
    await organisation.administration.deactivate(None, "olga@example.org")  # counts an ending
    async with database.connection() as connection:
        for table in ("history", "installation", "stream"):
            await connection.execute(f"VACUUM (FULL, FREEZE) {table}")
    assert await epoch.name(database) == before


# It changes.


async def test_t07_another_installation_has_another_epoch(database: Database) -> None:
    before = await epoch.name(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE installation SET secret = gen_random_uuid()")
    assert await epoch.name(database) != before


async def test_t07_a_dump_in_a_database_beside_it_has_another_epoch(
    engines: Engines, database_url: str, other: str, tmp_path: Path
) -> None:
    dump = tmp_path / "dump.sql"
    await run("pg_dump", "-d", database_url, "-f", str(dump))
    await asyncio.to_thread(execute, engines, f"CREATE DATABASE {other}")
    await run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", url_of(engines, other), "-f", str(dump))
    assert await epoch_of(url_of(engines, other)) != await epoch_of(database_url)


async def test_t07_a_dump_in_the_same_database_has_another_epoch(
    database_url: str, tmp_path: Path
) -> None:
    before, dump = await epoch_of(database_url), tmp_path / "dump"
    await run("pg_dump", "-Fc", "-d", database_url, "-f", str(dump))
    await run("pg_restore", "--clean", "-d", database_url, str(dump))
    assert await epoch_of(database_url) != before


async def test_t07_rows_of_a_dump_in_the_same_tables_have_another_epoch(
    database_url: str, tmp_path: Path
) -> None:
    before, dump = await epoch_of(database_url), tmp_path / "dump"
    tables = ("-t", "history", "-t", "installation")
    await run("pg_dump", "-Fc", "--data-only", *tables, "-d", database_url, "-f", str(dump))
    connection = await asyncpg.connect(database_url)
    await connection.execute("TRUNCATE history, installation")
    await connection.close()
    await run("pg_restore", "--data-only", "-d", database_url, str(dump))
    assert await epoch_of(database_url) != before


async def test_t07_a_copy_of_the_database_has_another_epoch(
    engines: Engines, database_url: str, other: str
) -> None:
    before = await epoch_of(database_url)
    name = database_url.partition("?")[0].rpartition("/")[2]
    await asyncio.to_thread(execute, engines, f"CREATE DATABASE {other} TEMPLATE {name}")
    assert await epoch_of(url_of(engines, other)) != before


def test_t07_a_standby_has_none_and_another_one_once_it_has_taken_over(data: Path) -> None:
    """So much is to be written then that it is long before the control file knows of it. Recovery
    from a backup begins a new timeline as well."""
    data.mkdir(mode=0o711)
    (data / "postgres.conf").write_text("checkpoint_timeout = '1h'\n")
    with start_engines(data, bus=False) as engines:
        asyncio.run(migrate(engines.database_url))
        before = asyncio.run(epoch_of(engines.database_url))
        postgres = Postmaster.read(data / "postgres")
        assert postgres is not None
        process = psutil.Process(postgres.pid)
        process.send_signal(signal.SIGQUIT)
        process.wait(10)
    standby = data / "postgres" / "standby.signal"
    standby.touch()
    account_for(data / "postgres").own(standby)
    with start_engines(data, bus=False) as engines:
        with pytest.raises(Unavailable, match="standby"):
            asyncio.run(epoch_of(engines.database_url))
        execute(engines, "SELECT pg_promote()")
        assert asyncio.run(epoch_of(engines.database_url)) != before


async def test_an_operators_word_changes_it_and_is_recorded(database: Database) -> None:
    before = await epoch.name(database)
    await epoch.begin(database, NOW)
    assert await epoch.name(database) != before
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT actor, action, detail FROM audit")
    assert tuple(row)[:2] == ("operator", "history.begin")
    assert '"former":' in row["detail"]
    assert (await audit.verify(database)).broken is None


# A directory and its copies.


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory that PostgreSQL's account reaches as root."""
    with tempfile.TemporaryDirectory(prefix="headrace-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name).resolve() / "data"


async def served_from(database: Database, root: Path) -> bool:
    """Serve the log from a directory; answers whether that is a copy."""
    imprint = Imprint(root)
    return await epoch.settle(database, imprint.read(), imprint.renew(), NOW)


def put_back(copy: Path, root: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(copy, root)


def bring_up_to_date(copy: Path, root: Path) -> None:
    """As rsync does: what has another time or size is replaced."""
    for path in copy.iterdir():
        there = root / path.name
        if path.stat()[6:9:2] != there.stat()[6:9:2]:
            shutil.copy2(path, there)


@pytest.mark.parametrize("way", [put_back, bring_up_to_date])
async def test_t07_a_copy_that_is_put_back_has_another_epoch(
    database: Database, tmp_path: Path, way: Callable[[Path, Path], None]
) -> None:
    root, copy = tmp_path / "data", tmp_path / "copy"
    root.mkdir()
    assert not await served_from(database, root)
    shutil.copytree(root, copy)
    # What the log says of the directory is put back with it, so it is noted, too.
    async with database.connection() as connection:
        noted = await connection.fetchval("SELECT imprint FROM installation")
    before = await epoch.name(database)
    assert not await served_from(database, root)
    assert await epoch.name(database) == before
    way(copy, root)
    async with database.connection() as connection:
        await connection.execute("UPDATE installation SET imprint = $1", noted)
    assert await served_from(database, root)
    assert await epoch.name(database) != before


async def test_a_directory_that_is_moved_is_no_copy(database: Database, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert not await served_from(database, tmp_path / "data")
    moved = (tmp_path / "data").rename(tmp_path / "elsewhere")
    assert not await served_from(database, moved)


async def test_a_directory_whose_imprint_is_gone_counts_as_a_copy(
    database: Database, tmp_path: Path
) -> None:
    assert not await served_from(database, tmp_path)
    (tmp_path / ".imprint").unlink()
    assert await served_from(database, tmp_path)


# A node.


async def test_a_node_ends_whose_log_has_another_history(database: Database) -> None:
    served = Epoch(database, interval=60)
    name = await served.name()
    await served.look()
    assert await served.name() == name
    await epoch.begin(database, NOW)
    assert await served.name() == name, "until it ends, it says to all the same"
    with pytest.raises(AssertionError, match=f"was {name} and is"):
        await served.look()


async def test_a_node_that_begins_without_its_log_takes_the_first_epoch_there_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Database) -> str:
        raise Unavailable("away")

    served = Epoch(database, interval=60)
    with monkeypatch.context() as patch:
        patch.setattr(epoch, "name", away)
        with pytest.raises(Unavailable):
            await served.name()
    assert await served.name() == await epoch.name(database)
