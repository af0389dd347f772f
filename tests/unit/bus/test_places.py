"""Which server carries which channel."""

from __future__ import annotations

import pytest
from redis.crc import key_slot

from headrace.bus.places import SLOTS, Layout, Range, Server, _ranges, seeds

A, B, C = (Server(name, f"redis://{name}:6379") for name in "abc")


def shared() -> Layout:
    return Layout(
        [
            Range(8_000, 11_999, C),
            Range(0, 3_999, A),
            Range(4_000, 7_999, B),
            Range(12_000, SLOTS - 1, A),
        ],
        is_cluster=True,
    )


def test_a_server_by_itself_carries_every_channel() -> None:
    layout = Layout.single(A)
    assert {layout.server(f"headrace:{{{name}}}".encode()) for name in range(100)} == {A}
    assert layout.servers == (A,)
    assert layout.is_whole


def test_in_a_cluster_the_slot_of_the_hash_tag_decides() -> None:
    layout = shared()
    for number in range(1_000):
        channel = f"headrace:{{{number}}}".encode()
        slot = key_slot(str(number).encode())
        expected = B if 4_000 <= slot < 8_000 else C if 8_000 <= slot < 12_000 else A
        assert layout.server(channel) == expected


def test_each_server_is_named_once_however_many_ranges_it_has() -> None:
    assert sorted(shared().servers) == [A, B, C]


@pytest.mark.parametrize(("first", "last"), [(1, SLOTS - 1), (0, SLOTS - 2)])
def test_slots_at_the_edges_that_nobody_carries_are_missed(first: int, last: int) -> None:
    layout = Layout([Range(first, last, A)], is_cluster=True)
    assert not layout.is_whole
    lost = next(
        channel
        for channel in (f"{{{number}}}".encode() for number in range(10**6))
        if not first <= key_slot(channel) <= last
    )
    assert layout.server(lost) is None


def test_a_cluster_without_slots_carries_nothing() -> None:
    layout = Layout([], is_cluster=True)
    assert layout.server(b"{x}") is None
    assert not layout.is_whole


def test_a_probe_comes_round_where_it_is_sent_from() -> None:
    layout = shared()
    for server in layout.servers:
        assert layout.server(layout.probe(server, "node")) == server
    assert layout.probe(A, "one") != layout.probe(A, "two")


def test_layouts_are_equal_when_everything_is_where_it_was() -> None:
    assert shared() == shared()
    assert shared() != Layout.single(A)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://a:1", ["redis://a:1"]),
        (
            "rediss://me:pa%40ss@a:1,b:2/3",
            ["rediss://me:pa%40ss@a:1/3", "rediss://me:pa%40ss@b:2/3"],
        ),
        ("unix:///run/a,b.sock", ["unix:///run/a,b.sock"]),
    ],
)
def test_a_url_names_one_server_or_several(url: str, expected: list[str]) -> None:
    assert [server.url for server in seeds(url)] == expected


def test_no_servers_name_shows_a_password() -> None:
    assert [server.name for server in seeds("redis://:secret@a:1,b:2")] == ["a:1", "b:2"]


def test_the_others_of_a_cluster_are_reached_as_the_one_that_was_asked() -> None:
    asked = Server("a:1", "rediss://me:secret@a:1/0")
    answer = [
        [0, 5, [b"10.0.0.7", 7000, b"id", []], [b"10.0.0.8", 7000, b"id", []]],
        [6, 9, [b"fd00::7", 7001, b"id", []]],
        [10, 11, [None, 7002, b"id", []]],
    ]
    found = {each.first: each.server.url for each in _ranges(asked, answer)}
    assert found == {
        0: "rediss://me:secret@10.0.0.7:7000",
        6: "rediss://me:secret@[fd00::7]:7001",
        10: "rediss://me:secret@a:7002",
    }
