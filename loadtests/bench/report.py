"""Rows: what was measured against what is to be reached; as a table and as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Literal

import msgspec
from rich.console import Console
from rich.table import Table

from loadtests.bench import machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
    def verdict(self) -> str:
        """In plain words."""
        if self.faults:
            return "invalid: " + "; ".join(self.faults)
        if self.doubts:
            return "cannot tell: " + "; ".join(self.doubts)
        if self.goal is None:
            return ""
        return "yes" if self.goal.is_reached(self.value) else "no"


def show(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the table."""
    table = Table(title=_title(), title_justify="left")
    for name in ("scenario", "what", "measured", "min to max", "to reach", "reached"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            row.scenario,
            f"{row.what} ({row.note})" if row.note else row.what,
            f"{_figure(row.value)} {row.unit}",
            f"{_figure(min(row.runs))} to {_figure(max(row.runs))}" if len(row.runs) > 1 else "",
            f"{row.goal.bound} {_figure(row.goal.value)}" if row.goal else "",
            row.verdict,
        )
    (console or Console()).print(table)


def save(rows: Sequence[Row], directory: Path) -> Path:
    """Write them as JSON; answers the file."""
    directory.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    found = {
        "at": now,
        "machine": machine.description(),
        "rows": [_plain(row) for row in rows],
    }
    path = directory / f"bench-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    return path


def _plain(row: Row) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(row)
    return plain | {"value": row.value, "reached": row.verdict}


def _title() -> str:
    on = machine.description()
    return (
        f"{on['cores']} × {on['processor']}, {on['memory_gib']} GiB, {on['system']}, "
        f"Python {on['python']}"
    )


def _figure(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
