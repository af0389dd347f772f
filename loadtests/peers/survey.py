"""All peers one after the other; who cannot be measured is named, with the reason."""

from __future__ import annotations

import sys
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
from loadtests.peers.scratch import SCRATCH, CannotInstall

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Awaitable, Sequence

    from loadtests.bench.engines import Lab
    from loadtests.peers.scenario import Result, Scale
    from loadtests.peers.scratch import Scratch

_WHY_NOT = (
    *(BareLoopFailed, CannotInstall, PeerFailed, ReadersFailed, Refused, TooFewFiles),
    *(OSError, msgspec.DecodeError, psutil.Error),
)
_NOT_IN_A_REGISTRY = (
    "it is in none of the registries used here; start it yourself and describe it with --external"
)


def add_options(parser: ArgumentParser) -> None:
    """Where peers come from: ``external`` is a list of files, ``scratch`` a directory."""
    parser.add_argument(
        "--external",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a server that you have started yourself; see loadtests/peers/README.md",
    )
    parser.add_argument(
        "--scratch", type=Path, default=SCRATCH, help="where peers are installed; kept"
    )


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
        if not described:
            self.absent["Centrifugo"] = _NOT_IN_A_REGISTRY

    async def _add(self, name: str, measuring: Awaitable[Result]) -> None:
        print(f"{self.scale.name}: {name} …", file=sys.stderr, flush=True)
        try:
            self.results.append(await measuring)
        except _WHY_NOT as error:
            said = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])]
            self.absent[name] = "; ".join(said)
