"""Whole nodes in processes of their own, on the real engines, and clients as users write them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from headrace.app import assemble
from headrace.embedded.postmaster import Postmaster
from headrace.model.people import Kind
from headrace.settings import Settings
from tests.conftest import SECRET_KEY
from tests.scenario.client import LiveClient
from tests.scenario.servers import Valkey, valkey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

_ADDRESS = re.compile(r"http://localhost:(\d+)")


class NodeProcess:
    """One ``headrace serve``, or another ``command`` that serves."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://localhost:{port}"
        self.output = ""
        self.draining: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, environment: dict[str, str], *program: str, command: Sequence[str] = ("serve",)
    ) -> NodeProcess:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(program or ("-m", "headrace.cli")),
            *(*command, "--port", "0"),
            env=os.environ | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        heard = []
        async with asyncio.timeout(30):
            async for line in process.stdout:
                heard.append(line.decode())
                found = _ADDRESS.search(heard[-1])
                if found is not None:
                    node = cls(process, int(found[1]))
                    node.output = "".join(heard)
                    node.draining = asyncio.create_task(node._read(process.stdout))
                    return node
        raise AssertionError("the node did not start:\n" + "".join(heard))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.output += line.decode()

    async def kill(self) -> None:
        """As the power fails."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                await self.process.wait()
        assert "Traceback" not in self.output, self.output


class Site:
    """Some nodes on one log and one bus, and the people who use them."""

    def __init__(
        self, environment: dict[str, str], nodes: list[NodeProcess], tokens: dict[str, str]
    ) -> None:
        self.environment = environment
        self.nodes = nodes
        self.tokens = tokens
        self.clients: list[LiveClient] = []

    async def command(self, *arguments: str) -> str:
        """Run a command beside the nodes; answers what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "headrace.cli", *arguments),
            env=os.environ | self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode().strip()

    async def call(
        self, who: str, method: str, path: str, body: Any = None, node: int = 0, **headers: str
    ) -> httpx.Response:
        """A request by somebody to a node."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(timeout=15) as client:
            return await client.request(
                method,
                f"{self.nodes[node].url}/api/v1{path}",
                json=body,
                headers={"Authorization": f"Bearer {self.tokens[who]}"} | headers,
            )

    async def post(self, who: str, content: str, node: int = 0, **fields: Any) -> dict[str, Any]:
        """Publish in group qm; answers the receipt."""
        response = await self.call(
            who, "POST", "/groups/qm/activities", {"content": content} | fields, node
        )
        assert response.status_code == 201, response.text
        receipt: dict[str, Any] = response.json()
        return receipt

    async def follow(self, who: str, node: int = 0, **options: Any) -> LiveClient:
        """Somebody's client, connected."""
        client = LiveClient(self.tokens[who], **options)
        self.clients.append(client)
        await client.connect(self.nodes[node].port)
        return client

    async def close(self) -> None:
        for client in self.clients:
            await client.close()
        for node in self.nodes:
            await node.stop()


@asynccontextmanager
async def running(
    database_url: str, redis_url: str, nodes: int = 1, **settings: str
) -> AsyncIterator[Site]:
    """A site; settings as ``heartbeat="1"``."""
    with tempfile.TemporaryDirectory(prefix="headrace-files-") as files:
        async with _running(database_url, redis_url, nodes, file_storage=files, **settings) as site:
            yield site


@asynccontextmanager
async def with_own_bus(database_url: str) -> AsyncIterator[tuple[Site, Valkey]]:
    """Two nodes on a bus that may be killed."""
    async with valkey() as bus, running(database_url, bus.url, nodes=2) as site:
        yield site, bus


@asynccontextmanager
async def _running(
    database_url: str, redis_url: str, nodes: int, **settings: str
) -> AsyncIterator[Site]:
    settings = {"secret_key": SECRET_KEY} | settings
    environment = {f"HEADRACE_{name.upper()}": value for name, value in settings.items()} | {
        "HEADRACE_DATABASE_URL": database_url,
        "HEADRACE_REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
    }
    tokens = await people(database_url)
    started = await asyncio.gather(*(NodeProcess.start(environment) for _ in range(nodes)))
    site = Site(environment, list(started), tokens)
    try:
        yield site
    finally:
        await site.close()


async def people(database_url: str) -> dict[str, str]:
    """Mia, who owns group qm, its member Jonas, its guest Gus, and Olga; answers their tokens."""
    settings = Settings.load({}, database_url=database_url, redis_url="unix:///nowhere")
    async with assemble(settings) as parts:
        services = parts.services
        add = services.administration.add_person
        mia = await add(None, email="mia@example.org", name="Mia", admin=True)
        people = [
            mia,
            await add(None, email="jonas@example.org", name="Jonas"),
            await add(None, email="gus@example.org", name="Gus", kind=Kind.GUEST),
            await add(None, email="olga@example.org", name="Olga"),
        ]
        await services.administration.add_group(mia, name="qm", title="Quality")
        for person in people[1:3]:
            await services.administration.put_member(mia, "qm", person.email, None, None)
        create = services.accounts.create_token
        return {person.handle: await create(person, "test") for person in people}


class Place:
    """A data directory, the engines that run in it, and its people, who stay the same."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.options = ("--data", str(path))
        self.tokens: dict[str, str] = {}

    @property
    def postgres(self) -> psutil.Process:
        found = Postmaster.read(self.path / "postgres")
        assert found is not None
        return psutil.Process(found.pid)

    @property
    def database_url(self) -> str:
        found = Postmaster.read(self.path / "postgres")
        assert found is not None
        return found.url("headrace", "headrace")

    @asynccontextmanager
    async def up(self, language: str = "en") -> AsyncIterator[Site]:
        environment = {"HEADRACE_LANG": language, "PYTHONUNBUFFERED": "1"}
        command = ("up", "--no-demo", *self.options)
        node = await NodeProcess.start(environment, command=command)
        site = Site(environment, [node], {})
        try:
            self.tokens = site.tokens = self.tokens or await people(self.database_url)
            yield site
        finally:
            await site.close()


@pytest.fixture
def place() -> Iterator[Place]:
    """An empty one, with room for others beside it."""
    with tempfile.TemporaryDirectory(prefix="headrace-tests-") as name:
        Path(name).chmod(0o711)
        yield Place(Path(name) / "data")


@pytest.fixture
async def site(database_url: str, redis_url: str) -> AsyncIterator[Site]:
    """One node."""
    async with running(database_url, redis_url) as made:
        yield made


@pytest.fixture
async def pair(database_url: str, redis_url: str) -> AsyncIterator[Site]:
    """Two nodes."""
    async with running(database_url, redis_url, nodes=2) as made:
        yield made
