from __future__ import annotations

import msgspec
import pytest
from websockets.frames import Opcode

from headrace.live.frames import Broadcast, Format, encode
from headrace.live.messages import ActivityMessage, Pong
from tests.live_support import DECODERS, entry, frames_in


@pytest.mark.parametrize("form", list(Format))
def test_a_shared_frame_says_what_the_message_says(form: Format) -> None:
    item = Broadcast(entry(5, tags=("a",)))
    (frame,) = frames_in(item.frame(form, 2))
    assert DECODERS[form].decode(frame.data) == ActivityMessage(
        stream="s", seq=5, prev=2, activity=item.entry.activity
    )


def test_prev_is_left_out_where_it_says_nothing() -> None:
    (frame,) = frames_in(Broadcast(entry(5)).frame(Format.JSON, 4))
    assert "prev" not in msgspec.json.decode(frame.data)


def test_each_frame_is_made_once() -> None:
    item = Broadcast(entry(5))
    assert item.frame(Format.JSON, 4) is item.frame(Format.JSON, 4)
    assert item.frame(Format.JSON, 3) is not item.frame(Format.JSON, 4)


def test_formats_use_their_kind_of_frame() -> None:
    kinds = [next(frames_in(encode(Pong(), form))).opcode for form in Format]
    assert kinds == [Opcode.TEXT, Opcode.BINARY]


def test_both_formats_hold_the_same_fields() -> None:
    item = Broadcast(entry(5))
    (text,), (pack,) = (list(frames_in(item.frame(form, 4))) for form in Format)
    assert msgspec.json.decode(text.data) == msgspec.msgpack.decode(pack.data)


def test_without_content_nothing_that_was_said_is_left() -> None:
    stub = Broadcast(entry(5, tags=("secret",))).without_content()
    assert b"number 5" not in stub.frame(Format.JSON, 4)
    assert b"secret" not in stub.frame(Format.JSON, 4)
    assert (stub.entry.seq, stub.entry.activity.type) == (5, "Tombstone")
