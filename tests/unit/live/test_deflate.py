from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from headrace.live import deflate

if TYPE_CHECKING:
    from collections.abc import Callable

#: (how, data): compressed or stored.
pieces = st.lists(st.tuples(st.sampled_from([deflate.block, deflate.stored]), st.binary()))


def inflated(payload: bytes) -> bytes:
    """As a client reads it."""
    extension = PerMessageDeflate(
        remote_no_context_takeover=True,
        local_no_context_takeover=True,
        remote_max_window_bits=15,
        local_max_window_bits=15,
    )
    return bytes(extension.decode(Frame(Opcode.BINARY, payload, rsv1=True)).data)


@given(pieces)
def test_blocks_put_together_are_read_as_one_message(
    parts: list[tuple[Callable[[bytes], bytes], bytes]],
) -> None:
    payload = deflate.message(*(how(data) for how, data in parts))
    assert inflated(payload) == b"".join(data for _, data in parts)


def test_more_than_one_stored_block_holds() -> None:
    data = bytes(range(256)) * 1_000
    assert inflated(deflate.message(deflate.stored(data))) == data


def test_text_becomes_shorter() -> None:
    data = b"The same words, and the same words again, and the same words once more. " * 8
    assert len(deflate.message(deflate.block(data))) < len(data) / 4
