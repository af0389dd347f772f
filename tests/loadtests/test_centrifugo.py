"""Centrifugo as a peer: a server that is given as a binary."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from loadtests.bench.publisher import Refused
from loadtests.peers import centrifugo, running, scenario
from loadtests.peers.catalogue import PEERS
from loadtests.peers.posting import Poster
from loadtests.peers.scenario import Scale
from loadtests.peers.scratch import Scratch

SMALL = Scale(connections=20, seconds=0.5, runs=2)
SERVER = Path(__file__).parents[1] / "centrifugo_server.py"
PEER = PEERS["centrifugo"]


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    binary = tmp_path / "server"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SERVER}" "$@"\n')
    binary.chmod(0o755)
    return Scratch(tmp_path / "scratch", {"centrifugo": binary})


async def test_a_server_that_is_given_is_configured_started_and_measured(scratch: Scratch) -> None:
    found = await scenario.measure(PEER, scratch, "", SMALL)
    assert found.faults == []
    assert (found.title, found.version) == ("Centrifugo", "6.2.0")
    assert len(found.cpu) == SMALL.runs


async def test_a_server_refuses_another_key(scratch: Scratch) -> None:
    ports = running.free_ports()
    forged = msgspec.structs.replace(PEER.dialect, headers={"X-API-Key": "another"})
    async with running.running(PEER.prepare(scratch, ports), ports, {}):
        poster = Poster(ports.live, forged)
        with pytest.raises(Refused):
            await poster.post("something")
        poster.close()


def test_a_version_that_is_said_in_other_words_is_kept_as_it_is() -> None:
    assert centrifugo.version_of("v7") == "v7"
