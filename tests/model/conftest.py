"""The whole model, with everybody there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model.test_whole import Whole

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def whole() -> Iterator[Whole]:
    made = Whole()
    made.everybody_comes()
    yield made
    made.nothing_went_wrong_unheard()
    made.teardown()
