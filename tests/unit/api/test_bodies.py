from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.api.bodies import decode
from headrace.api.shapes.activities import NewActivity
from headrace.errors import MalformedBody

DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(NewActivity)


def refusal(body: bytes) -> MalformedBody:
    with pytest.raises(MalformedBody) as caught:
        decode(body, DECODER)
    return caught.value


def test_a_body_becomes_its_type() -> None:
    found = decode(b'{"content": "hello", "inReplyTo": "x"}', DECODER)
    assert found == NewActivity(content="hello", in_reply_to="x")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"content": 1}', "content"),
        (b'{"tags": ["a", 2]}', "tags[1]"),
        (b'{"attachment": [{}]}', "attachment[0].url"),
        (b'{"nonsense": 1}', "nonsense"),
        (b'{"tags": ["\\u0000"]}', "tags[0]"),
        (b'{"attachment": [{"url": "a\\u0000"}]}', "attachment[0].url"),
    ],
)
def test_what_is_wrong_is_pointed_at(body: bytes, path: str) -> None:
    assert refusal(body).details == {"path": path}


@pytest.mark.parametrize("body", [b"", b"\n", b"[]", b"1", b"{", b'{"content": "\xff"}'])
def test_what_is_wrong_as_a_whole_has_no_path(body: bytes) -> None:
    assert refusal(body).details == {}


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert decode(rb'{"content": "\\u0000"}', DECODER).content == r"\u0000"


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_decode_or_be_refused(body: bytes) -> None:
    with suppress(MalformedBody):
        assert isinstance(decode(body, DECODER), NewActivity)
