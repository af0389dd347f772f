"""Messages and entries as WebSocket frames (RFC 6455, section 5.2), encoded once and shared.

A server's frames are not masked, so the bytes of a frame are the same for every connection
that reads the same stream with the same filter in the same format, compressed or not.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from websockets.frames import Frame, Opcode

from headrace.live import deflate
from headrace.model.activities import tombstone
from headrace.model.facts import Facts

if TYPE_CHECKING:
    from headrace.live.messages import ServerMessage
    from headrace.model.entries import Entry


class Format(StrEnum):
    """The subprotocols, by their names in Sec-WebSocket-Protocol."""

    JSON = "headrace.v1.json"
    MSGPACK = "headrace.v1.msgpack"


class Deflated(NamedTuple):
    """A format whose longer messages are compressed (RFC 7692)."""

    of: Format


#: How messages go over a connection.
Wire = Format | Deflated


class _Shared(
    msgspec.Struct, tag_field="op", tag="activity", frozen=True, kw_only=True, omit_defaults=True
):
    """ActivityMessage with the activity encoded already."""

    stream: str
    seq: int
    activity: msgspec.Raw
    prev: int | None = None


def _pack(message: object) -> bytes:
    # Times as text, as in JSON: one description holds for both formats.
    return msgspec.msgpack.encode(msgspec.to_builtins(message))


_Encoder = Callable[[object], bytes]
_ENCODERS: dict[Format, _Encoder] = {Format.JSON: msgspec.json.encode, Format.MSGPACK: _pack}
_ENVELOPES: dict[Format, _Encoder] = {
    Format.JSON: msgspec.json.encode,
    Format.MSGPACK: msgspec.msgpack.encode,
}
_OPCODES = {Format.JSON: Opcode.TEXT, Format.MSGPACK: Opcode.BINARY}
#: What a ping carries; and what comes back alone: a pong's head, the key of its mask, the stamp.
_STAMP, _ANSWER = struct.Struct("!Q"), struct.Struct("!HIQ")
_PONG = 0x8A88
#: Instead of a length: it follows, in two bytes or in eight.
_LONG, _LONGEST = 126, 127
#: Bytes of a message that are not worth compressing.
_FEW = 128


def ping(stamp: int) -> bytes:
    """A ping; who answers it sends the stamp back (RFC 6455, section 5.5.3): 0 to 2**64 - 1."""
    return Frame(Opcode.PING, _STAMP.pack(stamp)).serialize(mask=False)


def stamp_in(payload: bytes) -> int | None:
    """The stamp in the payload of a pong; None for a pong of the peer's own making."""
    return int.from_bytes(payload) if len(payload) == _STAMP.size else None


def stamp_of(data: bytes) -> int | None:
    """The stamp where ``data`` is the answer to a ping and nothing else; None for all other bytes.

    Nearly all that idle connections say is this. What a connection has begun to send must be whole
    before.
    """
    if len(data) != _ANSWER.size:
        return None
    head, key, masked = _ANSWER.unpack(data)
    return masked ^ (key << 32 | key) if head == _PONG else None


def missing(data: bytes, begin: int) -> int:
    """How many bytes of a client's last frame are still to come after ``data``, in which the first
    frame begins at ``begin``; -1 where that cannot be known, and from then on.
    """
    while 0 <= begin < len(data):
        begin = _end(data, begin)
    return begin - len(data) if begin >= 0 else -1


def _end(data: bytes, begin: int) -> int:
    """Where a masked frame ends; -1 where its length is not there yet."""
    short = data[begin + 1] & 0x7F if begin + 1 < len(data) else _LONGEST
    if short < _LONG:
        return begin + 6 + short
    extended = 2 if short == _LONG else 8
    length = data[begin + 2 : begin + 2 + extended]
    return begin + 6 + extended + int.from_bytes(length) if len(length) == extended else -1


def encode(message: ServerMessage, wire: Wire) -> bytes:
    """A message as a frame."""
    form = format_of(wire)
    payload = _ENCODERS[form](message)
    if wire is form or len(payload) < _FEW:
        return _frame(payload, form)
    return _marked(_frame(deflate.message(deflate.block(payload)), form))


def format_of(wire: Wire) -> Format:
    """What is compressed, or not."""
    return wire.of if isinstance(wire, Deflated) else wire


def _frame(payload: bytes, form: Format) -> bytes:
    return Frame(_OPCODES[form], payload).serialize(mask=False)


def _marked(frame: bytes) -> bytes:
    """A frame of a compressed message (RFC 7692, section 6: RSV1)."""
    return bytes([frame[0] | 0x40]) + frame[1:]


class Broadcast:
    """An entry on its way to many: what filters ask of it, and its frames, each made once."""

    __slots__ = ("_blocks", "_frames", "_payloads", "entry", "facts", "size")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.facts = Facts.of(entry.activity)
        self._payloads: dict[Format, msgspec.Raw] = {}
        self._blocks: dict[Format, bytes] = {}
        self._frames: dict[tuple[Wire, int | None], bytes] = {}
        self.size = len(self._payload(Format.JSON))

    def frame(self, wire: Wire, told: int) -> bytes:
        """The entry's frame for readers who were last told of number ``told``."""
        prev = None if told == self.entry.seq - 1 else told
        frame = self._frames.get((wire, prev))
        if frame is None:
            frame = self._frames[wire, prev] = self._encode(wire, prev)
        return frame

    def without_content(self) -> Broadcast:
        """What is left of it once it was deleted: its number and its id."""
        deleted = tombstone(self.entry.activity, self.entry.activity.published)
        return Broadcast(msgspec.structs.replace(self.entry, activity=deleted))

    def _encode(self, wire: Wire, prev: int | None) -> bytes:
        entry, form = self.entry, format_of(wire)
        activity = self._payload(form)
        shared = _Shared(stream=entry.stream, seq=entry.seq, activity=activity, prev=prev)
        message = _ENVELOPES[form](shared)
        if wire is form:
            return _frame(message, form)
        before, _, after = message.partition(bytes(activity))
        parts = deflate.stored(before), self._block(form), deflate.stored(after)
        return _marked(_frame(deflate.message(*parts), form))

    def _block(self, form: Format) -> bytes:
        """The activity compressed, the same for all cohorts."""
        block = self._blocks.get(form)
        if block is None:
            block = self._blocks[form] = deflate.block(bytes(self._payload(form)))
        return block

    def _payload(self, form: Format) -> msgspec.Raw:
        payload = self._payloads.get(form)
        if payload is None:
            payload = self._payloads[form] = msgspec.Raw(_ENCODERS[form](self.entry.activity))
        return payload
