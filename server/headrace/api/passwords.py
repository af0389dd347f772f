"""Passwords: changed by who knows the old one, chosen anew by who has forgotten it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.api.calls import Call
    from headrace.api.queries import Query
    from headrace.api.shapes.sessions import PasswordChange, PasswordReset, ResetWanted


async def ask(call: Call[ResetWanted, Query]) -> None:
    """The answer does not tell whether there is such an account."""
    language = call.request.headers.get("accept-language", "")[:2].lower()
    await call.services.accounts.resets.ask(call.body.email, call.client, language)


async def reset(call: Call[PasswordReset, Query]) -> None:
    """All sessions of the person end."""
    await call.services.accounts.resets.reset(call.body.token, call.body.password)


async def change(call: Call[PasswordChange, Query]) -> None:
    """All sessions end but the one that asks."""
    body = call.body
    await call.services.accounts.change_password(call.identity, body.old, body.new, call.client)
