"""Connections of somebody who is about to lose them, and when each of them fell silent."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from websockets.asyncio.client import ClientConnection

_SUBSCRIBE = '{"op": "subscribe", "id": "1", "groups": "home"}'
#: Seconds after which somebody who still hears something was not revoked at all.
_PATIENCE = 20.0
_op = msgspec.json.Decoder(dict[str, object])


class Ear:
    """One connection. ``late`` counts what came after it was told that nothing more would."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._silent_at: float | None = None
        self.late = 0
        self.heard = asyncio.Event()
        self._is_silent = asyncio.Event()
        self._done = asyncio.create_task(self._listen())

    async def until_silent(self) -> float:
        """When it was closed or told (seconds since 1970). Raises TimeoutError."""
        async with asyncio.timeout(_PATIENCE):
            await self._is_silent.wait()
        return self._silent_at or 0.0

    async def close(self) -> None:
        await self._socket.close()
        await self._done

    async def _listen(self) -> None:
        try:
            async for data in self._socket:
                op = _op.decode(data)["op"]
                if op == "revoked":
                    self._note()
                elif op == "activity":
                    self.heard.set()
                    self.late += self._silent_at is not None
        except ConnectionClosed:
            pass
        self._note()

    def _note(self) -> None:
        if self._silent_at is None:
            self._silent_at = time.time()
            self._is_silent.set()


@asynccontextmanager
async def listening(ports: Sequence[int], headers: Mapping[str, str]) -> AsyncIterator[list[Ear]]:
    """A connection to each of these ports, each of which has heard something live."""
    ears = await asyncio.gather(*(_open(port, headers) for port in ports))
    try:
        async with asyncio.timeout(_PATIENCE):
            for ear in ears:
                await ear.heard.wait()
        yield ears
    finally:
        for ear in ears:
            await ear.close()


async def _open(port: int, headers: Mapping[str, str]) -> Ear:
    socket = await connect(
        f"ws://127.0.0.1:{port}/api/v1/live", additional_headers=headers, compression=None
    )
    await socket.send(_SUBSCRIBE)
    await socket.recv()
    await socket.recv()
    return Ear(socket)
