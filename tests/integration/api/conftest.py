"""The HTTP API on a log of its own, without a socket in between."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from headrace.api.application import create_api
from headrace.api.measuring import Measuring
from headrace.api.services import Services
from headrace.auth import Accounts, Passwords
from headrace.files.files import Files
from headrace.settings import Settings
from headrace.workers import Alone
from tests.conftest import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from headrace.model.identity import Identity
    from headrace.model.people import Person
    from tests.integration.conftest import Organisation

#: Who keeps no files has no place for them.
_NOWHERE = Path("/proc/nowhere")
EPOCH = "0123456789abcdef"
V1 = "/api/v1"
#: Of nothing that there is.
NO_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class Site:
    """The API of an organisation. ``bus`` is whether its bus works, ``draining`` whether its node
    is going down."""

    def __init__(
        self,
        organisation: Organisation,
        static: Path | None = None,
        files: Path = _NOWHERE,
        **settings: Any,
    ) -> None:
        self.organisation = organisation
        self.bus = True
        self.draining = False
        usual = {"data": files, "storage_reserve": 0, "secret_key": SECRET_KEY}
        given: dict[str, Any] = usual | settings
        self.settings = Settings(**given)
        metrics = CollectorRegistry()
        self.accounts = Accounts(
            organisation.database,
            organisation.clock,
            secrets.token_bytes,
            self.settings,
            Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)),
            organisation.ended.extend,
        )
        self.files = Files(
            organisation.database,
            self.settings,
            clock=organisation.clock,
            new_id=uuid4,
        )
        self.services = Services(
            settings=self.settings,
            database=organisation.database,
            publisher=organisation.publisher,
            administration=organisation.administration,
            accounts=self.accounts,
            files=self.files,
            epoch=self._epoch,
            bus_is_up=lambda: self.bus,
            is_draining=lambda: self.draining,
            metrics=Alone(metrics).metrics,
            measuring=Measuring(metrics),
        )
        self.application = create_api(lambda: self.services, static=static)
        self._clients: list[httpx.AsyncClient] = []

    async def _epoch(self) -> str:
        return EPOCH

    def visitor(self, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
        """Somebody who has not said who they are."""
        transport = httpx.ASGITransport(app=self.application, client=(address, 50_000))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://headrace.example", headers=headers
        )
        self._clients.append(client)
        return client

    async def identity(self, person: Person) -> Identity:
        """Somebody as a token of theirs proves who they are."""
        token = await self.accounts.create_token(person, "tests")
        return await self.accounts.identify(f"Bearer {token}", None)

    async def client(self, person: Person) -> httpx.AsyncClient:
        """Somebody with a token."""
        token = await self.accounts.create_token(person, "tests")
        return self.visitor(Authorization=f"Bearer {token}")

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@pytest.fixture
async def site(organisation: Organisation, tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(organisation, files=tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def mia(site: Site) -> httpx.AsyncClient:
    """The owner of group qm, and an administrator."""
    return await site.client(site.organisation.mia)


@pytest.fixture
async def jonas(site: Site) -> httpx.AsyncClient:
    """A member of group qm."""
    return await site.client(site.organisation.jonas)


@pytest.fixture
async def gus(site: Site) -> httpx.AsyncClient:
    """A guest of group qm."""
    return await site.client(site.organisation.gus)


@pytest.fixture
async def olga(site: Site) -> httpx.AsyncClient:
    """An employee who is in no group."""
    return await site.client(site.organisation.olga)


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an answer that has to be a problem document."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert body["status"] == response.status_code
    return body["status"], body["code"]


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["items"]
    return listed


async def inbox(client: httpx.AsyncClient) -> list[tuple[str, str, str | None]]:
    """Type, actor and group of what is directed at somebody, newest first."""
    return [
        (one["type"], one["actor"]["handle"], one.get("target"))
        for one in await items(client, f"{V1}/inbox")
    ]


def told(site: Site, person: Person) -> list[str]:
    """The types of what was announced to somebody's inbox."""
    entries = site.organisation.told
    return [entry.activity.type for entry in entries if entry.stream == person.inbox]
