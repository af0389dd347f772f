from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headrace.live.cohort import Cohort, Cohorts
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
    '"number 2"',
    '"2 number"',
    "from:@mia tag:c",
    "tag:b number",
    "type:Like",
    "level:public",
]
bursts = st.lists(
    st.lists(st.lists(st.sampled_from(TAGS), unique=True), min_size=1, max_size=4), max_size=4
)


@given(
    chosen=st.lists(st.sampled_from(FILTERS), min_size=1, max_size=8),
    forms=st.sets(st.sampled_from(Format), min_size=1),
    bursts=bursts,
)
def test_everybody_is_routed_what_their_filter_accepts_after_what_they_know(
    chosen: list[str], forms: set[Format], bursts: list[list[list[str]]]
) -> None:
    """As if each cohort were alone, whatever is looked up or made for several at once."""
    stream = Ticks().hub().open(info())
    cohorts = Cohorts()
    joined = {cohorts.join(stream, parse(text), form) for text in chosen for form in forms}
    told = dict.fromkeys(joined, 0)
    seq = 0
    for burst in bursts:
        items = [Broadcast(entry(seq + n, tags=tuple(tags))) for n, tags in enumerate(burst, 1)]
        expected: dict[Cohort, tuple[bytes, ...]] = {}
        for item in items:
            seq = item.entry.seq
            for cohort in joined:
                if cohort.filter.matches(item.entry.activity):
                    frame = item.frame(cohort.form, told[cohort])
                    expected[cohort] = (*expected.get(cohort, ()), frame)
                    told[cohort] = seq
        routed = cohorts.route(items)
        assert sum(map(len, routed.values())) == len(expected), "nobody twice"
        assert {one: frames for frames, them in routed.items() for one in them} == expected


def test_filters_to_which_the_same_passed_last_get_the_same_together() -> None:
    stream = Ticks().hub().open(info())
    cohorts = Cohorts()
    first, second, third = (
        cohorts.join(stream, parse(text), Format.JSON) for text in ("tag:a", "tag:a,b", "tag:a,c")
    )
    assert [set(them) for them in cohorts.route([_tagged(1, "a")]).values()] == [
        {first, second, third}
    ]
    cohorts.route([_tagged(2, "b")])
    routed = cohorts.route([_tagged(3, "a"), _tagged(4, "a")])
    assert {len(frames) for frames in routed} == {2}
    assert sorted(map(len, routed.values())) == [1, 2], "one was told of number 2 already"
    routed = cohorts.route([_tagged(5, "b"), _tagged(6, "a")])
    assert {len(frames): set(them) for frames, them in routed.items()} == {
        1: {first, third},
        2: {second},
    }


def _tagged(seq: int, *tags: str) -> Broadcast:
    return Broadcast(entry(seq, tags=tags))


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
