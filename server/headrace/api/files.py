"""Files: taken in, and given to whoever may open them at that moment."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from headrace.api import ranges
from headrace.api.answers import HEADERS
from headrace.api.sending import Sending
from headrace.api.shapes.activities import FileAnswer
from headrace.errors import MalformedBody, NotFound, UnsupportedMediaType, UploadStalled
from headrace.files import kinds
from headrace.files.names import disposition

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from headrace.api.calls import Call
    from headrace.api.queries import Query, UploadQuery
    from headrace.log.files import File

#: A copy may be kept by who got it, but each use of it is asked for again.
_ASK_AGAIN = "private, no-cache"
#: Whatever a browser makes of it, it is no page of ours: no script, no origin, no frame.
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


async def upload(call: Call[None, UploadQuery]) -> FileAnswer:
    """The body is the file, as it is; what it is, its content says, not its name.

    Until a post carries it, it is its uploader's alone; after a day without one, it is gone.
    """
    _refuse_wrapped(call.request)
    await call.services.accounts.limits.upload(call.person.id)
    declared = call.request.headers.get("content-length", "")
    pieces = _pieces(call.request, call.services.settings.stall_timeout)
    file = await call.services.files.take_in(
        call.person_id, call.query.name, pieces, int(declared) if declared.isdigit() else None
    )
    return _answer(file)


async def content(call: Call[None, Query]) -> Response:
    """The whole file, or the range of it that was asked for."""
    file = await _readable(call)
    served = kinds.served(file.media_type)
    tag = f'"{file.sha256.hex()[:32]}"'
    headers = _headers(tag) | {
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(file.name, inline=served.inline),
    }
    asked = call.request.headers
    if ranges.matches(asked.get("if-none-match"), tag):
        return Response(None, 304, headers)
    part = ranges.wanted(asked.get("range"), asked.get("if-range"), tag, file.size)
    start, end = (part.start, part.end) if part else (0, file.size)
    headers |= {"Content-Length": str(end - start), "Content-Type": served.media_type}
    if part:
        headers["Content-Range"] = part.content_range
    status = 206 if part else 200
    if call.request.method == "HEAD":
        return Response(None, status, headers)
    pieces = await _begun(call.services.files.read(file, start, end))
    return Sending(pieces, status, headers, lambda: _may_go_on(call))


async def preview(call: Call[None, Query]) -> Response:
    """A small image of an image, without what the original tells beside its pixels."""
    file = await _readable(call)
    if file.preview is None:
        raise NotFound
    headers = _headers(f'"{file.sha256.hex()[:32]}-preview"')
    if ranges.matches(call.request.headers.get("if-none-match"), headers["ETag"]):
        return Response(None, 304, headers)
    headers["Content-Disposition"] = "inline"
    return Response(await call.services.files.preview(file), 200, headers, "image/webp")


async def discard(call: Call[None, Query]) -> None:
    """Take back an upload that no post has carried."""
    if not await call.services.files.discard(call.person_id, call.path_id("id")):
        raise NotFound


def _refuse_wrapped(request: Request) -> None:
    """A form or a compressed body would be kept with its wrapping."""
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/"):
        raise UnsupportedMediaType("send the file itself as the body, without a form around it")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("send the file as it is, without Content-Encoding")


async def _readable(call: Call[Any, Any]) -> File:
    file = await call.services.files.readable(call.person_id, call.path_id("id"))
    if file is None:
        raise NotFound
    return file


async def _begun(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The same, with its first piece read: what cannot be read is no success."""
    first = await anext(pieces, b"")

    async def go_on() -> AsyncGenerator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return go_on()


async def _may_go_on(call: Call[Any, Any]) -> None:
    """A long download ends with the right to it. Raises NotFound, Unauthenticated."""
    await call.identify()
    await _readable(call)


async def _pieces(request: Request, patience: float) -> AsyncGenerator[bytes]:
    stream = request.stream()
    try:
        while True:
            async with asyncio.timeout(patience):
                piece = await anext(stream, None)
            if piece is None:
                return
            yield piece
    except TimeoutError:
        raise UploadStalled from None
    except ClientDisconnect:
        raise MalformedBody("the body ended before its end") from None


def _headers(tag: str) -> dict[str, str]:
    return HEADERS | {"Cache-Control": _ASK_AGAIN, "Content-Security-Policy": _POLICY, "ETag": tag}


def _answer(file: File) -> FileAnswer:
    attached = file.attachment()
    return FileAnswer(
        id=str(file.id),
        type=file.type,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256.hex(),
        url=attached.url,
        width=file.width,
        height=file.height,
        preview=attached.preview,
    )
