"""Answers, and the headers that all of them carry.

No answer is kept by anybody in between or shared between people: what one person sees is never
what another one sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

JSON = "application/json"
LINES = "application/x-ndjson"

#: What every answer carries, the web client's files included: nothing is guessed or framed, no
#: other site opens, embeds or learns of it, and no page needs a camera.
PROTECTION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HEADERS = PROTECTION | {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Vary": "Authorization, Cookie",
}

_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

_encoder = msgspec.json.Encoder()


class Plain(Response):
    """An answer with the headers that all of them carry, encoded once and for all."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Those, and what the body needs."""
        super().init_headers(headers)
        self.raw_headers += _RAW


def document(
    answer: Any, status: int = 200, *, media_type: str = JSON, headers: dict[str, str] | None = None
) -> Response:
    """An answer of one JSON document."""
    return text(_encoder.encode(answer), status, media_type=media_type, headers=headers)


def text(
    content: bytes, status: int = 200, *, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """An answer that is encoded already."""
    if headers:
        return Response(content, status, HEADERS | headers, media_type)
    return Plain(content, status, media_type=media_type)


def nothing() -> Response:
    """Done, and there is nothing to say."""
    return Response(None, 204, HEADERS)


def lines(chunks: AsyncIterator[bytes]) -> Response:
    """Newline-delimited JSON, as it comes."""
    return StreamingResponse(chunks, 200, HEADERS, LINES)


def encode_lines(items: list[Any]) -> bytes:
    """Each item on a line of its own."""
    return _encoder.encode_lines(items)
