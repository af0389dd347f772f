"""Messages and entries as WebSocket frames (RFC 6455, section 5.2), encoded once and shared.

A server's frames are not masked, so the bytes of a frame are the same for every connection
that reads the same stream with the same filter in the same format, compressed or not.
"""

from __future__ import annotations

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
#: Bytes of a message that are not worth compressing.
_FEW = 128


def ping(payload: bytes) -> bytes:
    """A ping, which is answered with the same payload (RFC 6455, section 5.5.3)."""
    return Frame(Opcode.PING, payload).serialize(mask=False)


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
