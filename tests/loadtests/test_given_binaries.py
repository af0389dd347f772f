"""Peers that no registry has: measured where their binary is given, here small servers that speak
as they do and take their configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from loadtests.bench.publisher import Refused
from loadtests.peers import centrifugo, external, mercure, running, scenario
from loadtests.peers.catalogue import PEERS
from loadtests.peers.posting import Poster
from loadtests.peers.scenario import Scale
from loadtests.peers.scratch import CannotInstall, Scratch

SMALL = Scale(connections=20, seconds=0.5, runs=2)


class Given(NamedTuple):
    """A peer, the server that stands for it, and with what it would refuse to publish."""

    name: str
    title: str
    version: str
    server: str
    forged: dict[str, str]

    def scratch(self, directory: Path) -> Scratch:
        """Where the binary is given."""
        server = Path(__file__).parents[1] / self.server
        binary = directory / "server"
        binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{server}" "$@"\n')
        binary.chmod(0o755)
        return Scratch(directory / "scratch", {self.name: binary})


CENTRIFUGO = Given(
    "centrifugo", "Centrifugo", "6.2.0", "centrifugo_server.py", {"X-API-Key": "another"}
)
MERCURE = Given(
    "mercure", "Mercure", "1.0.0", "mercure_hub.py", {"Authorization": "Bearer e30.e30.e30"}
)
each_of_them = pytest.mark.parametrize("given", [CENTRIFUGO, MERCURE], ids=lambda one: one.name)


@each_of_them
async def test_it_is_configured_started_and_measured(given: Given, tmp_path: Path) -> None:
    found = await scenario.measure(PEERS[given.name], given.scratch(tmp_path), "", SMALL)
    assert found.faults == []
    assert (found.title, found.version) == (given.title, given.version)
    assert len(found.cpu) == SMALL.runs
    assert all(value > 0 for value in found.p99)


@each_of_them
async def test_it_refuses_another_key(given: Given, tmp_path: Path) -> None:
    peer, ports = PEERS[given.name], running.free_ports()
    headers = {**peer.dialect.headers, **given.forged}
    forged = msgspec.structs.replace(peer.dialect, headers=headers)
    async with running.running(peer.prepare(given.scratch(tmp_path), ports), ports, {}):
        poster = Poster(ports.live, forged)
        with pytest.raises(Refused):
            await poster.post("something")
        poster.close()


@each_of_them
async def test_one_that_runs_already_is_measured_from_its_description(
    given: Given, tmp_path: Path
) -> None:
    peer, ports = PEERS[given.name], running.free_ports()
    start = peer.prepare(given.scratch(tmp_path), ports)
    async with running.running(start, ports, {}) as processes:
        own = {"title": "by hand", "pid": processes.pid, "port": ports.live}
        file = tmp_path / "mine.json"
        file.write_bytes(msgspec.json.encode({**msgspec.to_builtins(peer.dialect), **own}))
        found = await external.measure(external.read(file), SMALL)
    assert (found.title, found.faults) == ("by hand", [])


@each_of_them
def test_where_none_is_given_it_is_said_how_to_give_one(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotInstall, match=f"--binary {given.name}=FILE"):
        PEERS[given.name].prepare(Scratch(tmp_path), running.free_ports())


@each_of_them
def test_one_that_cannot_be_run_is_named(given: Given, tmp_path: Path) -> None:
    binary = tmp_path / "server"
    binary.touch()
    with pytest.raises(CannotInstall, match="Permission denied"):
        PEERS[given.name].prepare(Scratch(tmp_path, {given.name: binary}), running.free_ports())


def test_a_version_that_is_said_in_other_words_is_kept_as_it_is() -> None:
    assert centrifugo.version_of("v7") == "v7"


def test_a_hub_before_1_is_configured_as_it_was_then() -> None:
    version = mercure.version_of("Mercure.rocks 0.21.4 Caddy v2.10.2 h1:abc=")
    assert version == "0.21.4"
    then, now = mercure.configured(8000, version), mercure.configured(8000, "1.0.0")
    assert "publisher_jwt" in then
    assert "issuer" not in then
    assert "publisher_jwt" not in now
    assert "issuer" in now
    assert "http://127.0.0.1:8000 {" in now
