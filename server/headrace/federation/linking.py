"""Whom a provider's word means here.

A provider knows people by (issuer, subject), which never changes hands; an address may. So the
address counts once, when the two are linked, and only if the provider says that it is verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from headrace.errors import (
    AccountClosed,
    DomainNotAllowed,
    EmailUnverified,
    IdentityConflict,
    Invalid,
    NoAccount,
)
from headrace.log import audit, authority, directory, providers
from headrace.model.names import cleaned
from headrace.model.people import Kind, handle_from, normal_email

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.auth.oidc import Vouched
    from headrace.log.database import Connection
    from headrace.model.people import Person
    from headrace.settings import Settings


async def person_for(
    connection: Connection, vouched: Vouched, settings: Settings, now: datetime
) -> Person:
    """The active person, linked or added if need be, in a transaction of the caller's.

    Raises DomainNotAllowed, EmailUnverified, NoAccount, AccountClosed, IdentityConflict.
    """
    _check_domain(vouched, settings)
    person = await providers.person_of(connection, vouched.issuer, vouched.subject)
    if person is None:
        person = await _linked(connection, vouched, settings, now)
    if not person.active:
        raise AccountClosed
    return person


def _check_domain(vouched: Vouched, settings: Settings) -> None:
    allowed = settings.oidc_domains
    if not allowed:
        return
    domain = (vouched.email or "").lower().rpartition("@")[2]
    if domain not in allowed.split(","):
        raise DomainNotAllowed


async def _linked(
    connection: Connection, vouched: Vouched, settings: Settings, now: datetime
) -> Person:
    address = _verified_address(vouched, settings)
    await authority.lock_structure(connection)  # of two first sign-ins at once, one links
    known = await providers.person_of(connection, vouched.issuer, vouched.subject)
    if known is not None:
        return known
    person = await directory.find_person(connection, address)
    if person is None:
        person = await _added(connection, vouched, address, settings, now)
    elif not person.active:
        raise AccountClosed
    key = UUID(person.id)
    is_taken = await providers.is_known(connection, key, vouched.issuer)
    if is_taken or person.kind is Kind.SERVICE:
        raise IdentityConflict
    await providers.link(connection, vouched.issuer, vouched.subject, key, now)
    await audit.record(
        connection, now, vouched.issuer, "person.link", person.email, known_as=vouched.subject
    )
    return person


def _verified_address(vouched: Vouched, settings: Settings) -> str:
    is_verified = vouched.is_verified
    if is_verified is None:
        is_verified = settings.oidc_trust_email
    if not is_verified or vouched.email is None:
        raise EmailUnverified
    try:
        return normal_email(vouched.email)
    except Invalid:
        raise EmailUnverified from None


async def _added(
    connection: Connection, vouched: Vouched, address: str, settings: Settings, now: datetime
) -> Person:
    if settings.oidc_create == "no":
        raise NoAccount
    kind = Kind(settings.oidc_create)
    name = cleaned(vouched.name, address.partition("@")[0]) or handle_from(address)
    key = await directory.add_person(connection, email=address, name=name, kind=kind)
    await audit.record(connection, now, vouched.issuer, "person.add", address, kind=kind)
    person = await directory.person_by_id(connection, key)
    if person is None:
        raise AssertionError("a person vanished in the transaction that added them")
    return person
