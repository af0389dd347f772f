"""Rows: what was measured against what is to be reached; as a table and as JSON."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from loadtests.bench import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Where what was measured is written, unless told otherwise.
RESULTS = Path(__file__).parents[1] / "results"
_WIDTH = 180


class Goal(msgspec.Struct, frozen=True):
    """``at most`` or ``at least`` a value, in the row's unit."""

    bound: Literal["at most", "at least"]
    value: float

    def is_reached(self, measured: float) -> bool:
        """Whether a measured value will do."""
        if self.bound == "at most":
            return measured <= self.value
        return measured >= self.value


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One number: the median of ``runs``. Without a goal it only helps to understand others.

    ``faults`` say why the number counts for nothing, ``doubts`` why it may not count for much.
    """

    scenario: str
    what: str
    unit: str
    runs: tuple[float, ...]
    goal: Goal | None = None
    note: str = ""
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        return median(self.runs)

    @property
    def shortfall(self) -> str:
        """What is wrong with it as a sentence; empty where it has no goal, or has reached it."""
        if not self.verdict or self.verdict == "yes":
            return ""
        told = f"{self.scenario}: {self.what}"
        if self.verdict != "no" or self.goal is None:
            return f"{told} does not count ({self.verdict})." if self.goal else ""
        amount = f"{abs(self.value / self.goal.value - 1) * 100:.0f} %"
        word = "too much" if self.goal.bound == "at most" else "too little"
        found = f"{figure(self.value)} {self.unit}".strip()
        wanted = f"{self.goal.bound} {figure(self.goal.value)}"
        return f"{told} is {found}, {amount} {word} ({wanted} was to be reached)."

    @property
    def verdict(self) -> str:
        """In plain words."""
        if self.faults:
            return "invalid: " + "; ".join(self.faults)
        if self.doubts:
            return "cannot tell: " + "; ".join(self.doubts)
        if self.goal is None:
            return ""
        return "yes" if self.goal.is_reached(self.value) else "no"


class Sheet(NamedTuple):
    """What the rows of a scenario have in common: what was wrong with its runs is so of each."""

    scenario: str
    faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def row(
        self,
        what: str,
        unit: str,
        runs: Iterable[float],
        goal: Goal | None = None,
        note: str = "",
    ) -> Row:
        """One of them."""
        return Row(**self._asdict(), what=what, unit=unit, runs=tuple(runs), goal=goal, note=note)


def once(remarks: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """What was said of several runs, each thing once."""
    return tuple(dict.fromkeys(chain.from_iterable(remarks)))


def words(rows: Sequence[Row], broken: Mapping[str, str]) -> list[str]:
    """What came of it in sentences: how much was reached, and what fell short by how much."""
    goals = [row for row in rows if row.goal]
    reached = sum(row.verdict == "yes" for row in goals)
    return [
        f"{reached} of {len(goals)} goals were reached.",
        *(f"  {row.shortfall}" for row in rows if row.shortfall),
        *(f"  {name} could not be measured: {why}" for name, why in broken.items()),
    ]


def wide() -> Console:
    """The terminal; in a file a table may be as wide as it is."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def show(rows: Sequence[Row], broken: Mapping[str, str], console: Console | None = None) -> None:
    """Print the table, and what came of it; ``broken`` are scenarios that ended with an error."""
    table = Table(title=_title(), title_justify="left")
    for name in ("scenario", "what", "measured", "min to max", "to reach", "reached"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            row.scenario,
            f"{row.what} ({row.note})" if row.note else row.what,
            f"{figure(row.value)} {row.unit}",
            f"{figure(min(row.runs))} to {figure(max(row.runs))}" if len(row.runs) > 1 else "",
            f"{row.goal.bound} {figure(row.goal.value)}" if row.goal else "",
            row.verdict,
        )
    console = console or wide()
    console.print(table)
    for line in words(rows, broken):
        console.print(line, markup=False, soft_wrap=True)


def save(rows: Sequence[Row], broken: Mapping[str, str], directory: Path) -> Path:
    """Write them as JSON; answers the file."""
    directory.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    found = {"at": now, "machine": machine.description(), **plain(rows, broken)}
    path = directory / f"bench-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    return path


def plain(rows: Sequence[Row], broken: Mapping[str, str]) -> dict[str, object]:
    """What JSON says of them."""
    return {"rows": [_plain(row) for row in rows], "broken": broken, "words": words(rows, broken)}


def _plain(row: Row) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(row)
    return told | {"value": row.value, "reached": row.verdict}


def _title() -> str:
    on = machine.description()
    return (
        f"{on['cores']} × {on['processor']}, {on['memory_gib']} GiB, {on['system']}, "
        f"Python {on['python']}"
    )


def figure(value: float) -> str:
    """Three digits of it, or all before the point."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
