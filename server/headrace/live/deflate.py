"""permessage-deflate (RFC 7692) without context takeover: compressed once, sent to many.

Without context takeover a compressed message depends on nothing sent before, so it is the same for
all connections. And DEFLATE (RFC 1951) lets a message be put together from blocks: what all readers
of an entry share is compressed once, the few bytes around it that differ from cohort to cohort are
stored as they are.
"""

from __future__ import annotations

import zlib

#: What every message ends with and nobody sends (RFC 7692, section 7.2.1).
_TAIL = b"\x00\x00\xff\xff"
_MOST_STORED = 0xFFFF


def block(data: bytes) -> bytes:
    """Compressed data that ends at a byte's boundary and refers to nothing outside itself."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)


def stored(data: bytes) -> bytes:
    """Data as it is, in blocks that are not compressed (RFC 1951, section 3.2.4)."""
    blocks = []
    for start in range(0, len(data), _MOST_STORED):
        part = data[start : start + _MOST_STORED]
        size = len(part)
        blocks.append(b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little"))
        blocks.append(part)
    return b"".join(blocks)


def message(*blocks: bytes) -> bytes:
    """The payload of a compressed message."""
    whole = b"".join(blocks)
    if whole.endswith(_TAIL):
        return whole[: -len(_TAIL)]
    return whole + b"\x00"  # the head of an empty block, whose rest is the tail
