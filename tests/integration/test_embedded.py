"""embedded/: the engines start, are shared, and outlive no one who needs them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import psutil
import pytest
import redis

from headrace.embedded import Engines, start_engines
from headrace.embedded.postgres import MAJOR
from headrace.embedded.postmaster import PID_FILE, Postmaster
from headrace.errors import ConfigurationError, NewerData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.embedded.keeper import Engine

#: Starts the engines, loses Valkey if it is told to, says which processes they are, and waits to be
#: killed.
HOLDER = """
import sys
from pathlib import Path
from headrace.embedded import start_engines
from headrace.embedded.postmaster import Postmaster

data = Path(sys.argv[1])
engines = start_engines(data, bus=True)
if sys.argv[2] == "loses":
    engines._valkey._process.kill()
    engines.kept()[1].revive()
postgres = Postmaster.read(data / "postgres").pid
print(engines._watch._process.pid, engines._valkey.pid, postgres, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory; not below tmp_path, which PostgreSQL's account could not reach as root."""
    with tempfile.TemporaryDirectory(prefix="headrace-tests-") as name:
        Path(name).chmod(0o711)
        yield Path(name).resolve() / "data"


def ask(engines: Engines, query: str) -> Any:
    async def run() -> Any:
        connection = await asyncpg.connect(engines.database_url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(run())


def bus_answers(engines: Engines) -> bool:
    with redis.Redis.from_url(engines.redis_url, retry=None) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def postgres_of(data: Path) -> Postmaster | None:
    found = Postmaster.read(data / "postgres")
    return found if found is not None and found.serves(data / "postgres") else None


def killed_holder(data: Path, valkey: str = "keeps") -> list[psutil.Process]:
    """The watch, Valkey and PostgreSQL of a process that was killed while it used them."""
    command = [sys.executable, "-c", HOLDER, str(data), valkey]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        left = [psutil.Process(int(pid)) for pid in holder.stdout.readline().split()]
        holder.kill()
    assert len(left) == 3
    return left


def test_both_engines_answer(data: Path) -> None:
    with start_engines(data, bus=True) as engines:
        assert ask(engines, "SELECT current_database()") == "headrace"
        assert ask(engines, "SHOW server_version_num") >= f"{MAJOR}0000"
        assert ask(engines, "SELECT lower('ÄÖÜ')") == "äöü"
        assert ask(engines, "SHOW fsync") == "on"
        assert ask(engines, "SHOW synchronous_commit") == "on"
        assert bus_answers(engines)


def test_neither_listens_on_the_network(data: Path) -> None:
    with start_engines(data, bus=True) as engines:
        assert ask(engines, "SHOW listen_addresses") == ""
        with redis.Redis.from_url(engines.redis_url) as client:
            assert client.config_get("port") == {"port": "0"}


def test_the_bus_keeps_nothing_on_disk(data: Path) -> None:
    with (
        start_engines(data, bus=True) as engines,
        redis.Redis.from_url(engines.redis_url) as client,
    ):
        assert client.config_get("save") == {"save": ""}
        client.set("key", "value")
    assert sorted(path.name for path in (data / "valkey").iterdir()) == ["valkey.log"]


def test_the_log_is_there_again_after_a_restart(data: Path) -> None:
    with start_engines(data, bus=False) as engines:
        ask(engines, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert postgres_of(data) is None
    with start_engines(data, bus=False) as engines:
        assert ask(engines, "SELECT answer FROM kept") == 42


def test_commands_share_postgresql_and_the_last_one_stops_it(data: Path) -> None:
    up = start_engines(data, bus=True)
    with start_engines(data, bus=False) as command:
        assert command.redis_url == up.redis_url
        assert command.database_url == up.database_url
        up.close()
        assert ask(command, "SELECT 1") == 1
        assert not bus_answers(command)
    assert postgres_of(data) is None


def test_a_command_that_ends_leaves_the_engines_of_up_alone(data: Path) -> None:
    with start_engines(data, bus=True) as up:
        start_engines(data, bus=False).close()
        assert ask(up, "SELECT 1") == 1
        assert bus_answers(up)


def test_a_second_up_is_refused_and_the_first_goes_on(data: Path) -> None:
    with start_engines(data, bus=True) as first:
        with pytest.raises(ConfigurationError, match="already"):
            start_engines(data, bus=True)
        assert ask(first, "SELECT 1") == 1
        assert bus_answers(first)


def test_engines_are_out_of_reach_of_the_terminals_signals(data: Path) -> None:
    with start_engines(data, bus=True):
        postgres = postgres_of(data)
        assert postgres is not None
        assert os.getsid(postgres.pid) != os.getsid(0)
        for process in psutil.Process().children():
            if process.name().startswith(("valkey", "sh")):
                assert os.getsid(process.pid) != os.getsid(0)


def test_after_a_kill_the_next_start_works_at_once(data: Path) -> None:
    watch, _, _ = killed_holder(data)
    with start_engines(data, bus=True) as engines:
        assert ask(engines, "SELECT 1") == 1
        assert bus_answers(engines)
    watch.wait(timeout=30)


def test_after_a_kill_both_engines_are_swept_up(data: Path) -> None:
    watch, valkey, _ = killed_holder(data)
    watch.wait(timeout=30)
    assert postgres_of(data) is None
    assert not valkey.is_running() or valkey.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("first", ["keeps", "loses"])
def test_after_a_kill_valkey_ends_though_the_directory_went_too(data: Path, first: str) -> None:
    _, valkey, postgres = killed_holder(data, first)
    postgres.kill()
    shutil.rmtree(data, ignore_errors=True)
    gone, _ = psutil.wait_procs([valkey], timeout=30)
    assert gone == [valkey]


def test_after_a_kill_of_everything_the_next_start_works(data: Path) -> None:
    for process in killed_holder(data):
        process.send_signal(signal.SIGKILL)
    with start_engines(data, bus=True) as engines:
        assert ask(engines, "SELECT 1") == 1
        assert bus_answers(engines)


def kill_postgres(data: Path, number: int = signal.SIGKILL) -> None:
    found = postgres_of(data)
    assert found is not None
    os.kill(found.pid, number)


def until_it_has_ended(engine: Engine) -> None:
    deadline = time.monotonic() + 30
    while engine.runs():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_engines_are_revived_where_they_were(data: Path) -> None:
    with start_engines(data, bus=True) as engines:
        postgres, valkey = engines.kept()
        ask(engines, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert postgres.runs()
        assert valkey.runs()
        kill_postgres(data)
        ours = engines._valkey.pid
        assert ours is not None
        os.kill(ours, signal.SIGKILL)
        until_it_has_ended(postgres)
        until_it_has_ended(valkey)
        for engine in (postgres, valkey):
            engine.revive()
            assert engine.runs()
        assert ask(engines, "SELECT answer FROM kept") == 42
        assert bus_answers(engines)
    assert postgres_of(data) is None


async def test_a_child_amidst_a_long_query_is_no_obstacle(data: Path) -> None:
    with await asyncio.to_thread(start_engines, data, bus=True) as engines:
        postgres, _ = engines.kept()
        connection = await asyncpg.connect(engines.database_url)
        busy = psutil.Process(connection.get_server_pid())
        query = connection.fetchval(
            "SELECT count(*) FROM (SELECT md5(n::text) FROM generate_series(1, 1e9) n OFFSET 0) m"
        )
        working = asyncio.create_task(query)
        before = sum(busy.cpu_times()[:2])
        async with asyncio.timeout(30):
            while sum(busy.cpu_times()[:2]) < before + 0.1:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.01)
        kill_postgres(data)
        until_it_has_ended(postgres)
        await asyncio.to_thread(postgres.revive)
        assert not busy.is_running() or busy.status() == psutil.STATUS_ZOMBIE
        with pytest.raises(asyncpg.PostgresConnectionError):
            await working
        again = await asyncpg.connect(engines.database_url)
        assert await again.fetchval("SELECT 1") == 1
        await again.close()


async def test_a_postgresql_that_was_told_to_stop_waits_for_nobodys_connection(data: Path) -> None:
    with await asyncio.to_thread(start_engines, data, bus=True) as engines:
        postgres, _ = engines.kept()
        connection = await asyncpg.connect(engines.database_url)
        kill_postgres(data, signal.SIGTERM)
        until_it_has_ended(postgres)
        await asyncio.to_thread(postgres.revive)
        assert postgres.runs()
        connection.terminate()


def test_a_postgresql_that_a_command_started_again_is_taken_over(data: Path) -> None:
    with start_engines(data, bus=True) as up:
        postgres, _ = up.kept()
        kill_postgres(data)
        until_it_has_ended(postgres)
        with start_engines(data, bus=False):
            started = postgres_of(data)
        postgres.revive()
        assert postgres_of(data) == started is not None
        assert postgres.runs()


def test_whether_up_runs_is_known_beside_it(data: Path) -> None:
    with start_engines(data, bus=False) as command:
        assert not command.has_up()
        with start_engines(data, bus=True):
            assert command.has_up()
        assert not command.has_up()


def test_a_pid_file_whose_pid_is_another_programs_by_now_is_no_obstacle(data: Path) -> None:
    start_engines(data, bus=False).close()
    lines = [
        str(os.getpid()),
        str(data / "postgres"),
        "1700000000",
        "5432",
        str(data),
        "",
        "",
        "ready",
    ]
    (data / "postgres" / PID_FILE).write_text("\n".join(lines) + "\n")
    with start_engines(data, bus=False) as engines:
        assert ask(engines, "SELECT 1") == 1


def test_a_creation_that_was_interrupted_is_begun_again(data: Path) -> None:
    half = data / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text(f"{MAJOR}\n")
    with start_engines(data, bus=False) as engines:
        assert ask(engines, "SELECT 1") == 1
    assert not half.exists()


@pytest.mark.parametrize(
    ("version", "error"), [(MAJOR + 1, NewerData), (MAJOR - 1, ConfigurationError)]
)
def test_data_of_another_postgresql_is_refused(
    data: Path, version: int, error: type[Exception]
) -> None:
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(error, match=f"PostgreSQL {version}"):
        start_engines(data, bus=True)


def test_a_directory_that_cannot_be_made_is_told(data: Path) -> None:
    data.write_text("a file")
    with pytest.raises(ConfigurationError, match="--data"):
        start_engines(data / "below", bus=True)


def test_a_long_path_full_of_strange_characters_works(data: Path) -> None:
    deep = data / ("d" * 90) / 'it\'s $HOME "quoted", ümlaut `here`'
    with start_engines(deep, bus=True) as engines:
        assert ask(engines, "SELECT 1") == 1
        assert bus_answers(engines)
        sockets = Path(
            redis.Redis.from_url(engines.redis_url).get_connection_kwargs()["path"]
        ).parent
        assert sockets.parent != deep
    assert not sockets.exists()


def test_the_operators_own_settings_are_stronger(data: Path) -> None:
    data.mkdir(mode=0o711)
    (data / "postgres.conf").write_text("max_connections = 17\n")
    with start_engines(data, bus=False) as engines:
        assert ask(engines, "SHOW max_connections") == "17"


def test_settings_that_postgresql_refuses_are_told_with_its_words(data: Path) -> None:
    data.mkdir(mode=0o711)
    (data / "postgres.conf").write_text("max_connections = many\n")
    with pytest.raises(ConfigurationError, match='invalid value for parameter "max_connections"'):
        start_engines(data, bus=False)
