"""``python -m loadtests.table``: every goal of speed and every peer, measured on this machine."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import uvloop

from loadtests.bench import machine
from loadtests.bench import report as goals
from loadtests.bench.engines import lab
from loadtests.bench.running import Survey
from loadtests.peers import report as beside
from loadtests.peers.catalogue import PEERS
from loadtests.peers.scenario import Scale
from loadtests.peers.survey import Survey as PeerSurvey
from loadtests.peers.survey import add_options, scratch_of
from loadtests.table.picture import picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCENARIOS = (
    *("hot-stream", "hot-stream-10k", "burst", "burst-64", "filters", "interests"),
    *("compressed", "idle", "small-groups", "publishing", "reconnect-storm"),
)
#: Short runs: nine servers three times over are to be done in minutes.
SCALE = Scale(seconds=2)
#: Should uWebSockets.js not be had, the same C++ library under Python stands for it.
FIRST = ("uws", "socketify", "ws")
#: How large, and beside whom.
COMPARED: dict[Scale, Sequence[str]] = {
    SCALE: tuple(PEERS),
    SCALE.crowd(10_000): (*FIRST, "nchan", "socketio", "centrifugo"),
    SCALE.burst(8): FIRST,
    SCALE.burst(8).at(150): FIRST[:2],
    SCALE.crowd(10_000).burst(8).at(5): FIRST[:2],
    SCALE.burst(64): FIRST,
}


def main(arguments: Sequence[str]) -> None:
    """Measure, print both tables and what fell short, write JSON and the picture."""
    options = _options(arguments)
    machine.raise_file_limit()
    survey = Survey()
    peers = [PeerSurvey(scale) for scale in COMPARED]
    with lab() as engines:
        uvloop.run(survey.take(engines, options.scenario or SCENARIOS))
        for one in peers if not options.without_peers else ():
            names = COMPARED[one.scale]
            uvloop.run(one.take(engines, names, scratch_of(options), options.external))
    _show(survey, peers)
    print("Written to {} and {}".format(*_save(survey, peers)))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.table", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=", ".join(SCENARIOS))
    parser.add_argument("--without-peers", action="store_true", help="Headrace alone")
    add_options(parser)
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.scenario) - set(SCENARIOS)):
        parser.error(f"there is no {', '.join(unknown)} in it; there are {', '.join(SCENARIOS)}")
    return options


def _show(survey: Survey, peers: Sequence[PeerSurvey]) -> None:
    console = goals.wide()
    for one in peers:
        if one.results:
            beside.show(one.results, one.absent, one.scale, console)
    goals.show(survey.rows, survey.broken, console)


def _save(survey: Survey, peers: Sequence[PeerSurvey]) -> tuple[Path, Path]:
    goals.RESULTS.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    data = goals.RESULTS / f"table-{now:%Y%m%dT%H%M%SZ}.json"
    found = {
        "at": now,
        "machine": machine.description(),
        **goals.plain(survey.rows, survey.broken),
        "peers": [beside.plain(one.results, one.absent, one.scale) for one in peers],
    }
    data.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    drawn = data.with_suffix(".svg")
    parts = [beside.bars(one.results, one.scale) for one in peers if one.results]
    drawn.write_text(picture(survey.rows, parts), encoding="utf-8")
    return data, drawn


if __name__ == "__main__":
    main(sys.argv[1:])
