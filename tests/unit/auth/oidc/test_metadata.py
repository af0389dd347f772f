from __future__ import annotations

import pytest

from headrace.auth.oidc import metadata


@pytest.mark.parametrize(
    ("address", "here", "expected"),
    [
        ("https://id.example.org/token", False, True),
        ("https:///token", False, False),
        ("http://id.example.org/token", True, False),
        ("http://127.0.0.1:8000/token", True, True),
        ("http://127.0.0.1:8000/token", False, False),
        ("http://localhost/token", True, True),
        ("http://localhost.evil.example/token", True, False),
        ("http://localhost@evil.example/token", True, False),
        ("http://localhost:8000@evil.example/token", True, False),
        ("javascript:alert(1)", True, False),
        ("https://[", True, False),
        ("", True, False),
    ],
)
def test_an_endpoint_is_of_tls_or_on_the_same_machine(
    address: str, here: bool, expected: bool
) -> None:
    assert metadata.is_secure(address, here=here) is expected
