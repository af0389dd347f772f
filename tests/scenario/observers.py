"""Somebody who writes down every byte they are sent, and what remains of it without chance.

Ids, stream names, tickets and times are random by nature: each is replaced by its place in the
order in which such things first appeared. Numbers, counts, heads and the order of frames stay.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

JSON, MSGPACK = "headrace.v1.json", "headrace.v1.msgpack"
_CHANCE = [
    ("id", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"),
    ("ticket", r"ht_[\w-]+"),
    ("name", r"(?:hush|crew)-[a-z2-7]{8}"),
    ("thread", r"~[0-9a-f]{32}"),
    ("epoch", r'(?<="epoch":")[0-9a-f]{16}'),
]


def without_chance(lines: Iterable[str], streams: Iterable[str]) -> list[str]:
    """The lines with everything random numbered in the order in which it first appeared."""
    kinds = [*_CHANCE, ("stream", "|".join(map(re.escape, sorted(streams))))]
    # Two answers of one run may or may not fall into the same second.
    seconds = re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT")
    # When a token was used last is written down every half a minute: one run may last that long,
    # and another not.
    uses = re.compile(r',"lastUsed":"[^"]*"')
    pattern = re.compile("|".join(f"(?P<{name}>{what})" for name, what in kinds))
    known: dict[str, str] = {}
    counts = dict.fromkeys((name for name, _ in kinds), 0)

    def number(found: re.Match[str]) -> str:
        kind, text = found.lastgroup or "", found[0]
        if text not in known:
            counts[kind] += 1
            known[text] = f"<{kind} {counts[kind]}>"
        return known[text]

    kept = (uses.sub("", line) for line in lines)
    return [seconds.sub("<second>", pattern.sub(number, line)) for line in kept]


class Ear:
    """One live connection; every frame goes into ``heard`` as it comes."""

    def __init__(self, form: str = JSON) -> None:
        self.form = form
        self.messages: list[dict[str, Any]] = []
        self.heard: list[str] = []
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self, url: str, token: str, **subscription: Any) -> None:
        """Connect, subscribe and wait until that stands and is caught up."""
        self._socket = await connect(
            url.replace("http", "ws", 1) + "/api/v1/live",
            additional_headers={"Authorization": f"Bearer {token}"},
            subprotocols=[Subprotocol(self.form)],
            compression=None,
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.send({"op": "subscribe", "id": "1", "groups": "home"} | subscription)
        await self.until("caught_up" if "from" in subscription else "subscribed", 1)

    async def send(self, message: Mapping[str, Any]) -> None:
        assert self._socket is not None
        if self.form == JSON:
            await self._socket.send(msgspec.json.encode(message).decode())
        else:
            await self._socket.send(msgspec.msgpack.encode(message))

    async def fence(self, name: str) -> None:
        """Whatever the node sent before this is written down before what comes after."""
        count = self.count("pong") + 1
        await self.send({"op": "ping", "id": name})
        await self.until("pong", count)

    async def until(self, op: str, count: int) -> None:
        async with asyncio.timeout(15):
            while self.count(op) < count:
                self._changed.clear()
                await self._changed.wait()

    def count(self, op: str) -> int:
        return sum(message["op"] == op for message in self.messages)

    async def close(self) -> None:
        if self._socket is not None and self._reader is not None:
            await self._socket.close()
            await self._reader

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                self._take(data)
        except ConnectionClosed as end:
            self.heard.append(f"closed: {end}")

    def _take(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            message = msgspec.msgpack.decode(data)
            text = msgspec.json.encode(message).decode()
        else:
            message, text = msgspec.json.decode(data), data
        self.messages.append(message)
        self.heard.append(text)
        self._changed.set()


class Observer:
    """Somebody with two live connections and an HTTP client, who writes everything down."""

    def __init__(self, handle: str, url: str, token: str) -> None:
        self.handle = handle
        self._url = url
        self._token = token
        self._all, self._picky, self._late = Ear(), Ear(MSGPACK), Ear()
        self._answers: list[str] = []
        self._http = httpx.AsyncClient(base_url=url, timeout=15)

    @property
    def lines(self) -> list[str]:
        """All that was sent, each connection's in its order."""
        return [*self._all.heard, *self._picky.heard, *self._late.heard, *self._answers]

    async def listen(self) -> None:
        await self._all.open(self._url, self._token, inbox=True)
        await self._picky.open(self._url, self._token, filter="tag:audit")

    async def fence(self, name: str) -> None:
        for ear in (self._all, self._picky):
            await ear.fence(name)

    async def type_in(self, group: str) -> None:
        await self._all.send({"op": "typing", "group": group})

    def expects(self, op: str) -> int:
        """The count of such messages once one more has come on the first connection."""
        return self._all.count(op) + 1

    async def until(self, op: str, count: int) -> None:
        for ear in (self._all, self._picky):
            await ear.until(op, count)

    async def try_messages(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Send what will be refused, one after the other."""
        for number, message in enumerate(messages):
            refused = self._all.count("error") + (message["op"] != "typing")
            await self._all.send(message)
            await self._all.until("error", refused)
            await self._all.fence(f"tried {number}")

    async def ask(self, method: str, address: str, body: Any = None) -> int:
        """A request, and every byte of its answer; answers the status."""
        answer = await self._http.request(
            method, address, json=body, headers={"Authorization": f"Bearer {self._token}"}
        )
        self._answers.append(f"{method} answered {answer.status_code}")
        self._answers.extend(_headers(answer))
        self._answers.append(answer.text)
        return answer.status_code

    async def resume(self) -> None:
        """A new connection, from where the first one began."""
        starts = self._all.messages[1]["streams"]
        places = {name: start["head"] for name, start in starts.items()}
        await self._late.open(self._url, self._token, inbox=True, **{"from": places})

    async def close(self) -> None:
        for ear in (self._all, self._picky, self._late):
            await ear.close()
        await self._http.aclose()


def _headers(answer: httpx.Response) -> Iterator[str]:
    for name, value in answer.headers.multi_items():
        if name == "content-length":  # a time is shorter where it happens to end in zeros
            assert int(value) == len(answer.content)
        else:
            yield f"{name}: {value}"
