"""Tokens: listed, made, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api import people
from headrace.api.shapes.tokens import NewToken, TokenAnswer, TokenMade, Tokens
from headrace.errors import Forbidden, InsufficientScope, Invalid
from headrace.model.people import Kind

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.model.identity import TokenInfo
    from headrace.model.people import Person


async def mine(call: Call[None, Query]) -> Tokens:
    return await _listed(call, call.person)


async def create(call: Call[NewToken, Query]) -> TokenMade:
    """A token cannot make one that may do more than itself, or longer."""
    return await _made(call, call.person)


async def revoke(call: Call[None, Query]) -> None:
    """Its live connections are closed on every node."""
    await call.services.accounts.tokens.revoke(call.person, call.path_id("id"))


async def of_person(call: Call[None, Query]) -> Tokens:
    return await _listed(call, await people.administered(call))


async def create_for_person(call: Call[NewToken, Query]) -> TokenMade:
    """People make theirs themselves: nobody else speaks for them."""
    person = await people.administered(call)
    if person.kind is not Kind.SERVICE and person.id != call.person.id:
        raise Forbidden("people make their tokens themselves")
    return await _made(call, person)


async def _made(call: Call[NewToken, Query], person: Person) -> TokenMade:
    new = call.body
    _check_expiry(call)
    if not call.identity.scopes.issuperset(new.scopes):
        raise InsufficientScope("a token cannot make one that may do more than itself")
    secret, key = await call.services.accounts.tokens.create(
        person,
        new.name,
        expires=new.expires,
        scopes=new.scopes,
        groups=new.groups,
        by=call.person,
    )
    return TokenMade(id=str(key), token=secret)


def _check_expiry(call: Call[NewToken, Query]) -> None:
    wanted, own = call.body.expires, call.identity
    if wanted is not None and wanted <= call.services.accounts.now():
        raise Invalid("that moment is over already", field="expires")
    is_longer = own.expires is not None and (wanted is None or wanted > own.expires)
    if is_longer and not own.is_session:
        raise InsufficientScope("a token cannot make one that lasts longer than itself")


async def _listed(call: Call[Any, Query], person: Person) -> Tokens:
    found = await call.services.accounts.tokens.of(person)
    return Tokens(items=tuple(map(_answer, found)))


def _answer(token: TokenInfo) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        created=token.created,
        scopes=tuple(sorted(token.scopes)),
        last_used=token.last_used,
        expires=token.expires,
        groups=None if token.groups is None else tuple(sorted(token.groups)),
    )
