"""Mercure as a peer: a hub that is given as a binary, and one that somebody has started."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from loadtests.bench.publisher import Refused
from loadtests.peers import external, mercure, running, scenario
from loadtests.peers.catalogue import PEERS
from loadtests.peers.posting import Poster
from loadtests.peers.scenario import Scale
from loadtests.peers.scratch import CannotInstall, Scratch

SMALL = Scale(connections=20, seconds=0.5, runs=2)
HUB = Path(__file__).parents[1] / "mercure_hub.py"
PEER = PEERS["mercure"]


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    binary = tmp_path / "hub"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HUB}" "$@"\n')
    binary.chmod(0o755)
    return Scratch(tmp_path / "scratch", {"mercure": binary})


async def test_a_hub_that_is_given_is_configured_started_and_measured(scratch: Scratch) -> None:
    found = await scenario.measure(PEER, scratch, "", SMALL)
    assert found.faults == []
    assert (found.title, found.version) == ("Mercure", "1.0.0")
    assert len(found.cpu) == SMALL.runs
    assert all(value > 0 for value in found.p99)


async def test_a_hub_started_by_hand_is_measured_from_its_description(
    scratch: Scratch, tmp_path: Path
) -> None:
    ports = running.free_ports()
    async with running.running(PEER.prepare(scratch, ports), ports, {}) as processes:
        own = {"title": "by hand", "pid": processes.pid, "port": ports.live}
        file = tmp_path / "mine.json"
        spoken = msgspec.to_builtins(PEER.dialect)
        file.write_bytes(msgspec.json.encode({**spoken, **own}))
        found = await external.measure(external.read(file), SMALL)
    assert (found.title, found.faults) == ("by hand", [])


async def test_a_hub_refuses_a_token_of_another_key(scratch: Scratch) -> None:
    ports = running.free_ports()
    start = PEER.prepare(scratch, ports)
    headers = {**PEER.dialect.headers, "Authorization": "Bearer e30.e30.e30"}
    forged = msgspec.structs.replace(PEER.dialect, headers=headers)
    async with running.running(start, ports, {}):
        poster = Poster(ports.live, forged)
        with pytest.raises(Refused, match="invalid_token"):
            await poster.post("something")
        poster.close()


def test_where_no_hub_is_given_it_is_said_how_to_give_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotInstall, match="--binary mercure=FILE"):
        PEER.prepare(Scratch(tmp_path), running.free_ports())


def test_a_binary_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "hub"
    binary.touch()
    with pytest.raises(CannotInstall, match="Permission denied"):
        PEER.prepare(Scratch(tmp_path, {"mercure": binary}), running.free_ports())


def test_a_hub_before_1_is_configured_as_it_was_then() -> None:
    version = mercure.version_of("Mercure.rocks 0.21.4 Caddy v2.10.2 h1:abc=")
    assert version == "0.21.4"
    then, now = mercure.configured(8000, version), mercure.configured(8000, "1.0.0")
    assert "publisher_jwt" in then
    assert "issuer" not in then
    assert "publisher_jwt" not in now
    assert "issuer" in now
    assert "http://127.0.0.1:8000 {" in now
