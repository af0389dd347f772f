"""Signing in and out, who one is, and tickets for a live connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headrace.api import answers, cookies
from headrace.api.ceremonies import KeyRequest
from headrace.api.factors import shown_in
from headrace.api.shapes.sessions import HalfSignIn, Me, SecondStep, SignIn, Ticket
from headrace.errors import UpgradeRequired

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.model.people import Person


async def sign_in(call: Call[SignIn, Query]) -> Response:
    """The secret goes into a cookie that no script can read; the answer says who one is."""
    accounts = call.services.accounts
    session, person = await accounts.sign_in(
        call.body.email, call.body.password, call.client, call.origin
    )
    response = answers.document(await _me(call, person), 201)
    cookies.SESSION.put(response, call, session)
    return response


async def second_step(call: Call[SecondStep, Query]) -> Response:
    """What the password alone did not open."""
    session, person = await call.services.accounts.sign_in_further(
        call.body.ticket, shown_in(call.body), call.client, call.origin
    )
    response = answers.document(await _me(call, person), 201)
    cookies.SESSION.put(response, call, session)
    return response


async def ask_further(call: Call[HalfSignIn, Query]) -> KeyRequest:
    """For navigator.credentials.get. What a key signs for this goes with that ticket alone."""
    options = await call.services.accounts.factors.ask_further(call.body.ticket)
    return msgspec.convert(options, KeyRequest)


async def sign_out(call: Call[None, Query]) -> Response:
    """The session of the cookie ends. Without one, there is nothing to do."""
    session = cookies.SESSION.value_in(call)
    if session is not None:
        await call.services.accounts.sessions.sign_out(session)
    response = answers.nothing()
    cookies.SESSION.drop(response, call)
    return response


async def me(call: Call[None, Query]) -> Me:
    return await _me(call, call.person)


async def ticket(call: Call[None, Query]) -> Ticket:
    """For clients that can set neither headers nor cookies on a WebSocket."""
    drawn = await call.services.accounts.ticket(call.identity)
    return Ticket(ticket=drawn, expires_in=call.services.settings.ticket_seconds)


async def live(_: Call[None, Query]) -> None:
    """A WebSocket never comes here: the server hands it to live.protocol."""
    raise UpgradeRequired


async def _me(call: Call[Any, Query], person: Person) -> Me:
    return Me(
        id=person.id,
        email=person.email,
        handle=person.handle,
        name=person.name,
        kind=person.kind,
        admin=person.admin,
        inbox=person.inbox,
        epoch=await call.services.epoch(),
    )
