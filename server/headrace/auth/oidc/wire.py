"""HTTP to the provider: bounded in time and size, and never led elsewhere by a redirect."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import msgspec

from headrace.errors import ProviderUnavailable, ProviderUntrusted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Seconds for all that one step asks the provider.
PATIENCE = 10.0
#: Bytes of an answer. Keys and tokens are a few thousand.
MOST = 262_144
_BUSY = frozenset({408, 425, 429})


class Bounded(httpx2.AsyncBaseTransport):
    """A transport whose answers have at most ``MOST`` bytes, as they are on the wire.

    Raises ProviderUntrusted for a longer one, and for one that is packed although nobody asked
    for it: unpacked it may have any size.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise ProviderUntrusted("an answer is packed", reason="packed")
        if not isinstance(response.stream, httpx2.AsyncByteStream):
            raise AssertionError("an asynchronous transport gave a synchronous stream")
        response.stream = _Counted(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MOST:
                raise ProviderUntrusted("an answer is too long", reason="size")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """What goes wrong on the way to the provider, as errors of ours.

    Raises ProviderUnavailable for what may pass, ProviderUntrusted for what will not.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except httpx2.HTTPStatusError as error:
        raise refusal(error.response) from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.DecodingError) as error:
        raise ProviderUntrusted(f"an answer is not HTTP: {error}", reason="http") from error
    except (httpx2.HTTPError, OSError, TimeoutError) as error:
        raise ProviderUnavailable(f"the provider does not answer: {error!r}") from error


def refusal(response: httpx2.Response) -> ProviderUnavailable | ProviderUntrusted:
    """The error for an answer that is none."""
    status, where = response.status_code, response.request.url.path
    if status >= 500 or status in _BUSY:
        return ProviderUnavailable(f"{where} answers {status}")
    if response.is_redirect:
        return ProviderUntrusted(f"{where} leads elsewhere", reason="redirect")
    return ProviderUntrusted(f"{where} answers {status}", reason="http")


def document(response: httpx2.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises ProviderUnavailable, ProviderUntrusted."""
    if response.status_code != 200:
        raise refusal(response)
    try:
        found: dict[str, Any] = msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        where = response.request.url.path
        raise ProviderUntrusted(f"{where} gives no JSON object", reason="json") from error
    return found
