"""``headrace import chat`` at full speed: real chat rooms into an empty log, with everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from loadtests.bench import command
from loadtests.bench.chat_archive import REAL, archives
from loadtests.bench.machine import SERVER_CORE, pinned
from loadtests.bench.report import Goal, Row

if TYPE_CHECKING:
    from pathlib import Path

    from loadtests.bench.engines import Lab


async def run(lab: Lab, *, chat: Path = REAL, messages: int = 36_000, runs: int = 3) -> list[Row]:
    """Activities a second, from when the command is called until it is back."""
    files = archives(chat, lab.directory, messages)
    rates, faults = [], []
    for _ in range(runs):
        addresses = await lab.fresh()
        with pinned(SERVER_CORE):
            done = await command.run(
                addresses, "import", "chat", *map(str, files), "--group", "chat"
            )
        number = await _imported(addresses.database_url)
        rates.append(number / done.seconds)
        if done.code:
            faults.append(done.output.strip())
    source = f"{len(files)} files of {files[0].parent}" if chat in files[0].parents else "made up"
    return [
        Row(
            scenario="import",
            what="activities a second",
            unit="",
            runs=tuple(rates),
            goal=Goal("at least", 5_000),
            note=f"{number:,} activities, {source}; start of the command included",
            faults=tuple(faults),
        )
    ]


async def _imported(database_url: str) -> int:
    connection = await asyncpg.connect(database_url)
    try:
        return int(
            await connection.fetchval("SELECT count(*) FROM activity WHERE source LIKE 'chat:%'")
        )
    finally:
        await connection.close()
