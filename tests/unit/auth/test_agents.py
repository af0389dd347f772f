from __future__ import annotations

import pytest

from headrace.auth.agents import network, origin, program, site

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("", ""),
        ("testclient", ""),
    ],
)
def test_an_address_is_kept_as_its_network(address: str, expected: str) -> None:
    assert network(address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.77"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.77", "192.0.2.77"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_attempts_are_counted_for_all_addresses_of_one_customer(
    address: str, expected: str
) -> None:
    assert site(address) == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (FIREFOX, "Firefox, Linux"),
        (EDGE, "Edge, Windows"),
        (SAFARI, "Safari, iOS"),
        ("Firefox/140.0", "Firefox"),
        ("curl/8.14.1", "curl"),
        ("", ""),
        ("\x1b[31m" + "x" * 100, "[31m" + "x" * 36),
    ],
)
def test_a_program_is_kept_by_its_name(agent: str, expected: str) -> None:
    assert program(agent) == expected


def test_an_origin_is_both() -> None:
    found = origin("192.0.2.77", FIREFOX)
    assert (found.network, found.agent) == ("192.0.2.0/24", "Firefox, Linux")
