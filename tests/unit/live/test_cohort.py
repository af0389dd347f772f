from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headrace.live.cohort import Cohorts
from headrace.live.frames import Broadcast, Format
from headrace.model.filters import parse
from tests.live_support import Peer, Ticks, entry, info

TAGS = ["a", "b", "c"]
FILTERS = [
    "",
    "tag:a",
    "tag:a,b",
    "-tag:a",
    "number",
    "from:@mia tag:c",
    "type:Like",
    "level:public",
]


@given(
    chosen=st.lists(st.sampled_from(FILTERS), min_size=1, max_size=6),
    entries=st.lists(st.lists(st.sampled_from(TAGS), unique=True), min_size=1, max_size=5),
)
def test_the_index_finds_exactly_the_filters_that_accept(
    chosen: list[str], entries: list[list[str]]
) -> None:
    stream = Ticks().hub().open(info())
    cohorts = Cohorts()
    for text in chosen:
        cohorts.join(stream, parse(text), Format.JSON)
    items = [Broadcast(entry(n + 1, tags=tuple(tags))) for n, tags in enumerate(entries)]
    routed = {c.filter.canonical: len(frames) for c, frames in cohorts.route(items).items()}
    expected = {
        parse(text).canonical: sum(parse(text).matches(i.entry.activity) for i in items)
        for text in chosen
    }
    assert routed == {text: count for text, count in expected.items() if count}


def test_equal_filters_share_a_cohort() -> None:
    stream = Ticks().hub().open(info())
    first = stream.cohorts.join(stream, parse("tag:a type:create"), Format.JSON)
    assert stream.cohorts.join(stream, parse("type:Create tag:A"), Format.JSON) is first
    assert stream.cohorts.join(stream, parse("tag:a type:create"), Format.MSGPACK) is not first


def test_an_empty_cohort_leaves_no_trace_in_the_index() -> None:
    ticks = Ticks()
    hub = ticks.hub()
    stream = hub.open(info())
    for text in FILTERS:
        peer = Peer(hub)
        peer.subscribe(stream, only=text)
        hub.depart(peer.session)
    assert len(stream.cohorts) == 0
    assert stream.cohorts.route([Broadcast(entry(1, tags=("a", "c")))]) == {}
    assert not stream.cohorts._by_key
