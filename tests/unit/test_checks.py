"""What `headrace doctor` says of the key that secrets are sealed with."""

from __future__ import annotations

import base64

import pytest

from headrace.auth.sealing import Key, Ring
from headrace.cli.checks import State, key_finding

ONE, TWO = (Key(base64.b64encode(bytes([number]) * 32).decode()) for number in (1, 2))
NONE = Ring()


@pytest.mark.parametrize(
    ("ring", "used", "counts", "state", "mend"),
    [
        (Ring([ONE]), ONE.id, {ONE.id: 3}, State.FINE, ""),
        (Ring([ONE]), None, {}, State.FINE, ""),
        (NONE, None, {}, State.NOTE, "mend no key"),
        (NONE, None, {None: 2}, State.NOTE, "mend no key"),
        (NONE, ONE.id, {}, State.WRONG, "mend no key"),
        (Ring([ONE]), TWO.id, {TWO.id: 1}, State.WRONG, "mend other key"),
        (Ring([ONE, TWO]), TWO.id, {TWO.id: 1}, State.NOTE, "mend key change"),
        (Ring([ONE]), ONE.id, {None: 1}, State.NOTE, "mend open secrets"),
        (Ring([ONE]), ONE.id, {ONE.id: 1, TWO.id: 1}, State.NOTE, "mend lost key"),
    ],
)
def test_a_key_is_fine_or_there_is_something_that_helps(
    ring: Ring, used: bytes | None, counts: dict[bytes | None, int], state: State, mend: str
) -> None:
    found = key_finding(ring, used, counts)
    assert (found.state, found.mend) == (state, mend)
