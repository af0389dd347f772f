"""The key that secrets are sealed with, as an operator meets it: `up`, `serve`, `key`, `doctor`."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pyotp
import pytest

from headrace.auth.key_file import written
from tests.conftest import SECRET_KEY
from tests.scenario.conftest import NodeProcess, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

EMAIL, PASSWORD = "jonas@example.org", "correct horse battery staple"
PROOF = {"password": PASSWORD}
OTHER = written(b"\x07" * 32)
ENGLISH = {"HEADRACE_LANG": "en"}


class Site:
    """What an operator has: a data directory, or two URLs, and the program."""

    def __init__(self, *options: str, **environ: str) -> None:
        self.options = options
        self.environ = ENGLISH | environ
        self.out = ""
        self._app: pyotp.TOTP | None = None

    async def __call__(self, *arguments: str, given: str = "", **environ: str) -> int:
        """Run a command to its end; keeps what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "headrace.cli", *arguments, *self.options),
            env=os.environ | self.environ | environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(60):
            out, _ = await process.communicate(given.encode())
        self.out = " ".join(out.decode().split())
        assert process.returncode is not None
        return process.returncode

    @asynccontextmanager
    async def serving(self, command: str, *more: str, **environ: str) -> AsyncIterator[str]:
        """The address of a node that serves meanwhile."""
        whole = (command, *more, *self.options)
        node = await NodeProcess.start(self.environ | environ, command=whole)
        yield f"{node.url}/api/v1"
        await node.stop()

    async def set_up_app(self, url: str) -> None:
        """Jonas, who is new here, has an app that makes codes."""
        arguments = ("person", "add", EMAIL, "--name", "Jonas", "--password-stdin")
        assert await self(*arguments, given=PASSWORD) == 0, self.out
        assert await self("token", "create", "--person", EMAIL) == 0, self.out
        headers = {"Authorization": f"Bearer {self.out}"}
        async with httpx.AsyncClient(headers=headers) as client:
            made = (await client.post(f"{url}/second-factor", json=PROOF)).json()
            self._app = pyotp.TOTP(made["secret"])
            while True:  # twice at most: until the next step begins, the last one is good
                body = {"code": self._app.at(datetime.now(UTC) - timedelta(seconds=30))}
                shown = await client.put(f"{url}/second-factor", json=body)
                if shown.status_code != 401:
                    break
        assert shown.status_code == 200, shown.text

    async def sign_in(self, url: str, *, steps: int = 0) -> tuple[int, str]:
        """Jonas signs in with the code of that many steps from now, and each code once."""
        assert self._app is not None
        code = self._app.at(datetime.now(UTC) + timedelta(seconds=30 * steps))
        async with httpx.AsyncClient() as client:
            half = await client.post(f"{url}/session", json={"email": EMAIL} | PROOF)
            ticket = half.json()["errors"]["ticket"]
            body = {"ticket": ticket, "code": code}
            answer = await client.post(f"{url}/session/second-factor", json=body)
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture
def data() -> Iterator[Path]:
    """Not below pytest's own directory, see tests/conftest.py."""
    with tempfile.TemporaryDirectory(prefix="headrace-keys-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield directory


@pytest.fixture
def own(data: Path) -> Site:
    return Site("--data", str(data))


@pytest.fixture
def servers(database_url: str, redis_url: str, data: Path) -> Site:
    return Site(
        HEADRACE_DATABASE_URL=database_url,
        HEADRACE_REDIS_URL=redis_url,
        HEADRACE_FILE_STORAGE=str(data),
    )


async def test_up_makes_a_key_for_its_owner_alone_and_misses_it(own: Site, data: Path) -> None:
    file = data / "secret.key"
    async with own.serving("up", "--no-demo") as url:
        await own.set_up_app(url)
    key = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with own.serving("up", "--no-demo") as url:
        assert file.read_text() == key
        assert await own.sign_in(url) == (201, "")
        assert await own("doctor") == 0
        assert "✓ │ key of secrets" in own.out
        assert await own("key", "change") == 1
        assert "`headrace up` runs on" in own.out
    file.chmod(0o644)
    assert await own("up", "--no-demo", "--port", "0") == 1
    assert f"chmod 600 {file}" in own.out
    assert own.out.endswith("[secret_key_file]")
    file.rename(data / "elsewhere")
    assert await own("up", "--no-demo", "--port", "0", HEADRACE_LANG="de") == 1
    assert "Der Schlüssel fehlt" in own.out
    assert own.out.endswith("[secret_key_missing]")
    assert not file.exists()


async def test_the_key_of_up_is_changed_and_nobody_loses_their_app(own: Site, data: Path) -> None:
    file = data / "secret.key"
    async with own.serving("up", "--no-demo") as url:
        await own.set_up_app(url)
    key = file.read_text()
    assert await own("key", "change") == 0
    assert own.out.startswith("Secrets sealed anew: 1.")
    assert file.read_text() != key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with own.serving("up", "--no-demo") as url:
        assert await own.sign_in(url) == (201, "")
    file.write_text(key)
    assert await own("up", "--no-demo", "--port", "0") == 1
    assert own.out.endswith("[secret_key_mismatch]")
    file.unlink()
    assert await own("key", "change") == 1
    assert own.out.endswith("[secret_key_missing]")
    assert await own("key", "change", "--lost") == 0
    assert "Secrets that stay unreadable: 1." in own.out
    async with own.serving("up", "--no-demo") as url:
        assert await own.sign_in(url, steps=1) == (503, "secret_unreadable")


async def test_nodes_have_the_same_key_or_do_not_start(servers: Site) -> None:
    first = {"HEADRACE_SECRET_KEY": SECRET_KEY}
    async with servers.serving("serve", **first) as url, servers.serving("serve", **first):
        await servers.set_up_app(url)
        assert await servers("serve", "--port", "0", HEADRACE_SECRET_KEY=OTHER) == 1
        assert servers.out.endswith("[secret_key_mismatch]")
        assert SECRET_KEY not in servers.out
        assert OTHER not in servers.out
        assert await servers("serve", "--port", "0") == 1
        assert servers.out.endswith("[secret_key_missing]")
        assert await servers("doctor") == 1
        assert "✗ │ key of secrets" in servers.out


async def test_the_key_of_nodes_is_changed_in_turns(servers: Site) -> None:
    old, new = {"HEADRACE_SECRET_KEY": SECRET_KEY}, {"HEADRACE_SECRET_KEY": OTHER}
    both = new | {"HEADRACE_FORMER_SECRET_KEY": SECRET_KEY}
    async with servers.serving("serve", **old) as url:
        await servers.set_up_app(url)
    async with servers.serving("serve", "--workers", "2", **both) as url:
        assert await servers("doctor", **both) == 0
        assert "Finish with" in servers.out
        assert await servers("key", "change", **both) == 0
        assert servers.out.startswith("Secrets sealed anew: 1.")
        assert await servers.sign_in(url) == (201, "")
    async with servers.serving("serve", **new) as url:
        assert await servers.sign_in(url, steps=1) == (201, "")
    assert await servers("audit", "export") == 0
    assert "secret_key.change" in servers.out


async def test_a_node_without_a_key_serves_and_says_what_it_lacks(
    database_url: str, redis_url: str, servers: Site
) -> None:
    async with running(database_url, redis_url, secret_key="") as site:
        answer = await site.call("jonas", "GET", "/second-factor")
        assert answer.json()["appOffered"] is False
        assert await servers("doctor") == 0
        assert "! │ key of secrets" in servers.out
    assert "without HEADRACE_SECRET_KEY" in site.nodes[0].output
