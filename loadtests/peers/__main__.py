"""``python -m loadtests.peers [NAME…]``: measure peers and Headrace, print one table."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import uvloop

from loadtests.bench.engines import lab
from loadtests.bench.machine import raise_file_limit
from loadtests.bench.report import RESULTS
from loadtests.peers import report
from loadtests.peers.catalogue import PEERS
from loadtests.peers.scenario import Scale
from loadtests.peers.survey import Survey, add_options, scratch_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Measure the peers named, or all, and with them always Headrace and the bare loop."""
    options = read(arguments)
    scale = scale_of(options)
    raise_file_limit()
    survey = Survey(scale)
    with lab() as engines:
        scratch = scratch_of(options)
        uvloop.run(survey.take(engines, options.peer or list(PEERS), scratch, options.external))
    report.show(survey.results, survey.absent, scale)
    data, picture = report.save(survey.results, survey.absent, scale, RESULTS)
    print(f"Written to {data} and {picture}")


def scale_of(options: argparse.Namespace) -> Scale:
    """How large, and how often."""
    scale = Scale(seconds=options.seconds, runs=options.runs).crowd(options.connections)
    if options.burst > 1:
        scale = scale.burst(options.burst)
    return scale.at(options.rate) if options.rate else scale


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The options. Raises SystemExit where there are none such."""
    known = ", ".join(PEERS)
    parser = argparse.ArgumentParser(prog="python -m loadtests.peers", description=__doc__)
    parser.add_argument("peer", nargs="*", help=f"{known}; default: all")
    parser.add_argument("--connections", type=int, default=Scale().connections)
    parser.add_argument("--seconds", type=float, default=Scale().seconds, help="of each run")
    parser.add_argument("--runs", type=int, default=Scale().runs)
    parser.add_argument(
        "--burst", type=int, default=1, help="payloads at once; only peers that can be asked so"
    )
    parser.add_argument(
        "--rate", type=float, help="publications a second; default: what all can follow"
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.peer) - set(PEERS)):
        parser.error(f"there is no peer {', '.join(unknown)}; there are {known}")
    return options


if __name__ == "__main__":
    main(sys.argv[1:])
