from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from headrace.auth import Accounts, Passwords
from headrace.errors import BadCredentials, NotFound, TooManyRequests, Unauthenticated
from headrace.log import audit
from headrace.model.identity import Identity
from headrace.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Organisation

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
PASSWORD = "correct horse battery staple"


def quick(memory: int = 64) -> Passwords:
    """Hashes that take a millisecond."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=memory, parallelism=1))


class Secrets:
    """Random bytes that can be told apart and foreseen."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, length: int) -> bytes:
        self.made += 1
        return bytes([self.made]) * length


@pytest.fixture
async def accounts(organisation: Organisation) -> Accounts:
    made = Accounts(organisation.database, organisation.clock, Secrets(), Settings(), quick())
    await made.set_password(organisation.jonas, PASSWORD)
    return made


def cookie(session: str) -> str:
    return f"theme=dark; headrace_session={session}"


async def known(organisation: Organisation, accounts: Accounts) -> Identity:
    """Jonas with a token."""
    token = await accounts.create_token(organisation.jonas, "ticket")
    return await accounts.identify(f"Bearer {token}", None)


async def test_a_session_is_its_persons_until_it_expires(
    organisation: Organisation, accounts: Accounts
) -> None:
    session, person = await accounts.sign_in(" Jonas@Example.ORG", PASSWORD)
    assert person == organisation.jonas
    assert (await accounts.identify(None, cookie(session))).person == organisation.jonas
    organisation.clock.time += timedelta(days=30)
    with pytest.raises(Unauthenticated):
        await accounts.identify(None, cookie(session))


async def test_a_session_ends_when_it_is_signed_out(
    organisation: Organisation, accounts: Accounts
) -> None:
    ours, _ = await accounts.sign_in("jonas@example.org", PASSWORD)
    other, _ = await accounts.sign_in("jonas@example.org", PASSWORD)
    ticket = await accounts.ticket(await accounts.identify(None, cookie(ours)))
    await accounts.sessions.sign_out(ours)
    with pytest.raises(Unauthenticated):
        await accounts.identify(None, cookie(ours))
    with pytest.raises(Unauthenticated):
        await accounts.redeem(ticket)
    assert (await accounts.identify(None, cookie(other))).person.handle == "jonas"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("jonas@example.org", "wrong"),
        ("olga@example.org", PASSWORD),  # has no password
        ("nobody@example.org", PASSWORD),
        ("jonas", PASSWORD),
        ("\x00", PASSWORD),
        ("", ""),
    ],
)
async def test_wrong_credentials_are_refused_alike(
    accounts: Accounts, email: str, password: str
) -> None:
    with pytest.raises(BadCredentials) as caught:
        await accounts.sign_in(email, password)
    assert caught.value.message == "E-mail address or password is wrong."


async def test_a_closed_account_cannot_sign_in(
    organisation: Organisation, accounts: Accounts
) -> None:
    await organisation.administration.deactivate(None, "jonas@example.org")
    with pytest.raises(BadCredentials):
        await accounts.sign_in("jonas@example.org", PASSWORD)
    with pytest.raises(NotFound):
        await accounts.set_password(organisation.jonas, PASSWORD)
    with pytest.raises(NotFound):
        await accounts.create_token(organisation.jonas, "late")


async def test_deactivation_ends_tokens_and_tickets_at_once(
    organisation: Organisation, accounts: Accounts
) -> None:
    token = await accounts.create_token(organisation.jonas, "ci")
    ticket = await accounts.ticket(await known(organisation, accounts))
    await organisation.administration.deactivate(None, "jonas@example.org")
    with pytest.raises(Unauthenticated):
        await accounts.identify(f"Bearer {token}", None)
    with pytest.raises(Unauthenticated):
        await accounts.redeem(ticket)


async def test_a_new_password_ends_all_sessions(
    organisation: Organisation, accounts: Accounts
) -> None:
    session, _ = await accounts.sign_in("jonas@example.org", PASSWORD)
    token = await accounts.create_token(organisation.jonas, "ci")
    await accounts.set_password(organisation.jonas, "another long password")
    with pytest.raises(Unauthenticated):
        await accounts.identify(None, cookie(session))
    with pytest.raises(BadCredentials):
        await accounts.sign_in("jonas@example.org", PASSWORD)
    assert (await accounts.identify(f"bearer {token}", None)).person.handle == "jonas"


async def test_signing_in_waits_for_a_password_that_is_being_changed(
    organisation: Organisation, accounts: Accounts
) -> None:
    """The old password was checked; then it changes, before the session is stored."""
    async with (
        organisation.database.connection() as watching,
        organisation.database.transaction() as connection,
    ):
        await connection.execute("UPDATE person SET password = 'changed' WHERE handle = 'jonas'")
        signing_in = asyncio.create_task(accounts.sign_in("jonas@example.org", PASSWORD))
        while not signing_in.done() and not await watching.fetchval(WAITING):
            pass
    with pytest.raises(BadCredentials):
        await signing_in


