"""The opening of a WebSocket (RFC 6455, section 4): which format, and whether it is compressed."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from websockets.datastructures import Headers
from websockets.exceptions import (
    InvalidHandshake,
    InvalidHeader,
    InvalidMethod,
    InvalidUpgrade,
    NegotiationError,
)
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Response
from websockets.protocol import Protocol, Side, State
from websockets.server import ServerProtocol

from headrace.errors import MalformedRequest, MethodNotAllowed, UpgradeRequired
from headrace.live.frames import Deflated, Format
from headrace.problems import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.extensions import Extension
    from websockets.extensions.base import ServerExtensionFactory
    from websockets.extensions.permessage_deflate import PerMessageDeflate
    from websockets.http11 import Request
    from websockets.typing import ExtensionParameter

    from headrace.errors import HeadraceError
    from headrace.live.frames import Wire

_MOST_FRAME_BYTES = 2**20
_LARGEST_WINDOW = 15
#: Headers that a status has to have.
_BESIDES: dict[int, dict[str, str]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: {"Allow": "GET"},
    HTTPStatus.UPGRADE_REQUIRED: {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"},
}
_QUIET = logging.getLogger("headrace.live.websockets")
_QUIET.setLevel(logging.WARNING)


class _SharedDeflate(ServerPerMessageDeflateFactory):
    """Takes offers that let all connections have the same compressed bytes, and no others."""

    def __init__(self) -> None:
        super().__init__(server_no_context_takeover=True, client_no_context_takeover=True)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        answer, extension = super().process_request_params(params, accepted_extensions)
        if extension.local_max_window_bits < _LARGEST_WINDOW:
            raise NegotiationError("the window that is wished for would be this client's alone")
        return answer, extension


class _Handshake(ServerProtocol):
    """What the library knows of requests and answers. Of its state nothing is used, so that one
    is enough for all."""

    def __init__(self, extensions: Sequence[ServerExtensionFactory]) -> None:
        super().__init__(extensions=extensions, logger=_QUIET)


_PLAIN = _Handshake(())
_DEFLATING = _Handshake((_SharedDeflate(),))


class Agreed(NamedTuple):
    """The first of our formats that the client offers, and whether messages may be compressed."""

    form: Format
    extensions: Sequence[Extension]

    @property
    def wire(self) -> Wire:
        """How messages go over the connection."""
        return Deflated(self.form) if self.extensions else self.form


#: Where nothing is compressed; one for all, since connections are many.
UNCOMPRESSED = {form: Agreed(form, ()) for form in Format}


def core(agreed: Agreed) -> Protocol:
    """A core for the frames of one connection."""
    made = Protocol(Side.SERVER, state=State.OPEN, max_size=_MOST_FRAME_BYTES, logger=_QUIET)
    made.extensions = list(agreed.extensions)
    return made


def negotiate(request: Request, *, deflates: bool) -> tuple[Response, Agreed]:
    """The answer to a request, and what was agreed on.

    Raises MethodNotAllowed, UpgradeRequired, MalformedRequest.
    """
    handshake = _DEFLATING if deflates else _PLAIN
    try:
        accept, extensions, _ = handshake.process_request(request)
    except InvalidHandshake as error:
        raise _wrong(error) from error
    if _has_body(request.headers):
        raise MalformedRequest("A handshake has no body.")
    offered = _offered_format(request.headers)
    agreed = UNCOMPRESSED[offered or Format.JSON]
    if handshake.extensions:
        agreed = Agreed(agreed.form, handshake.extensions)
    return _switching(accept, extensions, offered), agreed


def _wrong(error: InvalidHandshake) -> HeadraceError:
    """What is wrong with a request (RFC 6455, sections 4.2.1 and 4.4)."""
    match error:
        case InvalidMethod():
            return MethodNotAllowed()
        case InvalidUpgrade() | InvalidHeader(name="Sec-WebSocket-Version"):
            return UpgradeRequired(f"This is not how a WebSocket is asked for: {error}.")
    return MalformedRequest(f"This is not how a WebSocket is asked for: {error}.")


def refusal(error: HeadraceError, pause: int | None = None) -> Response:
    """The answer that tells of an error, and of the seconds after which to try again. The
    connection ends with it."""
    told = msgspec.json.encode(problem(error)).decode()
    response = _PLAIN.reject(HTTPStatus(error.status), told)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = MEDIA_TYPE
    for name, value in _BESIDES.get(error.status, {}).items():
        response.headers[name] = value
    if pause is not None:
        response.headers["Retry-After"] = str(pause)
    return response


def _switching(accept: str, extensions: str | None, form: Format | None) -> Response:
    headers = Headers(
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
    )
    if extensions is not None:
        headers["Sec-WebSocket-Extensions"] = extensions
    if form is not None:
        headers["Sec-WebSocket-Protocol"] = form.value
    status = HTTPStatus.SWITCHING_PROTOCOLS
    return Response(status, status.phrase, headers)


def _has_body(headers: Headers) -> bool:
    """RFC 9112, section 6.3: what follows would be taken for frames."""
    lengths = headers.get_all("Content-Length")
    return "Transfer-Encoding" in headers or any(length != "0" for length in lengths)


def _offered_format(headers: Headers) -> Format | None:
    """The first subprotocol of ours that the client offers; None where it offers none."""
    offered = ",".join(headers.get_all("Sec-WebSocket-Protocol"))
    for name in offered.split(","):
        if name.strip() in set(Format):
            return Format(name.strip())
    return None
