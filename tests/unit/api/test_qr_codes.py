from __future__ import annotations

import re

import segno

from headrace.api.qr_codes import qr_code

URI = "otpauth://totp/Headrace:jonas%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Headrace"


def painted(size: int, path: str) -> list[list[bool]]:
    """What the path darkens."""
    rows = [[False] * size for _ in range(size)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for at in range(int(x), int(x) + int(length)):
            rows[int(y)][at] = True
    return rows


def test_the_path_is_the_code_with_light_around_it() -> None:
    found = qr_code(URI)
    rows = painted(found.size, found.path)
    code = [[bool(module) for module in row] for row in segno.make_qr(URI, error="m").matrix]
    assert [row[4:-4] for row in rows[4:-4]] == code
    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))
    assert not any(any((*row[:4], *row[-4:])) for row in rows)
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", found.path)
