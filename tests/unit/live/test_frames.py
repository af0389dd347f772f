from __future__ import annotations

from itertools import accumulate, pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from headrace.live.frames import Broadcast, Format, encode, missing, ping, stamp_in, stamp_of
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


# Heartbeats, and where a client's frames end.

STAMP = 2**63 + 11
ANSWER = Frame(Opcode.PONG, STAMP.to_bytes(8))


def test_who_answers_a_ping_sends_its_stamp_back() -> None:
    (asked,) = frames_in(ping(STAMP))
    assert asked.opcode is Opcode.PING
    assert stamp_in(bytes(asked.data)) == STAMP
    assert stamp_of(Frame(Opcode.PONG, asked.data).serialize(mask=True)) == STAMP


@pytest.mark.parametrize(
    "data",
    [
        ANSWER.serialize(mask=True) * 2,
        ANSWER.serialize(mask=True)[:-1],
        ANSWER.serialize(mask=False) + bytes(4),
        Frame(Opcode.PONG, b"seven b").serialize(mask=True) + b"x",
        Frame(Opcode.PING, bytes(8)).serialize(mask=True),
        Frame(Opcode.TEXT, b"12345678").serialize(mask=True),
        b"\x0a" + ANSWER.serialize(mask=True)[1:],
        b"\xca" + ANSWER.serialize(mask=True)[1:],
        b"",
    ],
)
def test_nothing_else_is_taken_for_an_answer(data: bytes) -> None:
    assert stamp_of(data) is None


@pytest.mark.parametrize("payload", [b"", b"1234567", b"123456789"])
def test_a_pong_of_the_peers_own_making_has_no_stamp(payload: bytes) -> None:
    assert stamp_in(payload) is None


LENGTHS = st.sampled_from([0, 1, 8, 125, 126, 300, 65_535, 65_536])


@given(
    lengths=st.lists(LENGTHS, min_size=1, max_size=5),
    cuts=st.lists(st.integers(1, 200_000), max_size=6),
)
def test_wherever_frames_are_cut_it_is_known_how_much_is_missing(
    lengths: list[int], cuts: list[int]
) -> None:
    sent = [Frame(Opcode.BINARY, bytes(length)).serialize(mask=True) for length in lengths]
    data, ends = b"".join(sent), list(accumulate(map(len, sent)))
    short = 0
    for start, end in pairwise([0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]):
        short = missing(data[start:end], short)
        next_end = next(total for total in ends if total >= end)
        assert short in (next_end - end, -1)
    assert short == 0 or cuts


@pytest.mark.parametrize("length", [5, 126, 65_536])
def test_a_frame_may_come_in_two_pieces_once_its_length_is_there(length: int) -> None:
    data = Frame(Opcode.BINARY, bytes(length)).serialize(mask=True)
    size_of_head = len(data) - length - 4
    for cut in range(1, min(20, len(data))):
        left = missing(data[:cut], 0)
        assert left == (len(data) - cut if cut >= size_of_head else -1)
        assert missing(data[cut:], left) == (0 if cut >= size_of_head else -1)
