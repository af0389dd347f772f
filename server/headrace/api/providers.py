"""Signing in with a provider: a browser's way there and back, and the end of sessions.

What goes wrong on that way is shown by the web client: the browser is led to it with the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse

from headrace.api import answers, bodies, cookies
from headrace.api.shapes.sessions import SignedOut, SignInProvider, SignInWays
from headrace.errors import HeadraceError, LogoutRefused, NotFound, ProviderUntrusted

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.api.calls import Call
    from headrace.api.queries import CallbackQuery, Query, SignInQuery
    from headrace.federation import SignIns

#: Of a logout token, which is a few hundred.
_MOST_FORM = 65_536


async def ways(call: Call[None, Query]) -> SignInWays:
    by_mail = call.services.accounts.resets.by_mail
    if call.services.sign_ins is None:
        return SignInWays(reset=by_mail)
    address = f"{call.request.url.path}/provider"
    title = call.services.settings.oidc_title
    return SignInWays(provider=SignInProvider(title=title, address=address), reset=by_mail)


async def begin(call: Call[None, SignInQuery]) -> Response:
    browser = cookies.SIGN_IN.value_in(call)
    try:
        begun = await _sign_ins(call).begin(call.query.next, browser, call.client)
    except HeadraceError as error:
        return _told(call, error)
    response = _lead(begun.address)
    cookies.SIGN_IN.put(response, call, begun.browser)
    return response


async def finish(call: Call[None, CallbackQuery]) -> Response:
    query = call.query
    try:
        finished = await _sign_ins(call).finish(
            state=query.state,
            browser=cookies.SIGN_IN.value_in(call),
            code=query.code,
            named=query.iss,
            error=query.error,
            origin=call.origin,
        )
    except HeadraceError as error:
        return _told(call, error)
    response = _lead(finished.next)
    cookies.SESSION.put(response, call, finished.session)
    return response


async def logged_out(call: Call[None, Query]) -> None:
    """Answers once they are (OpenID Connect Back-Channel Logout 1.0, section 2.8)."""
    sign_ins = _sign_ins(call)
    form = await bodies.form(call.request, _MOST_FORM)
    if "logout_token" not in form:
        raise LogoutRefused("there is no logout token")
    try:
        await sign_ins.logged_out(form["logout_token"])
    except ProviderUntrusted as doubt:
        raise LogoutRefused(doubt.message, **doubt.details) from doubt


async def sign_out(call: Call[None, Query]) -> Response:
    """Without a session, there is nothing to do."""
    session = cookies.SESSION.value_in(call)
    address = None if session is None else await _leave(call, session)
    response = answers.document(SignedOut(address=address))
    cookies.SESSION.drop(response, call)
    return response


async def _leave(call: Call[Any, Any], session: str) -> str | None:
    services = call.services
    if services.sign_ins is None:
        await services.accounts.sessions.sign_out(session)
        return None
    return await services.sign_ins.farewell(session, f"{services.settings.public_url}/")


def _sign_ins(call: Call[Any, Any]) -> SignIns:
    if call.services.sign_ins is None:
        raise NotFound("there is no sign-in provider here")
    return call.services.sign_ins


def _told(call: Call[Any, Any], error: HeadraceError) -> Response:
    """Lead a browser to the page that says what went wrong; tell a program itself."""
    if "text/html" not in call.request.headers.get("accept", ""):
        raise error
    return _lead(f"/?{urlencode({'sign-in-error': error.code})}")


def _lead(address: str) -> Response:
    return RedirectResponse(address, 303, answers.HEADERS)
