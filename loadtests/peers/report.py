"""The table, the same as JSON, and a picture of it."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import msgspec
from rich.table import Table

from loadtests.bench import machine
from loadtests.bench.report import wide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from loadtests.peers.scenario import Result, Scale

_ROW, _LABEL, _WIDTH, _FIGURES = 26, 230, 420, 170


def show(
    results: Sequence[Result],
    absent: Mapping[str, str],
    scale: Scale,
    console: Console | None = None,
) -> None:
    """Print the table, cheapest first, and who is not in it and why."""
    table = Table(title=title(scale), title_justify="left")
    for name in ("peer", "version", "CPU µs per delivery", "min to max", "without publishing"):
        table.add_column(name)
    for name in ("times the bare loop", "p50 ms", "p99 ms", "per second", "valid"):
        table.add_column(name)
    for one in ordered(results):
        table.add_row(
            one.title,
            one.version,
            f"{one.cost:.2f}",
            f"{min(one.cpu):.2f} to {max(one.cpu):.2f}",
            f"{one.fan_out:.2f}",
            _times(one, results),
            _milliseconds(one.p50),
            _milliseconds(one.p99),
            f"{one.rate:g}",
            "; ".join(one.faults) or "yes",
        )
    console = console or wide()
    console.print(table)
    for name, reason in absent.items():
        console.print(f"{name} is not in the table: {reason}", markup=False, soft_wrap=True)
    for line in words(results):
        console.print(line, markup=False, soft_wrap=True)


def save(
    results: Sequence[Result], absent: Mapping[str, str], scale: Scale, directory: Path
) -> tuple[Path, Path]:
    """Write JSON and the picture; answers the files."""
    directory.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    data = directory / f"peers-{now:%Y%m%dT%H%M%SZ}.json"
    found = {"at": now, "machine": machine.description(), **plain(results, absent, scale)}
    data.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    picture = data.with_suffix(".svg")
    picture.write_text(bars(results, scale), encoding="utf-8")
    return data, picture


def plain(results: Sequence[Result], absent: Mapping[str, str], scale: Scale) -> dict[str, object]:
    """What JSON says of them."""
    return {
        "scale": scale._asdict(),
        "results": results,
        "absent": absent,
        "words": words(results),
    }


def words(results: Sequence[Result]) -> list[str]:
    """Headrace beside each of the others, in sentences; within a tenth is level."""
    mine = next((one for one in results if one.name == "headrace" and not one.faults), None)
    if mine is None:
        return ["Headrace was not measured."]
    others = [one for one in ordered(results) if not one.faults and one.name != "bare"]
    others.remove(mine)
    return [
        f"Headrace takes {mine.cost:.2f} µs of CPU for a delivery.",
        *_beside(mine.cost, {one.title: one.cost for one in others}),
        f"Without publishing, which in Headrace alone is durable: {mine.fan_out:.2f} µs.",
        *_beside(mine.fan_out, {one.title: one.fan_out for one in others}),
    ]


def _beside(mine: float, others: Mapping[str, float]) -> list[str]:
    told: dict[str, list[str]] = {"ahead of": [], "level with": [], "behind": []}
    for name, cost in others.items():
        is_level = abs(cost - mine) <= 0.1 * mine
        place = "level with" if is_level else "ahead of" if cost > mine else "behind"
        told[place].append(f"{name} ({cost:.2f})")
    return [f"  {place} {', '.join(names)}" for place, names in told.items() if names]


def ordered(results: Sequence[Result]) -> list[Result]:
    """Cheapest first."""
    return sorted(results, key=lambda one: one.cost)


def title(scale: Scale) -> str:
    """What was measured, on what."""
    on = machine.description()
    return (
        f"{scale.name.capitalize()}: {scale.connections:,} connections, {scale.rate:g} a second, "
        f"300 bytes, "
        f"median of {scale.runs} runs; "
        f"{on['cores']} × {on['processor']}"
    )


def bars(results: Sequence[Result], scale: Scale) -> str:
    """An SVG: a bar for each; one that would dwarf the others is cut off and says so."""
    rows = ordered(results)
    longest = min(rows[-1].cost, 6 * median(one.cost for one in rows))
    height = _ROW * (len(rows) + 2)
    width = _LABEL + _WIDTH + _FIGURES
    body = "".join(_bar(place, one, longest) for place, one in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="8" y="18">{escape(title(scale))}</text>'
        f'<text x="8" y="34" font-size="11" fill="#555">server CPU per delivery, µs</text>{body}'
        "</svg>\n"
    )


def _bar(place: int, one: Result, longest: float) -> str:
    y = _ROW * (place + 1) + 14
    is_cut = one.cost > longest
    length = _WIDTH * min(one.cost, longest) / longest
    colour = {"headrace": "#0b6e4f", "bare": "#999"}.get(one.name, "#4a7fb5")
    figure = f"{one.cost:.2f} µs" + (" (bar cut off)" if is_cut else "")
    if one.faults:
        figure += " (invalid)"
    return (
        f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(one.title)}</text>'
        f'<rect x="{_LABEL}" y="{y}" width="{length:.1f}" height="20" fill="{colour}"/>'
        f'<text x="{_LABEL + length + 6:.1f}" y="{y + 15}">{figure}</text>'
    )


def _times(one: Result, results: Sequence[Result]) -> str:
    limit = next((other.cost for other in results if other.name == "bare"), None)
    return "" if limit is None else f"{one.cost / limit:.2f}"


def _milliseconds(values: Sequence[float]) -> str:
    return f"{median(values):.2f}" if values else ""
