"""One peer that installs quickly, one started by hand, and what the report says of them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from argparse import ArgumentParser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from loadtests.bench.publisher import Refused
from loadtests.peers import external, libc, report, running, scenario
from loadtests.peers.__main__ import read, scale_of
from loadtests.peers.catalogue import PEERS
from loadtests.peers.peer import Dialect, Start
from loadtests.peers.posting import Poster
from loadtests.peers.scenario import Result, Scale
from loadtests.peers.scratch import CannotInstall, Scratch
from loadtests.peers.survey import add_options

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = Scale(connections=20, seconds=0.5, runs=2)
SERVER = Path(running.__file__).parent / "servers/websockets_broadcast.py"


@contextmanager
def with_a_registry() -> Iterator[None]:
    """What cannot be done without one is left out; .ci/run lets nothing be left out."""
    try:
        yield
    except CannotInstall as error:
        pytest.skip(f"no registry here: {error}")


async def test_a_peer_is_installed_started_and_measured(tmp_path: Path) -> None:
    with with_a_registry():
        found = await scenario.measure(PEERS["websockets"], Scratch(tmp_path), "", SMALL)
    assert found.faults == []
    assert found.version
    assert len(found.cpu) == SMALL.runs
    assert all(value > 0 for value in found.p99)


async def test_a_server_started_by_hand_is_measured_from_its_description(tmp_path: Path) -> None:
    ports = running.free_ports()
    environment = {"PORT": str(ports.live), "PUBLISH_PORT": str(ports.publish)}
    start = Start([sys.executable, str(SERVER)], "", environment, has_publish_port=True)
    async with running.running(start, ports, {}) as processes:
        described = {
            "title": "by hand",
            "pid": processes.pid,
            "port": ports.live,
            "publish_port": ports.publish,
        }
        file = tmp_path / "mine.json"
        file.write_bytes(msgspec.json.encode(described))
        found = await external.measure(external.read(file), SMALL)
    assert found.faults == []
    assert found.title == "by hand"


async def test_socketify_outlives_publications_that_come_in_pieces(tmp_path: Path) -> None:
    ports = running.free_ports()
    with with_a_registry():
        start = PEERS["socketify"].prepare(Scratch(tmp_path), ports)
    head = b"POST /publish HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n"
    async with running.running(start, ports, {}):
        reader, writer = await asyncio.open_connection("127.0.0.1", ports.live)
        writer.write(head + b"abc")
        poster = Poster(ports.live, PEERS["socketify"].dialect)
        for _ in range(1_000):
            await poster.post("something that garbage is collected meanwhile")
        writer.write(b"def")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        poster.close()
        writer.close()


def test_a_program_runs_with_a_newer_c_library_than_the_system_s(tmp_path: Path) -> None:
    with with_a_registry():
        command, version = libc.newer(Scratch(tmp_path))
    asked = "import platform; print(platform.libc_ver()[1])"
    python = Path(sys.executable).resolve()
    done = subprocess.run([*command, python, "-c", asked], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert version.startswith(done.stdout.strip())


def test_it_is_known_whether_the_system_s_c_library_is_new_enough() -> None:
    assert libc.has((2, 1))
    assert not libc.has((99, 0))


async def test_a_peer_that_does_not_start_says_so_with_its_last_words() -> None:
    complains = "import sys; print('no room here\\n', file=sys.stderr); raise SystemExit(3)"
    start = Start([sys.executable, "-c", complains], "")
    with pytest.raises(running.PeerFailed, match="exit code 3") as caught:
        async with running.running(start, running.free_ports(), {}):
            pass
    assert caught.value.__notes__ == ["its last words: no room here"]


async def test_a_server_that_hangs_up_on_the_publisher_is_named_as_such() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    poster = Poster(server.sockets[0].getsockname()[1], Dialect())
    async with server:
        with pytest.raises(Refused, match="hung up"):
            await poster.post("something")
    poster.close()


def test_the_report_orders_by_cost_and_keeps_what_is_absent(tmp_path: Path) -> None:
    results = [
        Result("ws", "ws <Node>", "8", 50, [4.0, 6.0, 5.0], [1.0], [2.0], ["3 missing"]),
        Result("bare", "bare loop", "", 50, [2.0], [], []),
    ]
    report.show(results, {"uws": "no package"}, SMALL)
    data, picture = report.save(results, {"uws": "no package"}, SMALL, tmp_path)
    assert [one.name for one in report.ordered(results)] == ["bare", "ws"]
    assert b'"absent": {' in data.read_bytes()
    drawn = picture.read_text()
    assert "ws &lt;Node&gt;" in drawn
    assert "5.00 µs (invalid)" in drawn


def test_binaries_are_named_as_peers_are(capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    add_options(parser)
    options = parser.parse_args(["--binary", "mercure=/opt/a", "--binary", "centrifugo=/opt/b"])
    assert dict(options.binary) == {"mercure": Path("/opt/a"), "centrifugo": Path("/opt/b")}
    for wrong in ("mercure", "mercure=", "quicksilver=/opt/a"):
        with pytest.raises(SystemExit):
            parser.parse_args(["--binary", wrong])
        assert f"{wrong} is not NAME=FILE" in capsys.readouterr().err


def test_as_often_as_asked_or_as_all_can_follow() -> None:
    asked = scale_of(read(["--burst", "8", "--connections", "10000", "--rate", "150"]))
    assert (asked.connections, asked.per_round, asked.rate) == (10_000, 8, 150)
    assert scale_of(read(["--burst", "8"])).rate == 10
    assert scale_of(read([])) == Scale()


def test_a_payload_is_300_bytes_and_says_which_it_is() -> None:
    made = scenario.payload(due=123, number=45)
    assert made.startswith("t=123 n=45 ")
    assert len(made) == 300


def test_headrace_is_set_beside_the_others_in_words() -> None:
    results = [
        Result("bare", "bare loop", "", 50, [1.0], [], []),
        Result("headrace", "Headrace", "1", 50, [4.0], [1.0], [2.0]),
        Result("uws", "uWebSockets", "20", 50, [3.0], [1.0], [2.0]),
        Result("nchan", "Nchan", "1", 50, [4.2], [1.0], [2.0]),
        Result("ws", "ws", "8", 50, [5.0], [1.0], [2.0], [], 1.5),
        Result("void", "void", "8", 50, [9.0], [1.0], [2.0], ["3 missing"]),
    ]
    assert report.words(results) == [
        "Headrace takes 4.00 µs of CPU for a delivery.",
        "  ahead of ws (5.00)",
        "  level with Nchan (4.20)",
        "  behind uWebSockets (3.00)",
        "Without publishing, which in Headrace alone is durable: 4.00 µs.",
        "  level with Nchan (4.20)",
        "  behind uWebSockets (3.00), ws (3.50)",
    ]


async def test_a_peer_takes_bursts(tmp_path: Path) -> None:
    ports = running.free_ports()
    environment = {"PORT": str(ports.live), "PUBLISH_PORT": str(ports.publish)}
    start = Start([sys.executable, str(SERVER)], "", environment, has_publish_port=True)
    dialect = PEERS["websockets"].dialect
    async with running.running(start, ports, {}) as processes:
        scale = SMALL.burst(8)
        loaded = await scenario.load(dialect, ports, ports.publish, processes, scale.rate, scale)
    assert [run.faults for run in loaded.runs] == [[], []]
    assert loaded.alone > 0
    assert loaded.runs[0].harvest.activities == 8 * 5 * SMALL.connections
