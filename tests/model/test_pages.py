"""Pages of the log, shared: what happens when they cannot be read, or no longer hold."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from headrace.errors import Unavailable
from tests.model.test_whole import Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.live.frames import Broadcast


@pytest.fixture
def whole() -> Iterator[Whole]:
    made = Whole()
    made.everybody_comes()
    for _ in range(20):
        made.publish("s", [()], None)
        made.bring(0, 1)
        made.tick(0)
    yield made
    made.teardown()


def read(whole: Whole, after: int) -> list[Broadcast]:
    return whole.loop.run_until_complete(whole.nodes[0].pages.read("s", after))


def test_a_page_that_could_not_be_read_is_read_when_the_log_is_back(whole: Whole) -> None:
    whole.hold_the_log(away=True)
    with pytest.raises(Unavailable):
        read(whole, 2)
    whole.release_the_log()
    assert [item.entry.seq for item in read(whole, 2)] == [3, 4]


def test_a_page_is_read_again_once_it_no_longer_says_what_it_said(whole: Whole) -> None:
    pages = whole.nodes[0].pages
    kept = read(whole, 4)
    reads = pages.reads
    assert read(whole, 4)[0] is kept[0]
    pages.forget("t", lambda item: True)
    assert read(whole, 4)[0] is kept[0]
    assert pages.reads == reads
    pages.forget("s", lambda item: True)
    assert read(whole, 4)[0] is not kept[0]


def test_what_is_deleted_while_a_page_is_read_is_not_in_it(whole: Whole) -> None:
    node = whole.nodes[0]
    whole.hold_the_log(away=False)
    first, second = (whole.loop.create_task(node.pages.read("s", after)) for after in (4, 4))
    whole.loop.run_until_complete(asyncio.sleep(0))
    node.pages.forget("t", lambda item: True)
    node.pages.forget("s", lambda item: item.entry.seq == 6)
    whole.release_the_log()
    for reading in (first, second):
        items = whole.loop.run_until_complete(reading)
        kinds = [(item.entry.seq, item.entry.activity.type) for item in items[:3]]
        assert kinds == [(5, "Create"), (6, "Tombstone"), (7, "Create")]
        assert items[1].entry.activity.content is None
    assert read(whole, 4)[1].entry.activity.type == "Create"  # the log of the test still has it


def test_a_page_ends_with_what_was_sent(whole: Whole) -> None:
    assert [item.entry.seq for item in read(whole, 18)] == [19, 20]
    assert read(whole, 20) == []
