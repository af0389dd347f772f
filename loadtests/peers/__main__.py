"""``python -m loadtests.peers [NAME…]``: measure peers and Headrace, print one table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from loadtests.bench.engines import lab
from loadtests.bench.machine import raise_file_limit
from loadtests.bench.publisher import Refused
from loadtests.bench.readers import ReadersFailed
from loadtests.peers import headrace, report
from loadtests.peers.catalogue import PEERS
from loadtests.peers.external import measure as measure_external
from loadtests.peers.external import read
from loadtests.peers.running import PeerFailed
from loadtests.peers.scenario import Scale, measure
from loadtests.peers.scratch import SCRATCH, CannotInstall, Scratch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from loadtests.bench.engines import Lab
    from loadtests.peers.scenario import Result

RESULTS = Path(__file__).parents[1] / "results"
_WHY_NOT = (CannotInstall, PeerFailed, ReadersFailed, Refused, OSError)


class _Survey:
    """What has been measured so far, and who could not be."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.absent: dict[str, str] = {}

    async def add(self, name: str, measuring: Awaitable[Result]) -> None:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            self.results.append(await measuring)
        except _WHY_NOT as error:
            self.absent[name] = f"{type(error).__name__}: {error}"


def main(arguments: Sequence[str]) -> None:
    """Measure the peers named, or all, and with them always Headrace and the bare loop."""
    options = _options(arguments)
    scale = Scale(options.connections, options.seconds, options.runs)
    raise_file_limit()
    with lab() as engines:
        survey = uvloop.run(_run(engines, options, scale))
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
        "--scratch", type=Path, default=SCRATCH, help="where peers are installed; kept"
    )
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.peer) - set(PEERS)):
        parser.error(f"there is no peer {', '.join(unknown)}; there are {known}")
    return options


async def _run(engines: Lab, options: argparse.Namespace, scale: Scale) -> _Survey:
    survey, scratch = _Survey(), Scratch(options.scratch)
    redis_url = (await engines.fresh()).redis_url
    await survey.add("bare", headrace.limit(scale))
    await survey.add("headrace", headrace.measure(engines, scale))
    for name in options.peer or PEERS:
        await survey.add(name, measure(PEERS[name], scratch, redis_url, scale))
    for path in options.external:
        await survey.add(path.stem, measure_external(read(path), scale))
    return survey


if __name__ == "__main__":
    main(sys.argv[1:])
