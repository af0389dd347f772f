"""Starlette with broadcaster's memory backend, one endpoint coroutine per connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

broadcast = Broadcast("memory://")


async def live(socket: WebSocket) -> None:
    await socket.accept()
    async with broadcast.subscribe("hot") as events:
        async for event in events:
            await socket.send_text(event.message)


async def publish(request: Request) -> PlainTextResponse:
    await broadcast.publish("hot", (await request.body()).decode())
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with broadcast:
        yield


app = Starlette(
    routes=[WebSocketRoute("/live", live), Route("/publish", publish, methods=["POST"])],
    lifespan=lifespan,
)
