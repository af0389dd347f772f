"""QR codes (ISO/IEC 18004), for cameras to read from a page."""

from __future__ import annotations

from itertools import groupby

import segno

from headrace.api.shapes.factors import QrCode

#: Cameras find a code by the light around it (ISO/IEC 18004, section 9.1).
_QUIET = 4


def qr_code(text: str) -> QrCode:
    """The text as a QR code."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=_QUIET)]
    return QrCode(size=len(rows), path="".join(_line(y, row) for y, row in enumerate(rows)))


def _line(y: int, row: list[int]) -> str:
    """The dark parts of a row."""
    x, parts = 0, []
    for is_dark, same in groupby(row):
        length = len(list(same))
        if is_dark:
            parts.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return "".join(parts)
