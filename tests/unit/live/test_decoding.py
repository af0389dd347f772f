"""Whatever bytes come, a decoder answers with a message or says what is wrong; nothing else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, get_args

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headrace.api import bodies
from headrace.api.shapes.activities import NewActivity
from headrace.errors import MalformedBody
from headrace.live.frames import Format
from headrace.live.messages import ClientMessage, ErrorMessage
from headrace.live.protocol import LiveProtocol, State

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD: list[dict[str, Any]] = [
    {"op": "subscribe", "id": "1", "groups": "home", "filter": "tag:x", "from": {"s": 1}},
    {"op": "subscribe", "id": "1", "groups": ["qm", "lab"], "inbox": True},
    {"op": "unsubscribe", "id": "1"},
    {"op": "read", "stream": "s", "seq": 2**53},
    {"op": "typing", "group": "qm"},
    {"op": "typing", "group": "qm", "level": "public"},
    {"op": "ping", "id": "x"},
]
ENCODE: dict[Format, Callable[[Any], bytes]] = {
    Format.JSON: msgspec.json.encode,
    Format.MSGPACK: msgspec.msgpack.encode,
}
DECODER = msgspec.json.Decoder(NewActivity)
DEEP = 40_000
TALL = [
    b'{"op":"ping","x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"op":"ping","x":' + b'{"a":' * DEEP,
    b'{"op":"ping","id":"\\ud800"}',
    b'{"op":"ping","id":"\\udc00\\ud800"}',
    b'{"op":"read","stream":"s","seq":' + b"9" * 5_000 + b"}",
    b'{"op":"read","stream":"s","seq":1e999}',
    b'{"op":"read","stream":"s","seq":NaN}',
    b'{"op":"ping","op":"ping","id":"a","id":"b"}',
    b'{"op":"ping","id":"\xff"}',
    b"\x82\xa2op\xa4ping\xa1x" + b"\x91" * DEEP,
    b"\x82\xa2op\xa4ping\xa1x" + b"\x81\xa1a" * DEEP,
    b"\xdf\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"\x82\xa2op\xa4ping\xa2id\xa1\xff",
    b"\xc1",
]

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(["op", "id", "groups", "filter", "from", "stream", "seq", "group", "x"])
twisted = st.builds(
    lambda good, changes: good | changes, st.sampled_from(GOOD), st.dictionaries(names, values)
)


class Listener:
    """What the protocol makes of payloads, without a socket."""

    def __init__(self, form: Format) -> None:
        self.taken: list[Any] = []
        self.told: list[ErrorMessage] = []
        self.failed: list[int] = []
        self.protocol = _bare(form, self)


def _bare(form: Format, listener: Listener) -> LiveProtocol:
    class Bare(LiveProtocol):
        """Takes payloads and passes on what came of them."""

        _form = form

        def __init__(self) -> None:
            self._state = State.OPEN
            self._bad = 0
            node: Any = _Node()
            core: Any = _Core(listener)
            self._node, self._core = node, core

        def _dispatch(self, message: ClientMessage) -> None:
            listener.taken.append(message)

        def _complain(self, error: Any, ref: str | None = None) -> None:
            listener.told.append(error)

        def _flush_protocol(self) -> None:
            pass

    return Bare()


class _Node:
    class settings:  # noqa: N801 - stands for the settings of a node
        max_message_bytes = 2**20


class _Core:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def fail(self, code: int, reason: str) -> None:
        self._listener.failed.append(int(code))


def heard(form: Format, payload: bytes) -> Listener:
    """What became of one payload: exactly one thing."""
    listener = Listener(form)
    listener.protocol._take_payload(payload)
    assert len(listener.taken) + len(listener.told) + len(listener.failed) == 1
    assert all(isinstance(message, get_args(ClientMessage)) for message in listener.taken)
    assert all(error.code == "malformed_message" for error in listener.told)
    assert set(listener.failed) <= {1007}
    return listener


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("payload", TALL, ids=lambda payload: repr(payload[:24]))
def test_no_depth_number_or_surrogate_gets_through(form: Format, payload: bytes) -> None:
    listener = heard(form, payload)
    if form is Format.JSON and not payload.startswith(b'{"op":"ping","op"'):
        assert not listener.taken or b"\\u" in payload


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("message", GOOD, ids=lambda message: message["op"])
def test_good_messages_are_taken(form: Format, message: dict[str, Any]) -> None:
    (taken,) = heard(form, ENCODE[form](message)).taken
    assert msgspec.to_builtins(taken)["op"] == message["op"]


@pytest.mark.parametrize("form", list(Format))
@settings(max_examples=300, deadline=None)
@given(payload=st.binary(max_size=300))
@example(payload=b"")
def test_noise_is_taken_or_told(form: Format, payload: bytes) -> None:
    heard(form, payload)


@pytest.mark.parametrize("form", list(Format))
@settings(max_examples=300, deadline=None)
@given(message=twisted)
def test_twisted_messages_are_taken_or_told(form: Format, message: dict[str, Any]) -> None:
    heard(form, ENCODE[form](message))


@pytest.mark.parametrize("form", list(Format))
@settings(max_examples=300, deadline=None)
@given(
    message=st.sampled_from(GOOD),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_mutated_messages_are_taken_or_told(
    form: Format, message: dict[str, Any], changes: list[tuple[int, int]]
) -> None:
    data = bytearray(ENCODE[form](message))
    for place, byte in changes:
        data[place % len(data)] = byte
    heard(form, bytes(data))


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=300) | values.map(msgspec.json.encode))
@example(body=b'{"attachment":[{"url":"x","z":' + b"[" * DEEP)
@example(
    body=b'{"content":"\\u0000","attachment":[{"url":"x","z":' + b"[" * 500 + b"]" * 500 + b"}]}"
)
@example(body=b'{"content":"\\ud800"}')
def test_a_body_is_taken_or_told(body: bytes) -> None:
    with suppress(MalformedBody):
        assert isinstance(bodies.decode(body, DECODER), NewActivity)
