"""Jonas, who has an app that makes codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyotp

from tests.integration.api.conftest import V1, Site, problem

if TYPE_CHECKING:
    import httpx

PASSWORD = "correct horse battery staple"
FACTOR = f"{V1}/second-factor"


class Phone:
    """What makes the codes."""

    def __init__(self, site: Site, secret: str) -> None:
        self._clock = site.organisation.clock
        self.secret = secret
        self._totp = pyotp.TOTP(secret)

    @property
    def code(self) -> str:
        return self.at(self._clock.time)

    def at(self, time: datetime) -> str:
        return self._totp.at(time)

    def later(self) -> datetime:
        """When the next code is good."""
        return self._clock.time + timedelta(seconds=30)


async def first_step(site: Site, password: str = PASSWORD) -> httpx.Response:
    body = {"email": "jonas@example.org", "password": password}
    return await site.visitor().post(f"{V1}/session", json=body)


async def ticket(site: Site) -> str:
    answer = await first_step(site)
    assert problem(answer) == (401, "second_factor_required")
    assert "set-cookie" not in answer.headers
    found: str = answer.json()["errors"]["ticket"]
    return found


async def second_step(site: Site, ticket: str, code: str) -> httpx.Response:
    body = {"ticket": ticket, "code": code}
    return await site.visitor().post(f"{V1}/session/second-factor", json=body)


async def enrolled(site: Site, jonas: httpx.AsyncClient) -> tuple[Phone, list[str]]:
    """Jonas has a second factor; the step of his last code is over."""
    await site.accounts.set_password(site.organisation.jonas, PASSWORD)
    made = await jonas.post(FACTOR, json={"password": PASSWORD})
    assert made.status_code == 201, made.text
    phone = Phone(site, made.json()["secret"])
    shown = await jonas.put(FACTOR, json={"code": phone.code})
    assert shown.status_code == 200, shown.text
    site.organisation.clock.time += timedelta(seconds=60)
    return phone, shown.json()["codes"]
