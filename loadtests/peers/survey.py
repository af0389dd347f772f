"""All peers one after the other; who cannot be measured is named, with the reason."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil

from loadtests.bench.bare import BareLoopFailed
from loadtests.bench.machine import TooFewFiles
from loadtests.bench.publisher import Refused
from loadtests.bench.readers import ReadersFailed
from loadtests.peers import headrace
from loadtests.peers.catalogue import PEERS
from loadtests.peers.external import measure as measure_external
from loadtests.peers.external import read
from loadtests.peers.running import PeerFailed
from loadtests.peers.scenario import measure
from loadtests.peers.scratch import SCRATCH, CannotInstall, Scratch

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Awaitable, Sequence

    from loadtests.bench.engines import Lab
    from loadtests.peers.scenario import Result, Scale

_WHY_NOT = (
    *(BareLoopFailed, CannotInstall, PeerFailed, ReadersFailed, Refused, TooFewFiles),
    *(OSError, msgspec.DecodeError, psutil.Error),
)


def add_options(parser: ArgumentParser) -> None:
    """Where peers come from; ``external`` is a list of files, the rest is for ``scratch_of``."""
    parser.add_argument(
        "--external",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a server that you have started yourself; see loadtests/peers/README.md",
    )
    parser.add_argument(
        "--binary",
        action="append",
        default=[],
        type=_binary,
        metavar="NAME=FILE",
        help="the program of a peer that no registry has",
    )
    parser.add_argument(
        "--scratch", type=Path, default=SCRATCH, help="where peers are installed; kept"
    )


def scratch_of(options: Namespace) -> Scratch:
    """The directory and the binaries that the options name."""
    return Scratch(options.scratch, dict(options.binary))


def _binary(said: str) -> tuple[str, Path]:
    name, _, file = said.partition("=")
    if not file or name not in PEERS:
        raise ArgumentTypeError(f"{said} is not NAME=FILE with the name of a peer")
    return name, Path(file)


class Survey:
    """What has been measured so far, and who could not be."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.results: list[Result] = []
        self.absent: dict[str, str] = {}

    async def take(
        self, engines: Lab, names: Sequence[str], scratch: Scratch, described: Sequence[Path] = ()
    ) -> None:
        """Headrace and the bare loop, the peers of these names, and those that somebody started."""
        redis_url = (await engines.fresh()).redis_url
        await self._add("bare", headrace.limit(self.scale))
        await self._add("headrace", headrace.measure(engines, self.scale))
        for name in names:
            if self.scale.per_round > 1 and not PEERS[name].takes_bursts:
                continue
            await self._add(name, measure(PEERS[name], scratch, redis_url, self.scale))
        if self.scale.per_round > 1:
            return
        for path in described:
            await self._add(path.stem, measure_external(read(path), self.scale))

    async def _add(self, name: str, measuring: Awaitable[Result]) -> None:
        print(f"{self.scale.name}: {name} …", file=sys.stderr, flush=True)
        try:
            self.results.append(await measuring)
        except _WHY_NOT as error:
            said = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])]
            self.absent[name] = "; ".join(said)
