"""The WebSocket protocol itself, case family by case family as the Autobahn test suite has them.

There is no echo to compare with, so what counts is how the protocol reacts: messages are
answered, pings get their pongs, and a broken frame ends the connection with the code that RFC
6455 (sections 5 to 8) names. After each case another connection goes on as if nothing was.
"""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.scenario.raw_socket import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    RawSocket,
    frame,
    in_pieces,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Open = Callable[..., Awaitable[RawSocket]]

    from tests.scenario.conftest import Site

JSON, MSGPACK = "headrace.v1.json", "headrace.v1.msgpack"
ASK = b'{"op":"ping","id":"%d"}'
TOLD = b'{"op":"pong","id":"%d"}'
PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1002, 1007, 1009
DEFLATE = "permessage-deflate; client_max_window_bits"


def deflated(data: bytes) -> bytes:
    press = zlib.compressobj(wbits=-15)
    return (press.compress(data) + press.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflated(data: bytes) -> bytes:
    return zlib.decompressobj(wbits=-15).decompress(data + b"\x00\x00\xff\xff")


@pytest.fixture
async def connect(site: Site) -> AsyncIterator[Open]:
    """Opens connections; at the end, one that was there all the time still works."""
    bystander = await RawSocket.open(site.nodes[0].port, site.tokens["gus"])
    opened = [bystander]

    async def open_one(protocol: str = JSON, extensions: str = "") -> RawSocket:
        address = site.nodes[0].port, site.tokens["jonas"]
        socket = await RawSocket.open(*address, protocol, extensions)
        opened.append(socket)
        return socket

    yield open_one
    await bystander.send(frame(TEXT, ASK % 7))
    assert await bystander.answers(1) == [(TEXT, TOLD % 7)]
    for socket in opened:
        await socket.shut()


async def still_answers(socket: RawSocket) -> None:
    await socket.send(frame(TEXT, ASK % 42))
    assert (await socket.answers(1))[0] == (TEXT, TOLD % 42)


async def test_1_frames_of_every_size_and_in_every_piece(connect: Open) -> None:
    socket, pack = await connect(), await connect(MSGPACK)
    for size in (40, 125, 126, 127, 128, 65_535, 65_536):
        await socket.send(frame(TEXT, (ASK % size).ljust(size)))
        assert await socket.answers(1) == [(TEXT, TOLD % size)]
    text = frame(TEXT, (ASK % 1).ljust(1_000))
    for piece in (1, 7, 997):
        await socket.send(*in_pieces(text, piece))
        assert await socket.answers(1) == [(TEXT, TOLD % 1)]
    await pack.send(frame(BINARY, msgspec.msgpack.encode({"op": "ping", "id": "x" * 64})))
    assert [code for code, _ in await pack.answers(1)] == [BINARY]
    for wide in (2, 8):  # longer than need be; strict or lenient, but never wrong
        await socket.send(frame(TEXT, ASK % wide, wide=wide))
        assert await socket.answers(1) == [(TEXT, TOLD % wide)]
    await socket.send(frame(TEXT))
    assert b"malformed_message" in (await socket.answers(1))[0][1]
    await still_answers(socket)


async def test_2_pings_are_answered_with_what_they_carry(connect: Open) -> None:
    socket = await connect()
    for payload in (b"", b"hello", bytes(range(125)), b"\xff\xfe\x00"):
        await socket.send(frame(PING, payload))
        assert await socket.answers(1) == [(PONG, payload)]
    await socket.send(*in_pieces(frame(PING, b"x" * 125), 1))
    assert await socket.answers(1) == [(PONG, b"x" * 125)]
    await socket.send(b"".join(frame(PING, bytes([n])) for n in range(10)))
    assert await socket.answers(10) == [(PONG, bytes([n])) for n in range(10)]
    stamps = [struct.pack(form, value) for form in ("<d", ">d") for value in (float("nan"), 1e300)]
    for payload in (b"", b"unasked", *stamps, b"\xff" * 8, bytes(8)):
        await socket.send(frame(PONG, payload))
    await still_answers(socket)


HALF = frame(TEXT, b"{", fin=False)
BROKEN = {
    "2 a ping of 126 bytes": (frame(PING, b"x" * 126), PROTOCOL_ERROR),
    "2 a ping in fragments": (frame(PING, b"x", fin=False), PROTOCOL_ERROR),
    **{f"3 reserved {n}": (frame(TEXT, ASK % 1, reserved=n), PROTOCOL_ERROR) for n in range(1, 8)},
    "3 reserved in a ping": (frame(PING, b"", reserved=4), PROTOCOL_ERROR),
    **{f"4 opcode {n}": (frame(n, b"x"), PROTOCOL_ERROR) for n in (3, 4, 5, 6, 7)},
    **{f"4 control opcode {n}": (frame(n, b"x"), PROTOCOL_ERROR) for n in range(11, 16)},
    "4 opcode 3 in fragments": (HALF + frame(3, b"x"), PROTOCOL_ERROR),
    "5 a continuation of nothing": (frame(CONT, b"x"), PROTOCOL_ERROR),
    "5 an open continuation of nothing": (frame(CONT, b"x", fin=False), PROTOCOL_ERROR),
    "5 a new message within one": (
        frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"),
        PROTOCOL_ERROR,
    ),
    "5 a close in fragments": (frame(CLOSE, b"\x03\xe8", fin=False), PROTOCOL_ERROR),
    "6 a byte that no text has": (frame(TEXT, b'{"op":"ping","id":"\xff"}'), INVALID_DATA),
    "6 outside the strings": (frame(TEXT, b"\xfe\xff" + ASK % 1), INVALID_DATA),
    "6 in what is ignored": (frame(TEXT, b'{"op":"ping","x":"\xc0\xaf"}'), INVALID_DATA),
    "6 a surrogate": (frame(TEXT, b'{"op":"ping","id":"\xed\xa0\x80"}'), INVALID_DATA),
    "6 beyond Unicode": (frame(TEXT, b'{"op":"ping","id":"\xf4\x90\x80\x80"}'), INVALID_DATA),
    "6 cut short": (frame(TEXT, b'{"op":"ping","id":"\xce'), INVALID_DATA),
    "6 broken over fragments": (
        frame(TEXT, b'{"op":"ping","id":"\xce', fin=False) + frame(CONT, b'"}'),
        INVALID_DATA,
    ),
    "7 a close of one byte": (frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
    "7 a close of 126 bytes": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), PROTOCOL_ERROR),
    "7 a reason that is no text": (frame(CLOSE, b"\x03\xe8\xff\xfe"), INVALID_DATA),
    **{
        f"7 close code {code}": (frame(CLOSE, code.to_bytes(2, "big")), PROTOCOL_ERROR)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    },
    "7 nothing masked": (frame(TEXT, ASK % 1, masked=False), PROTOCOL_ERROR),
    "9 more than a mebibyte": (frame(TEXT, b" " * (2**20 + 1)), TOO_BIG),
    "9 a length without end": (b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"abcd", TOO_BIG),
    "9 fragments without end": (
        frame(TEXT, b" " * 600_000, fin=False) + frame(CONT, b" " * 600_000, fin=False),
        TOO_BIG,
    ),
}


