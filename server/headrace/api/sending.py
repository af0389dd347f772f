"""A long answer that is sent piece by piece, for as long as whoever gets it may have it."""

from __future__ import annotations

import logging
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from headrace.errors import HeadraceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from starlette.types import Send

log = logging.getLogger(__name__)

#: Seconds for which a look at the right lasts.
_LASTS = 0.5


class Sending(StreamingResponse):
    """``may_go_on`` is asked anew every half second, and raises where it may not.

    Then, or when the pieces cannot be read any more, the answer breaks off: it is shorter than
    its Content-Length, or lacks its last chunk, so nobody takes it for whole.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        status: int,
        headers: Mapping[str, str],
        may_go_on: Callable[[], Awaitable[object]],
    ) -> None:
        super().__init__(pieces, status, headers)
        self._pieces = pieces
        self._may_go_on = may_go_on

    async def stream_response(self, send: Send) -> None:
        """Send it."""
        head = {"type": "http.response.start", "status": self.status_code}
        await send(head | {"headers": self.raw_headers})
        try:
            async with aclosing(self._pieces) as pieces:
                await self._send(pieces, send)
        except HeadraceError as error:
            log.warning("an answer broke off: %s", error.code)
            return
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, pieces: AsyncGenerator[bytes], send: Send) -> None:
        looked = monotonic()
        async for piece in pieces:
            if monotonic() - looked > _LASTS:
                await self._may_go_on()
                looked = monotonic()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
