"""A client that follows the contract to the letter, and complains when the server does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Callable


class LiveClient:
    """Remembers, per stream, the highest number of activity, checkpoint, subscribed or granted.

    It fails on a gap (``prev`` above what it remembers) and on a number that comes again.
    ``seen`` are the activities in the order in which they came, across reconnects. While
    ``reading`` is not set it takes nothing from its socket.
    """

    def __init__(
        self,
        token: str,
        *,
        groups: Any = "home",
        only: str = "",
        form: str = "headrace.v1.json",
        inbox: bool = False,
        presence: str | None = None,
    ) -> None:
        self.token = token
        self.groups = groups
        self.only = only
        self.form = form
        self.inbox = inbox
        self.presence = presence
        self.remembered: dict[str, int] = {}
        self.streams: dict[str, dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.socket: ClientConnection | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._complaint: BaseException | None = None

    async def connect(self, port: int, *, resume: bool = True) -> None:
        """Connect, subscribe from the positions remembered, and wait until that stands."""
        await self.close()
        self.closed = None
        self.messages.clear()
        self.socket = await connect(
            f"ws://localhost:{port}/api/v1/live",
            additional_headers={"Authorization": f"Bearer {self.token}"},
            subprotocols=[Subprotocol(self.form)],
            max_queue=4,
            compression=None if self.form.endswith("json") else "deflate",
        )
        self._reader = asyncio.create_task(self._read(self.socket))
        await self.subscribe(resume=resume)
        await self.until(lambda: self.of("subscribed") or self.of("error") or self.closed)

    async def subscribe(self, *, resume: bool = True) -> None:
        message: dict[str, Any] = {"op": "subscribe", "id": "1", "groups": self.groups}
        message |= {"filter": self.only, "inbox": self.inbox}
        if self.presence is not None:
            message["presence"] = self.presence
        if resume and self.remembered:
            message["from"] = self.remembered
        await self.send(message)

    async def send(self, message: Any) -> None:
        assert self.socket is not None
        if self.form.endswith("json"):
            await self.socket.send(msgspec.json.encode(message).decode())
        else:
            await self.socket.send(msgspec.msgpack.encode(message))

    async def close(self) -> None:
        self.reading.set()
        if self.socket is not None:
            await self.socket.close()
        if self._reader is not None:
            await self._reader

    async def until(self, holds: Callable[[], Any], patience: float = 15) -> None:
        """Wait until something holds that a message brings about. Fails on any complaint."""
        try:
            async with asyncio.timeout(patience):
                while not holds():
                    if self._complaint is not None:
                        raise self._complaint
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            tail = self.messages[-5:]
            raise AssertionError(f"waited in vain; closed: {self.closed}, last: {tail}") from None

    async def until_op(self, op: str, count: int = 1, patience: float = 15) -> None:
        await self.until(lambda: len(self.of(op)) >= count, patience)

    async def until_seen(self, count: int) -> None:
        """Wait until that many activities have come."""
        await self.until(lambda: len(self.seen) >= count)

    async def until_closed(self, patience: float = 15) -> int:
        """Wait for the server to close; answers the code."""
        await self.until(lambda: self.closed is not None, patience)
        assert self.closed is not None
        return self.closed[0]

    async def until_content(self, content: str) -> None:
        await self.until(lambda: content in self.contents)

    @property
    def contents(self) -> list[str]:
        """What was posted, in the order in which it came."""
        return [one["content"] for one in self.seen if "content" in one]

    def of(self, op: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["op"] == op]

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                await self.reading.wait()
                self._take(_decoded(data))
                self._changed.set()
        except ConnectionClosed:
            pass
        except AssertionError as complaint:
            self._complaint = complaint
        self.closed = (socket.close_code or 1006, socket.close_reason or "")
        self._changed.set()

    def _take(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        match message["op"]:
            case "subscribed":
                for name, start in message["streams"].items():
                    self.streams[name] = start
                    self._remember(name, start["head"])
            case "granted":
                self._remember(message["stream"], message["head"])
            case "checkpoint":
                for name, seq in message["streams"].items():
                    self._remember(name, seq)
            case "activity":
                self._take_activity(message)

    def _take_activity(self, message: dict[str, Any]) -> None:
        name, seq = message["stream"], message["seq"]
        known = self.remembered.get(name, -1)
        assert message.get("prev", seq - 1) <= known, f"gap: {message} above {known}"
        assert seq > known, f"again or late: {message} after {known}"
        self._remember(name, seq)
        self.seen.append(message["activity"])

    def _remember(self, stream: str, seq: int) -> None:
        self.remembered[stream] = max(seq, self.remembered.get(stream, -1))


def _decoded(data: str | bytes) -> dict[str, Any]:
    if isinstance(data, str):
        return msgspec.json.decode(data, type=dict[str, Any])
    return msgspec.msgpack.decode(data, type=dict[str, Any])
