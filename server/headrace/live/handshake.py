"""The opening of a WebSocket (RFC 6455, section 4): which format, and whether it is compressed."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import msgspec
from websockets.exceptions import NegotiationError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.protocol import Protocol, Side, State
from websockets.server import ServerProtocol

from headrace.live.frames import Format
from headrace.problems import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.datastructures import Headers
    from websockets.extensions import Extension
    from websockets.extensions.permessage_deflate import PerMessageDeflate
    from websockets.http11 import Request, Response
    from websockets.typing import ExtensionParameter, Subprotocol

    from headrace.errors import HeadraceError

_MOST_FRAME_BYTES = 2**20
_LARGEST_WINDOW = 15
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


_EXTENSIONS = (_SharedDeflate(),)


class Handshake(ServerProtocol):
    """One handshake. ``deflates``: whether messages may be compressed."""

    def __init__(self, *, deflates: bool) -> None:
        super().__init__(
            extensions=_EXTENSIONS if deflates else (), max_size=_MOST_FRAME_BYTES, logger=_QUIET
        )
        self.form: Format | None = None

    def accept(self, request: Request) -> Response:
        """The answer to a request, with the first of our formats that it offers."""
        response = super().accept(request)
        self.form = _offered_format(request.headers)
        if self.form is not None:
            response.headers["Sec-WebSocket-Protocol"] = self.form.value
        return response

    def refuse(self, error: HeadraceError, pause: int | None) -> Response:
        """The answer that tells of an error, and of the seconds after which to try again."""
        response = self.reject(
            HTTPStatus(error.status), msgspec.json.encode(problem(error)).decode()
        )
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = MEDIA_TYPE
        if pause is not None:
            response.headers["Retry-After"] = str(pause)
        return response

    def core(self) -> Protocol:
        """A core of its own for the frames that follow.

        That of the handshake keeps the request as long as it lives, which is two kilobytes for
        each connection.
        """
        core = Protocol(Side.SERVER, state=State.OPEN, max_size=_MOST_FRAME_BYTES, logger=_QUIET)
        core.subprotocol = None if self.form is None else cast("Subprotocol", self.form.value)
        core.extensions = self.extensions
        return core


def _offered_format(headers: Headers) -> Format | None:
    """The first subprotocol of ours that the client offers; None where it offers none."""
    offered = ",".join(headers.get_all("Sec-WebSocket-Protocol"))
    for name in offered.split(","):
        if name.strip() in set(Format):
            return Format(name.strip())
    return None
