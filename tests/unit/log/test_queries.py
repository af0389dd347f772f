from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

import headrace
from headrace.log import queries

FILES = sorted(file.name for file in resources.files("headrace.log").joinpath("sql").iterdir())


@pytest.mark.parametrize("name", FILES)
def test_every_block_says_what_it_is_for(name: str) -> None:
    blocks = queries.load(name)
    for block in blocks.names:
        assert getattr(blocks, block).startswith("-- "), f"{name}: {block} has no purpose line"


@pytest.mark.parametrize("name", FILES)
def test_every_block_is_used(name: str) -> None:
    sources = [file.read_text("utf-8") for file in Path(headrace.__file__).parent.rglob("*.py")]
    for block in queries.load(name).names:
        assert any(re.search(rf"\.{block}\b", text) for text in sources), f"{block} is not used"


def test_an_unknown_block_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no SQL block named nothing"):
        _ = queries.load(FILES[0]).nothing
