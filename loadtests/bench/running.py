"""Scenarios one after the other; one that breaks does not cost the others their results."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from loadtests.bench.native import program
from loadtests.bench.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.bench.engines import Lab
    from loadtests.bench.report import Row

#: Seconds that a scenario may take: it has hung, and others wait.
_PATIENCE = 300.0


class Survey:
    """What was measured, and which scenarios ended with an error."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.broken: dict[str, str] = {}

    async def take(self, engines: Lab, names: Sequence[str]) -> None:
        """Run them. Raises NoCompiler, without which there is nothing to run."""
        program("readers")
        for name in names:
            began = time.monotonic()
            print(f"{name} …", end="", file=sys.stderr, flush=True)
            await self._one(engines, name)
            print(f" {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    async def _one(self, engines: Lab, name: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                self.rows += await SCENARIOS[name](engines)
        except Exception as error:  # noqa: BLE001 (whatever it is, the others go on)
            self.broken[name] = f"{type(error).__name__}: {error}"
