"""``headrace import org``: a whole organisation's teams into an empty log, and once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loadtests.bench import command
from loadtests.bench.machine import SERVER_CORE, pinned
from loadtests.bench.report import Goal, Row
from loadtests.bench.team_tree import REAL, team_files

if TYPE_CHECKING:
    from pathlib import Path

    from loadtests.bench.engines import Lab


async def run(lab: Lab, *, teams: Path = REAL, runs: int = 3, seconds: float = 3) -> list[Row]:
    """Seconds from when the command is called until it is back."""
    directory = team_files(teams, lab.directory / "teams")
    first: list[float] = []
    again: list[float] = []
    faults: list[str] = []
    for _ in range(runs):
        addresses = await lab.fresh()
        for times in (first, again):
            with pinned(SERVER_CORE):
                done = await command.run(addresses, "import", "org", str(directory), "--apply")
            times.append(done.seconds)
            if done.code:
                faults.append(done.output.strip())
    number = len(list(directory.glob("*.toml")))
    note = f"{number} files of {'an organisation' if directory == teams else 'made-up teams'}"

    def row(what: str, times: list[float]) -> Row:
        return Row(
            scenario="import-org",
            what=what,
            unit="s",
            runs=tuple(times),
            goal=Goal("at most", seconds),
            note=f"{note}; start of the command included",
            faults=tuple(faults),
        )

    return [row("all teams into an empty log", first), row("the same once more", again)]
