from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

import headrace
from headrace.log import queries

DIRECTORY = resources.files("headrace.log").joinpath("sql")
FILES = sorted(file.name for file in DIRECTORY.iterdir())


@pytest.mark.parametrize("name", FILES)
def test_every_block_says_what_it_is_for(name: str) -> None:
    blocks = queries.load(name)
    for block in blocks.names:
        assert getattr(blocks, block).startswith("-- "), f"{name}: {block} has no purpose line"


@pytest.mark.parametrize("name", FILES)
def test_every_block_is_used(name: str) -> None:
    sources = [file.read_text("utf-8") for file in Path(headrace.__file__).parent.rglob("*.py")]
    sources.append((DIRECTORY / name).read_text("utf-8"))
    for block in queries.load(name).names:
        used = rf"\.{block}\b|\{{{block}\}}"
        assert any(re.search(used, text) for text in sources), f"{block} is not used"


def test_a_block_stands_without_its_purpose_where_another_one_names_it() -> None:
    blocks = queries.load("authority.sql")
    _, _, seats = blocks.seats.partition("WITH RECURSIVE")
    assert blocks.lasting_owners.startswith("-- How many people own a group for good")
    assert blocks.lasting_owners.splitlines()[1].startswith("WITH RECURSIVE")
    assert seats in blocks.lasting_owners


def test_an_unknown_block_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no SQL block named nothing"):
        _ = queries.load(FILES[0]).nothing
