"""A node that nobody has started: what its hub sends, and when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from headrace.node import Node
from headrace.settings import Settings
from tests.live_support import Peer, entry, info


@pytest.fixture
def node() -> Node:
    nothing: Any = None
    return Node(
        Settings(),
        nothing,
        nothing,
        name="test",
        random=lambda: 0.5,
        clock=lambda: datetime(2026, 11, 21, tzinfo=UTC),
    )


async def test_what_came_in_goes_out_once_at_the_end_of_the_tick_or_when_asked_for(
    node: Node,
) -> None:
    peer = Peer(node.hub)
    peer.subscribe(node.hub.open(info()))
    node.hub.ingest(entry(1))
    assert peer.numbers == []
    await asyncio.sleep(0)
    assert peer.numbers == [1]
    node.hub.ingest(entry(2))
    node.settle()
    assert peer.numbers == [1, 2]
    node.hub.ingest(entry(3))
    await asyncio.sleep(0)
    assert peer.numbers == [1, 2, 3]
    await asyncio.sleep(0)
    fan_outs = sum(sum(buckets.counts) for buckets in node.timings.fan_out.values())
    assert fan_outs == 3
