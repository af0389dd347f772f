from __future__ import annotations

import pytest

from headrace.auth.credentials import Prefix, bearer, digest, secret, session_in


def test_a_secret_says_what_it_is_and_keeps_all_its_randomness() -> None:
    made = {secret(Prefix.TOKEN, bytes([number]) * 32) for number in range(256)}
    assert len(made) == 256
    assert all(text.startswith("hr_") and len(text) == 3 + 43 for text in made)
    assert all(text.replace("_", "").replace("-", "").isalnum() for text in made)


def test_what_is_stored_of_a_secret_is_not_the_secret() -> None:
    assert len(digest("hr_x")) == 32
    assert digest("hr_x") != digest("hr_y")
    assert b"hr_x" not in digest("hr_x")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Bearer hr_x", "hr_x"),
        ("bearer  hr_x ", "hr_x"),
        ("Bearer", ""),
        ("Basic hr_x", ""),
        ("hr_x", ""),
        ("", ""),
    ],
)
def test_the_bearer_of_an_authorization(header: str, found: str) -> None:
    assert bearer(header) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("headrace_session=hs_x", "hs_x"),
        ("theme=dark; headrace_session=hs_x; a=b", "hs_x"),
        ("headrace_session=", None),
        ("not_headrace_session=hs_x", None),
        ("headrace_session", None),
        (";;=;", None),
        ("", None),
        (None, None),
    ],
)
def test_the_session_in_a_cookie(header: str | None, found: str | None) -> None:
    assert session_in(header, is_https=False) == found


@pytest.mark.parametrize(
    ("header", "plain", "https"),
    [
        ("headrace_session=hs_x", "hs_x", None),
        ("__Host-headrace_session=hs_y", "hs_y", "hs_y"),
        ("headrace_session=hs_x; __Host-headrace_session=hs_y", "hs_y", "hs_y"),
        ("__Host-headrace_session=hs_y; headrace_session=hs_x", "hs_y", "hs_y"),
        ("__Host-headrace_session=hs_y; __Host-headrace_session=hs_z", "hs_y", "hs_y"),
        ("__host-headrace_session=hs_y", None, None),
    ],
)
def test_a_cookie_from_a_neighbouring_host_does_not_count(
    header: str, plain: str | None, https: str | None
) -> None:
    assert session_in(header, is_https=False) == plain
    assert session_in(header, is_https=True) == https
