"""How often somebody may try: over all nodes together, and without a way to lock others out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from headrace.auth import Accounts
from headrace.errors import TooManyRequests
from headrace.settings import Rate, Settings

if TYPE_CHECKING:
    from headrace.auth.limits import Limits
    from tests.integration.conftest import Organisation


def limits(organisation: Organisation, **settings: Any) -> Limits:
    """Those of one node."""
    made = Accounts(
        organisation.database,
        organisation.clock,
        lambda n: bytes(n),
        Settings(**settings),
    )
    return made.limits


async def test_two_nodes_count_together(organisation: Organisation) -> None:
    nodes = [limits(organisation, limit_sign_in=Rate(4, 30)) for _ in range(2)]
    for attempt in range(4):
        await nodes[attempt % 2].sign_in("jonas@example.org", "192.0.2.1")
    for node in nodes:
        with pytest.raises(TooManyRequests) as refused:
            await node.sign_in("jonas@example.org", "192.0.2.1")
        assert 0 < refused.value.details["retry_after"] <= 30
    organisation.clock.time += timedelta(seconds=31)
    await nodes[0].sign_in("jonas@example.org", "192.0.2.1")


async def test_of_attempts_at_the_same_moment_no_more_pass_than_may(
    organisation: Organisation,
) -> None:
    node = limits(organisation, limit_sign_in=Rate(3, 30))
    tries = (node.sign_in("jonas@example.org", "192.0.2.1") for _ in range(8))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 5


async def test_who_has_signed_in_starts_again(organisation: Organisation) -> None:
    node = limits(organisation, limit_sign_in=Rate(2, 30))
    for _ in range(3):
        await node.sign_in("jonas@example.org", "192.0.2.1")
        await node.signed_in("jonas@example.org", "192.0.2.1")


async def test_one_address_that_tries_many_accounts_has_to_wait(
    organisation: Organisation,
) -> None:
    node = limits(organisation, limit_sign_in_address=Rate(5, 1))
    for number in range(5):
        await node.sign_in(f"person{number}@example.org", "192.0.2.1")
    with pytest.raises(TooManyRequests):
        await node.sign_in("person9@example.org", "192.0.2.1")
    await node.sign_in("person9@example.org", "192.0.2.2")


async def test_guessing_from_everywhere_slows_an_account_and_locks_nobody_out(
    organisation: Organisation,
) -> None:
    node = limits(organisation, limit_sign_in_account=Rate(3, 10))
    delays = [await node.sign_in("jonas@example.org", f"192.0.2.{number}") for number in range(8)]
    assert delays[:3] == [timedelta(0)] * 3
    assert all(timedelta(0) < delay <= timedelta(seconds=5) for delay in delays[3:])
    assert await node.sign_in("mia@example.org", "192.0.2.1") == timedelta(0)


async def test_what_is_off_is_not_counted(organisation: Organisation) -> None:
    node = limits(organisation, limit_publish=None, limit_sign_in=None)
    for _ in range(20):
        node.publish("jonas", 1_000)
        await node.sign_in("jonas@example.org", "192.0.2.1")


async def test_a_person_publishes_so_much_at_once_and_then_so_fast(
    organisation: Organisation,
) -> None:
    node = limits(organisation, limit_publish=Rate(100, 0.5))
    node.publish("jonas", 60)
    node.publish("jonas", 60)
    with pytest.raises(TooManyRequests) as refused:
        node.publish("jonas")
    assert refused.value.details["retry_after"] >= 10
    node.publish("mia", 100)


async def test_what_is_kept_says_of_nobody_where_they_are(organisation: Organisation) -> None:
    node = limits(organisation)
    await node.sign_in("jonas@example.org", "192.0.2.1")
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM attempt")
    assert len(rows) == 3
    assert "jonas" not in str(rows)
    assert "192.0.2.1" not in str(rows)