async def test_3_to_9_a_broken_frame_ends_its_connection_with_the_right_code(
    connect: Open,
) -> None:
    found, expected = {}, {}
    for case, (data, code) in BROKEN.items():
        socket = await connect()
        # Nothing that follows a broken frame counts.
        await socket.send(data + frame(TEXT, ASK % 99))
        found[case], expected[case] = await socket.close_code(), code
        assert (TEXT, TOLD % 99) not in [(int(f.opcode), bytes(f.data)) for f in socket.frames]
    assert found == expected


async def test_4_the_other_kind_of_frame_is_told_and_closed(connect: Open) -> None:
    for protocol, opcode in ((JSON, BINARY), (MSGPACK, TEXT)):
        socket = await connect(protocol)
        await socket.send(frame(opcode, ASK % 1))
        assert b"wrong_frame_type" in (await socket.answers(1))[0][1]
        assert await socket.close_code() == 4001


async def test_5_fragments_are_put_together_and_control_frames_go_in_between(
    connect: Open,
) -> None:
    socket = await connect()
    text = ASK % 5
    for size in (1, 3, len(text) - 1):
        first, *rest = in_pieces(text, size)
        parts = [frame(TEXT, first, fin=False), *(frame(CONT, part, fin=False) for part in rest)]
        await socket.send(*parts, frame(CONT))
        assert await socket.answers(1) == [(TEXT, TOLD % 5)]
    await socket.send(
        frame(TEXT, text[:4], fin=False),
        frame(PING, b"between"),
        frame(CONT, text[4:9], fin=False),
        frame(PONG, b"unasked"),
        frame(CONT, text[9:]),
    )
    answers = await socket.answers(2)  # in which order is up to the server
    assert sorted(answers) == [(TEXT, TOLD % 5), (PONG, b"between")]
    await socket.send(frame(TEXT, b"", fin=False), frame(CONT, b"", fin=False), frame(CONT, text))
    assert await socket.answers(1) == [(TEXT, TOLD % 5)]


