"""Servers of a test's own, which may be killed, frozen and moved about."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis.asyncio as redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from headrace.embedded.valkey import program
from tests.waiting import until_answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SLOTS = 16_384


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
        await until_answered(self.answers)

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
        await until_answered(self.agrees)

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
        await until_answered(self.agrees)
        await replica.ask("CLUSTER REPLICATE", await of.ask("CLUSTER MYID"))

        async def follows() -> bool:
            about = await replica.ask("INFO", "replication")
            return bool(about["master_link_status"] == "up")

        await until_answered(follows)

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
