"""A small server that speaks Centrifugo's protocol, as far as readers and publishers need it.

python centrifugo_server.py version
python centrifugo_server.py --config FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

VERSION = "Centrifugo v6.2.0 (Go version: go1.24.3)"


class Server:
    """Who has connected and then subscribed to a channel gets what is published to it."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._sockets: dict[WebSocket, str] = {}

    async def live(self, socket: WebSocket) -> None:
        """A reader: it has to connect before anything else, and to answer a ping."""
        await socket.accept()
        try:
            if await socket.receive_json() != {"id": 1, "connect": {}}:
                return await socket.close(3501)
            await self._say(socket, {"id": 1, "connect": {"client": "a", "ping": 25, "pong": True}})
            subscription = await socket.receive_json()
            await self._say(socket, {})
            if await socket.receive_json() != {}:
                return await socket.close(3012)
            await self._say(socket, {"id": subscription["id"], "subscribe": {}})
            self._sockets[socket] = subscription["subscribe"]["channel"]
            await socket.receive()
        except WebSocketDisconnect:
            self._sockets.pop(socket, None)

    async def publish(self, request: Request) -> JSONResponse:
        """To all who are subscribed."""
        if request.headers.get("x-api-key") != self._key:
            return JSONResponse({}, 401)
        said = await request.json()
        push = {"channel": said["channel"], "pub": {"data": said["data"]}}
        for socket, channel in list(self._sockets.items()):
            if channel == said["channel"]:
                await self._say(socket, {"push": push})
        return JSONResponse({"result": {}})

    async def _say(self, socket: WebSocket, message: dict[str, Any]) -> None:
        await socket.send_text(json.dumps(message, separators=(",", ":")))


def serve(configuration: dict[str, Any]) -> None:
    """Until somebody ends the process. Raises KeyError where something is missing."""
    server = Server(configuration["http_api"]["key"])
    if not configuration["client"]["insecure"]:
        raise ValueError("nobody may read")
    app = Starlette(
        routes=[
            WebSocketRoute("/connection/websocket", server.live),
            Route("/api/publish", server.publish, methods=["POST"]),
        ]
    )
    place = configuration["http_server"]
    uvicorn.run(app, host=place["address"], port=place["port"], log_level="error")


def main(arguments: list[str]) -> None:
    """The commands above."""
    match arguments:
        case ["version"]:
            sys.stdout.write(f"{VERSION}\n")
        case ["--config", file]:
            serve(json.loads(Path(file).read_text(encoding="utf-8")))
        case _:
            raise SystemExit(f"not understood: {arguments}")


if __name__ == "__main__":
    main(sys.argv[1:])