async def test_a_password_is_hashed_anew_when_the_parameters_have_changed(
    organisation: Organisation, accounts: Accounts
) -> None:
    stricter = Accounts(
        organisation.database, organisation.clock, Secrets(), Settings(), quick(memory=128)
    )
    await stricter.sign_in("jonas@example.org", PASSWORD)
    async with organisation.database.connection() as connection:
        known = await connection.fetchval("SELECT password FROM person WHERE handle = 'jonas'")
    assert "m=128," in known
    await stricter.sign_in("jonas@example.org", PASSWORD)


async def test_one_client_that_keeps_trying_an_address_waits_and_nobody_else_does(
    organisation: Organisation, accounts: Accounts
) -> None:
    for _ in range(10):
        with pytest.raises(BadCredentials):
            await accounts.sign_in("jonas@example.org", "wrong", "192.0.2.1")
    with pytest.raises(TooManyRequests):
        await accounts.sign_in("JONAS@example.org", PASSWORD, "192.0.2.1")
    await accounts.sign_in("jonas@example.org", PASSWORD, "192.0.2.2")
    organisation.clock.time += timedelta(seconds=31)
    await accounts.sign_in("jonas@example.org", PASSWORD, "192.0.2.1")


async def test_a_token_is_its_persons_until_it_expires(
    organisation: Organisation, accounts: Accounts
) -> None:
    for_ever = await accounts.create_token(organisation.jonas, "ci")
    today = organisation.clock.time + timedelta(hours=1)
    short = await accounts.create_token(organisation.jonas, "once", expires=today)
    assert for_ever.startswith("hr_")
    assert (await accounts.identify(f"Bearer {short}", None)).person.handle == "jonas"
    organisation.clock.time += timedelta(hours=1)
    with pytest.raises(Unauthenticated):
        await accounts.identify(f"Bearer {short}", None)
    assert (await accounts.identify(f"Bearer {for_ever}", None)).person.handle == "jonas"


async def test_a_ticket_is_used_once(organisation: Organisation, accounts: Accounts) -> None:
    ticket = await accounts.ticket(await known(organisation, accounts))
    redeemed = await asyncio.gather(
        *(accounts.redeem(ticket) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Identity) for outcome in redeemed) == 1
    assert sum(isinstance(outcome, Unauthenticated) for outcome in redeemed) == 3


async def test_a_ticket_expires_and_is_neither_token_nor_session(
    organisation: Organisation, accounts: Accounts
) -> None:
    ticket = await accounts.ticket(await known(organisation, accounts))
    with pytest.raises(Unauthenticated):
        await accounts.identify(f"Bearer {ticket}", None)
    with pytest.raises(Unauthenticated):
        await accounts.identify(None, cookie(ticket))
    organisation.clock.time += timedelta(seconds=30)
    with pytest.raises(Unauthenticated):
        await accounts.redeem(ticket)


async def test_the_log_holds_no_secret(organisation: Organisation, accounts: Accounts) -> None:
    session, _ = await accounts.sign_in("jonas@example.org", PASSWORD)
    token = await accounts.create_token(organisation.jonas, "ci")
    ticket = await accounts.ticket(await known(organisation, accounts))
    async with organisation.database.connection() as connection:
        for table, secret in (("session", session), ("token", token), ("ticket", ticket)):
            row = await connection.fetchrow(f"SELECT * FROM {table}")
            assert row["hash"] == hashlib.sha256(secret.encode()).digest()
            assert secret not in str(row)
        everything = str(await connection.fetch("SELECT * FROM person, audit"))
    for secret in (session, token, ticket, PASSWORD):
        assert secret not in everything


async def test_what_is_over_is_forgotten(organisation: Organisation, accounts: Accounts) -> None:
    await accounts.sign_in("jonas@example.org", PASSWORD)
    soon = organisation.clock.time + timedelta(days=1)
    await accounts.create_token(organisation.jonas, "short", expires=soon)
    kept = await accounts.create_token(organisation.jonas, "long")
    await accounts.ticket(await accounts.identify(f"Bearer {kept}", None))
    organisation.clock.time += timedelta(days=31)
    await accounts.forget_expired()
    async with organisation.database.connection() as connection:
        left = [
            await connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("session", "token", "ticket")
        ]
    assert left == [0, 1, 0]
    assert (await accounts.identify(f"Bearer {kept}", None)).person.handle == "jonas"


async def test_tokens_and_passwords_are_in_the_audit_log(
    organisation: Organisation, accounts: Accounts
) -> None:
    await accounts.create_token(organisation.jonas, "ci", by=organisation.mia)
    async with organisation.database.connection() as connection:
        rows = await connection.fetch("SELECT actor, action, subject FROM audit ORDER BY no")
    told = [tuple(row) for row in rows[-2:]]
    assert told == [
        ("operator", "password.set", "jonas@example.org"),
        ("mia@example.org", "token.create", "jonas@example.org"),
    ]
    assert (await audit.verify(organisation.database)).broken is None
