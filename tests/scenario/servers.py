"""Servers of a test's own, which may be killed, frozen, cut off and moved about."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis.asyncio as redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from headrace.embedded.valkey import program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SLOTS = 16_384


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(holds: Callable[[], Any], patience: float = 60) -> None:
    """Wait until an awaitable answers something true."""
    async with asyncio.timeout(patience):
        while not await holds():  # noqa: ASYNC110 (it changes in another process)
            await asyncio.sleep(0.02)


class Valkey:
    """One server; ``options`` as on its command line."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self.port, self.cluster_port = free_port(), free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._options = options
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, also once more after it was killed."""
        self.directory.mkdir(exist_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            str(program()),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
            *("--dir", str(self.directory), "--cluster-port", str(self.cluster_port)),
            *self._options,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await until(self.answers)

    async def answers(self) -> bool:
        try:
            return bool(await self.ask("PING"))
        except (RedisError, OSError):
            return False

    async def ask(self, *command: str | int) -> Any:
        async with redis.Redis.from_url(self.url, decode_responses=True) as client:
            untyped: Any = client
            return await untyped.execute_command(*command)

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """As the power fails."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def valkey(*options: str) -> AsyncIterator[Valkey]:
    """A server by itself."""
    with tempfile.TemporaryDirectory() as name:
        server = Valkey(Path(name), *options)
        await server.start()
        try:
            yield server
        finally:
            await server.kill()


class Cluster:
    """Three servers that share the slots."""

    def __init__(self, servers: list[Valkey]) -> None:
        self.servers = servers
        self.url = "redis://" + ",".join(f"127.0.0.1:{server.port}" for server in servers)

    async def form(self) -> None:
        share = SLOTS // len(self.servers) + 1
        for number, server in enumerate(self.servers):
            last = min((number + 1) * share, SLOTS) - 1
            await server.ask("CLUSTER ADDSLOTSRANGE", number * share, last)
            await server.ask("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for server in self.servers[1:]:
            first = self.servers[0]
            await server.ask("CLUSTER MEET", "127.0.0.1", first.port, first.cluster_port)
        await until(self.agrees)

    async def agrees(self) -> bool:
        """Whether every server knows of all slots and servers."""
        known = str(len(self.servers))
        for server in self.servers:
            about = await server.ask("CLUSTER INFO")
            if (about["cluster_state"], about["cluster_known_nodes"]) != ("ok", known):
                return False
        return True

    async def add_replica(self, replica: Valkey, of: Valkey) -> None:
        """A server that copies another and takes over when that dies."""
        await replica.ask("CLUSTER MEET", "127.0.0.1", of.port, of.cluster_port)
        self.servers.append(replica)
        await until(self.agrees)
        await replica.ask("CLUSTER REPLICATE", await of.ask("CLUSTER MYID"))

        async def follows() -> bool:
            about = await replica.ask("INFO", "replication")
            return bool(about["master_link_status"] == "up")

        await until(follows)

    async def owner(self, channel: str) -> Valkey:
        """The server that carries a channel, as that itself says."""
        slot = key_slot(channel.encode())
        for server in self.servers:
            for first, last, (_, port, *_), *_ in await server.ask("CLUSTER SLOTS"):
                if port == server.port and first <= slot <= last:
                    return server
        raise AssertionError(f"nobody carries {channel}")

    async def move(self, channel: str, target: Valkey) -> None:
        """Give the slot of a channel to another server, and tell all of it."""
        slot, source = key_slot(channel.encode()), await self.owner(channel)
        old, new = await source.ask("CLUSTER MYID"), await target.ask("CLUSTER MYID")
        await target.ask("CLUSTER SETSLOT", slot, "IMPORTING", old)
        await source.ask("CLUSTER SETSLOT", slot, "MIGRATING", new)
        for server in (target, *(one for one in self.servers if one is not target)):
            await server.ask("CLUSTER SETSLOT", slot, "NODE", new)


#: What makes a server one of a cluster.
OF_A_CLUSTER = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    """A real cluster of three."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = []
        for number in range(3):
            server = Valkey(directory / str(number), *OF_A_CLUSTER)
            await server.start()
            stack.push_async_callback(server.kill)
            servers.append(server)
        made = Cluster(servers)
        await made.form()
        yield made


class Proxy:
    """A cable to a server. While it is paused it stays connected, takes new connections, and
    carries nothing."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.carried = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def pause(self) -> None:
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await self._flows.wait()
                self.carried += len(data)
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            with suppress(ConnectionError):
                sink.close()


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[Proxy]:
    """A cable to a port of this machine."""
    made = Proxy(port)
    await made.start()
    try:
        yield made
    finally:
        await made.close()