async def test_6_text_of_every_script_comes_back_even_when_cut_within_a_character(
    connect: Open,
) -> None:
    socket = await connect()
    text = '{"op":"ping","id":"κόσμε 𝄞 \u0000\U0010ffff\ufffe Grüße"}'.replace("\0", "\\u0000")
    await socket.send(*in_pieces(frame(TEXT, text.encode()), 1))
    (answer,) = await socket.answers(1)
    assert msgspec.json.decode(answer[1]) == msgspec.json.decode(text) | {"op": "pong"}
    parts = [frame(CONT, bytes([byte]), fin=False) for byte in text.encode()]
    await socket.send(frame(TEXT, b"", fin=False), *parts, frame(CONT))
    assert await socket.answers(1) == [answer]


async def test_7_a_good_close_is_answered_alike_and_nothing_after_it_counts(connect: Open) -> None:
    for code in (1000, 1001, 1003, 1007, 1011, 3000, 3999, 4000, 4999):
        socket = await connect()
        close = code.to_bytes(2, "big") + b"auf Wiedersehen"
        await socket.send(frame(CLOSE, close) + frame(PING, b"late") + frame(TEXT, ASK % 1))
        assert await socket.close_code() == code
        assert [int(one.opcode) for one in socket.frames[1:]] == [CLOSE]


async def test_7_a_wrong_frame_and_a_close_in_one_packet_end_that_connection_alone(
    connect: Open,
) -> None:
    for wrong in (frame(BINARY, b"x"), frame(TEXT, b"\xff"), frame(TEXT, b"{") * 30):
        socket = await connect()
        await socket.send(wrong + frame(CLOSE, b"\x03\xe8"))
        assert await socket.close_code() == 1000


async def test_7_a_close_without_a_code_and_an_end_without_a_close(connect: Open) -> None:
    socket, rude = await connect(), await connect()
    await socket.send(frame(CLOSE))
    await socket.close_code()
    assert [int(one.opcode) for one in socket.frames[1:]] == [CLOSE]
    await rude.send(frame(TEXT, b"{", fin=False))
    await rude.shut()


async def test_9_what_is_too_large_for_a_message_is_told_and_the_connection_goes_on(
    connect: Open,
) -> None:
    socket = await connect()
    for size in (65_537, 2**20):
        await socket.send(*in_pieces(frame(TEXT, b" " * size), 50_000))
        assert b"too_large" in (await socket.answers(1))[0][1]
    await socket.send(b"".join(frame(TEXT, ASK % n) for n in range(2_000)))
    assert await socket.answers(2_000) == [(TEXT, TOLD % n) for n in range(2_000)]


async def test_12_compressed_messages_are_taken_and_answers_are_shared(
    site: Site, connect: Open
) -> None:
    plain, *pressed = [await connect(JSON, offer) for offer in ("", DEFLATE, DEFLATE)]
    for socket in (plain, *pressed):
        await socket.send(frame(TEXT, b'{"op":"subscribe","id":"1","groups":["qm"]}'))
        assert (await socket.frame()) is not None
    await site.post("jonas", "pressed once, sent to everybody " * 9)
    told, first, second = [await socket.frame() for socket in (plain, *pressed)]
    assert told is not None
    assert first is not None
    assert second is not None
    assert first.data == second.data
    assert len(first.data) < len(told.data) / 2
    assert inflated(bytes(first.data)) == bytes(told.data)
    assert b"permessage-deflate" in pressed[0].handshake
    assert b"permessage-deflate" not in plain.handshake
    await pressed[0].send(frame(TEXT, deflated(ASK % 5), reserved=4))
    assert await pressed[0].answers(1) == [(TEXT, TOLD % 5)]
    await still_answers(pressed[0])


