"""``python -m loadtests.peers [NAME…]``: measure peers and Headrace, print one table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from loadtests.bench.engines import lab
from loadtests.bench.machine import raise_file_limit
from loadtests.peers import report
from loadtests.peers.catalogue import PEERS
from loadtests.peers.scenario import Scale
from loadtests.peers.scratch import SCRATCH, Scratch
from loadtests.peers.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parents[1] / "results"


def main(arguments: Sequence[str]) -> None:
    """Measure the peers named, or all, and with them always Headrace and the bare loop."""
    options = _options(arguments)
    scale = Scale(options.connections, options.seconds, options.runs)
    if options.burst > 1:
        scale = scale.burst(options.burst)
    raise_file_limit()
    survey = Survey(scale)
    with lab() as engines:
        scratch = Scratch(options.scratch)
        uvloop.run(survey.take(engines, options.peer or list(PEERS), scratch, options.external))
    report.show(survey.results, survey.absent, scale)
    data, picture = report.save(survey.results, survey.absent, scale, RESULTS)
    print(f"Written to {data} and {picture}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    known = ", ".join(PEERS)
    parser = argparse.ArgumentParser(prog="python -m loadtests.peers", description=__doc__)
    parser.add_argument("peer", nargs="*", help=f"{known}; default: all")
    parser.add_argument(
        "--external",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a server that you have started yourself, described in JSON; see the README",
    )
    parser.add_argument("--connections", type=int, default=Scale().connections)
    parser.add_argument("--seconds", type=float, default=Scale().seconds, help="of each run")
    parser.add_argument("--runs", type=int, default=Scale().runs)
    parser.add_argument(
        "--burst", type=int, default=1, help="payloads at once; only peers that can be asked so"
    )
    parser.add_argument(
        "--scratch", type=Path, default=SCRATCH, help="where peers are installed; kept"
    )
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.peer) - set(PEERS)):
        parser.error(f"there is no peer {', '.join(unknown)}; there are {known}")
    return options


if __name__ == "__main__":
    main(sys.argv[1:])
