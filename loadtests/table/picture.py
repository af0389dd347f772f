"""One picture (SVG): how far each goal was reached, and below it the bars of the peers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from loadtests.bench.report import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.bench.report import Row

_ROW, _LABEL, _WIDTH, _FIGURES = 26, 620, 300, 150
_LONGEST = 2.0
_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def picture(rows: Sequence[Row], parts: Sequence[str]) -> str:
    """A bar for each goal, as a share of what is allowed; then the pictures ``parts``."""
    drawn = [_goals([row for row in rows if row.goal]), *parts]
    body, width, height = "", 0.0, 0.0
    for part in drawn:
        found = _VIEW.search(part)
        if found is None:
            raise AssertionError("a picture without a size")
        size = f'y="{height:g}" width="{found[1]}" height="{found[2]}"'
        body += part.replace("<svg ", f"<svg {size} ", 1)
        width, height = max(width, float(found[1])), height + float(found[2])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n'
    )


def share(row: Row) -> float:
    """How much of what the goal allows is used: 1 is just reached, less is better."""
    if row.goal is None:
        raise AssertionError(f"{row.what} has no goal")
    if row.goal.bound == "at most":
        return row.value / row.goal.value
    return row.goal.value / max(row.value, 1e-9)


def _goals(rows: Sequence[Row]) -> str:
    width, height = _LABEL + _WIDTH + _FIGURES, _ROW * (len(rows) + 2)
    limit = _LABEL + _WIDTH / _LONGEST
    bars = "".join(_bar(_ROW * (place + 1) + 14, row) for place, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="13">'
        f'<text x="8" y="18">What is to be reached: shorter is better, up to the line is reached'
        f'</text>{bars}<line x1="{limit}" y1="{_ROW}" x2="{limit}" y2="{height}" stroke="#222"/>'
        "</svg>"
    )


def _bar(y: int, row: Row) -> str:
    used = share(row)
    length = _WIDTH * min(used, _LONGEST) / _LONGEST
    colour = {"yes": "#0b6e4f", "no": "#b3261e"}.get(row.verdict, "#999")
    told = f"{figure(row.value)} {row.unit}".strip() + (" (bar cut off)" if used > _LONGEST else "")
    return (
        f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end" font-size="12">'
        f"{escape(f'{row.scenario}: {row.what}')}</text>"
        f'<rect x="{_LABEL}" y="{y}" width="{length:.1f}" height="20" fill="{colour}"/>'
        f'<text x="{_LABEL + length + 6:.1f}" y="{y + 15}">{escape(told)}</text>'
    )
