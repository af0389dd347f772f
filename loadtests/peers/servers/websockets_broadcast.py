"""websockets.broadcast(), on uvloop; publications come in on a port of their own."""

import asyncio
import os
from contextlib import suppress

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

sockets: set[ServerConnection] = set()


async def live(socket: ServerConnection) -> None:
    sockets.add(socket)
    try:
        await socket.wait_closed()
    finally:
        sockets.remove(socket)


async def publish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            for line in (await reader.readexactly(int(length))).decode().split("\n"):
                broadcast(sockets, line)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    writer.close()


async def main() -> None:
    await asyncio.start_server(publish, "127.0.0.1", int(os.environ["PUBLISH_PORT"]))
    async with serve(live, "127.0.0.1", int(os.environ["PORT"]), compression=None) as server:
        await server.serve_forever()


uvloop.run(main())
