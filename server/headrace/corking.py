"""A transport that sends the head and the body of an answer together, and lets it be read.

uvicorn writes one after the other, which is a system call and a packet for each, and wakes whoever
waits for the answer twice.
"""

from __future__ import annotations

import asyncio
from typing import Any

#: Seconds that a peer has to read the last answer, and to close.
_LINGER = 5.0


class Corked(asyncio.Transport):
    """Holds what is written first until more comes, and no longer than this turn of the loop.

    Where the peer may still be sending, as ``lingers`` says, to close would reset the connection
    and the answer with it (RFC 9112, section 9.6). Then it ``is_over`` as soon as we have said all:
    what comes is read and thrown away until the peer closes, or for a few seconds.
    """

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__()
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self._held = b""
        self.lingers = False
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send it, together with what was held."""
        if self.is_over:
            return
        if self._held:
            held, self._held = self._held, b""
            self._inner.writelines((held, data))
        elif data:
            self._held = bytes(data)
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is held, unless the connection was lost meanwhile: uvloop's transports raise
        then."""
        held, self._held = self._held, b""
        if held and not self._inner.is_closing():
            self._inner.write(held)

    def close(self) -> None:
        """Close, once everything is sent."""
        self.flush()
        if not self.lingers or self._inner.is_closing():
            self._inner.close()
        elif not self.is_over:
            self.is_over = True
            self._inner.write_eof()
            self._inner.resume_reading()  # or we would not notice
            self._loop.call_later(_LINGER, self._inner.abort)

    def abort(self) -> None:
        """Close at once."""
        self._inner.abort()

    def is_closing(self) -> bool:
        return self.is_over or self._inner.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()