@pytest.mark.parametrize(
    "offer", ["permessage-deflate; server_max_window_bits=10", "permessage-snappy", "x-webkit"]
)
async def test_13_what_would_be_for_one_client_alone_is_not_negotiated(
    connect: Open, offer: str
) -> None:
    socket = await connect(JSON, offer)
    assert b"extensions" not in socket.handshake.lower()
    await still_answers(socket)


async def test_13_a_message_that_unpacks_to_more_than_there_may_be_ends_its_connection(
    connect: Open,
) -> None:
    socket = await connect(JSON, DEFLATE)
    bomb = deflated(b" " * 50 * 2**20)
    assert len(bomb) < 65_536
    await socket.send(frame(TEXT, bomb, reserved=4))
    assert await socket.close_code() == TOO_BIG


async def test_13_what_cannot_be_unpacked_ends_its_connection(connect: Open) -> None:
    socket = await connect(JSON, DEFLATE)
    await socket.send(frame(TEXT, b"\xff\xff\xff\xff", reserved=4))
    assert await socket.close_code() == PROTOCOL_ERROR


async def test_nesting_numbers_and_names_without_end_are_malformed_and_no_more(
    connect: Open,
) -> None:
    deep = 30_000
    texts = [
        b'{"op":"ping","x":' + b"[" * deep + b"]" * deep + b"}",
        b'{"op":"ping","x":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b'{"op":"read","stream":"s","seq":1' + b"0" * 60_000 + b"}",
        b'{"op":"read","stream":"s","seq":NaN}',
        b'{"op":"read","stream":"s","seq":-Infinity}',
        b'{"op":"ping","id":"\\ud800"}',
        b'{"op":"ping","op":"typing","group":"qm"}',
        b"[" * deep,
    ]
    packed = [
        b"\x82\xa2op\xa4ping\xa1x" + b"\x91" * deep + b"\x01",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x82\xa2op\xa4ping\xa2id\xa1\xff",
        b"\xc1",
    ]
    for protocol, opcode, payloads in (
        (JSON, TEXT, texts),
        (MSGPACK, BINARY, packed),
    ):
        socket = await connect(protocol)
        for payload in payloads:
            await socket.send(frame(opcode, payload))
            assert b"malformed_message" in (await socket.answers(1))[0][1], payload[:40]
        await socket.send(frame(PING, b"alive"))
        assert await socket.answers(1) == [(PONG, b"alive")]


async def test_noise_and_mutated_frames_harm_nobody_else(connect: Open) -> None:
    """A connection may be closed for it; the process, its log and the others go on."""
    draw = random.Random(6455)
    for number in range(150):
        socket = await connect(draw.choice([MSGPACK, JSON]))
        await socket.send(_noise(draw) if number % 3 == 0 else _mutated(draw))
        await socket.send(frame(CLOSE, b"\x03\xe8"))
        await socket.shut()


def _noise(draw: random.Random) -> bytes:
    return draw.randbytes(draw.randrange(1, 400))


def _mutated(draw: random.Random) -> bytes:
    good = [
        frame(TEXT, b'{"op":"subscribe","id":"1","groups":"home","from":{"s":1},"inbox":true}'),
        frame(TEXT, b'{"op":"read","stream":"s","seq":1}') + frame(PING, b"x"),
        frame(TEXT, ASK[:9], fin=False) + frame(CONT, ASK[9:] % 1),
        frame(BINARY, msgspec.msgpack.encode({"op": "typing", "group": "qm"})),
        frame(CLOSE, b"\x03\xe8bye"),
    ]
    data = bytearray(b"".join(draw.choices(good, k=3)))
    for _ in range(draw.randrange(1, 6)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data)
