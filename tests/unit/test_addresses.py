"""addresses.py: whose address counts, and that nothing is left when everybody has gone."""

from __future__ import annotations

import random

import pytest

from headrace.addresses import Addresses
from headrace.errors import TooManyConnections

PROXY = "10.0.0.1"


def test_who_comes_by_a_trusted_proxy_counts_by_the_address_that_it_tells() -> None:
    addresses = Addresses(PROXY, 1)
    first = addresses.enter(PROXY, ["192.0.2.1"])
    second = addresses.enter(PROXY, ["192.0.2.2"])
    assert {first, second} == {"192.0.2.1", "192.0.2.2"}
    with pytest.raises(TooManyConnections):
        addresses.enter(PROXY, ["192.0.2.1"])


def test_what_others_claim_to_be_counts_for_nothing() -> None:
    addresses = Addresses(PROXY, 1)
    assert addresses.enter("198.51.100.7", ["192.0.2.1"]) == "198.51.100.7"
    with pytest.raises(TooManyConnections):
        addresses.enter("198.51.100.7", ["192.0.2.2"])


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        (PROXY, ["192.0.2.66, 192.0.2.1"], "192.0.2.1"),
        (PROXY, ["192.0.2.66", "192.0.2.1"], "192.0.2.1"),
        ("10.0.0.0/8", ["192.0.2.1, 10.3.4.5"], "192.0.2.1"),
        ("*", ["192.0.2.1, 203.0.113.9"], "192.0.2.1"),
        (PROXY, ["192.0.2.1:4711"], "192.0.2.1"),
        (PROXY, ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        (PROXY, [""], PROXY),
        (PROXY, [], PROXY),
        ("", ["192.0.2.1"], PROXY),
    ],
)
def test_the_last_address_that_nobody_trusts_is_the_clients(
    trusted: str, forwarded: list[str], expected: str
) -> None:
    assert Addresses(trusted, 5).enter(PROXY, forwarded) == expected


def test_without_a_limit_nothing_is_counted() -> None:
    addresses = Addresses(PROXY, 0)
    assert [addresses.enter("192.0.2.1", []) for _ in range(5)] == [None] * 5
    assert addresses.counts == {}


def test_after_any_coming_and_going_nothing_is_left() -> None:
    addresses, draw = Addresses("", 3), random.Random(5)
    there: list[str] = []
    for _ in range(2_000):
        if there and draw.random() < 0.5:
            addresses.leave(there.pop(draw.randrange(len(there))))
            continue
        try:
            place = addresses.enter(f"192.0.2.{draw.randrange(9)}", [])
        except TooManyConnections:
            continue
        assert place is not None
        there.append(place)
        assert max(addresses.counts.values()) <= 3
        assert addresses.counts.total() == len(there)
    for place in there:
        addresses.leave(place)
    assert addresses.counts == {}
