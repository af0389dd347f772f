"""When keys are asked for again, by a clock of the test's own."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import ECKey

from headrace.auth.oidc import keys
from headrace.auth.oidc.keys import Keys
from headrace.errors import ProviderUntrusted


class Source:
    """Answers a key set and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.time = 1_000.0
        key = ECKey.generate_key("P-256", auto_kid=True)
        self.document: dict[str, Any] = {"keys": [key.as_dict(private=False)]}

    async def fetch(self) -> dict[str, Any]:
        self.asked += 1
        return self.document


async def test_keys_are_asked_for_again_once_they_are_old() -> None:
    source = Source()
    known = Keys(source.fetch, lambda: source.time)
    await known.current()
    source.time += keys.FRESH
    await known.current()
    assert source.asked == 1
    source.time += 1
    await known.current()
    assert source.asked == 2


async def test_a_missing_key_is_looked_for_at_once_and_then_after_a_pause() -> None:
    source = Source()
    known = Keys(source.fetch, lambda: source.time)
    await known.current()
    for _ in range(3):
        await known.after_rotation()
    assert source.asked == 2
    source.time += keys.PAUSE
    await known.after_rotation()
    assert source.asked == 3


@pytest.mark.parametrize(
    "document",
    [{}, {"keys": []}, {"keys": [{}]}, {"keys": [7]}, {"keys": None}, {"keys": [{"kty": "RSA"}]}],
)
async def test_keys_that_cannot_be_read_are_none(document: dict[str, Any]) -> None:
    source = Source()
    source.document = document
    with pytest.raises(ProviderUntrusted):
        await Keys(source.fetch, lambda: source.time).current()
