"""Where somebody is signed in, and how that is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.api import people
from headrace.api.shapes.sessions import SessionAnswer, Sessions

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.model.identity import SessionInfo
    from headrace.model.people import Person


async def mine(call: Call[None, Query]) -> Sessions:
    return await _listed(call, call.person)


async def end(call: Call[None, Query]) -> None:
    """Its live connections are closed on every node."""
    await call.services.accounts.sessions.end(call.person, call.path_id("id"))


async def end_others(call: Call[None, Query]) -> None:
    """Asked with a token, all of them."""
    identity = call.identity
    current = identity.credential if identity.is_session else None
    await call.services.accounts.sessions.end_all(call.person, call.person, but=current)


async def of_person(call: Call[None, Query]) -> Sessions:
    return await _listed(call, await people.administered(call))


async def end_of_person(call: Call[None, Query]) -> None:
    person = await people.administered(call)
    await call.services.accounts.sessions.end_all(call.person, person)


async def _listed(call: Call[Any, Query], person: Person) -> Sessions:
    found = await call.services.accounts.sessions.of(person)
    return Sessions(items=tuple(_answer(one, call.identity.credential) for one in found))


def _answer(session: SessionInfo, current: str) -> SessionAnswer:
    return SessionAnswer(
        id=session.id,
        created=session.created,
        last_used=session.last_used,
        expires=session.expires,
        network=session.origin.network,
        agent=session.origin.agent,
        current=session.id == current,
    )
