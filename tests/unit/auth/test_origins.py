from __future__ import annotations

import pytest

from headrace.auth.origins import is_ours

HOST = "stream.example:8080"
PUBLIC = "https://stream.example"


@pytest.mark.parametrize(
    "page",
    [
        "http://stream.example:8080",
        "HTTP://Stream.Example:8080",
        "https://stream.example:8080/groups/qm?x=y",
        "https://stream.example",
        "https://stream.example/",
    ],
)
def test_pages_of_this_host_and_of_the_public_address_are_ours(page: str) -> None:
    assert is_ours(page, HOST, PUBLIC)


@pytest.mark.parametrize(
    "page",
    [
        None,
        "",
        "null",
        "stream.example:8080",
        "//stream.example:8080",
        "http://stream.example",  # the public address is https
        "http://stream.example:80800",
        "http://stream.example:8080.evil.example",
        "http://evil.example/http://stream.example:8080",
        "http://stream.example:8080@evil.example",
        "http://user@stream.example:8080",
        "file://stream.example:8080",
        "http://[",
    ],
)
def test_all_others_are_not(page: str | None) -> None:
    assert not is_ours(page, HOST, PUBLIC)


def test_without_a_host_and_a_public_address_nothing_is_ours() -> None:
    assert not is_ours("http://stream.example", "", "")
    assert not is_ours("http://", "", "")
