"""Signing in, passwords, and where somebody is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from headrace.api.shapes.base import Answer, Request
from headrace.api.shapes.factors import KeyAssertion
from headrace.model.people import Kind


class SignIn(Request):
    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1024)]


class SecondStep(Request):
    """``ticket`` is what the problem second_factor_required gave. Either a code, or what a
    security key has signed."""

    ticket: Annotated[str, Meta(max_length=100)]
    code: Annotated[str, Meta(max_length=64)] | None = None
    key: KeyAssertion | None = None


class HalfSignIn(Request):
    """``ticket`` is what the problem second_factor_required gave."""

    ticket: Annotated[str, Meta(max_length=100)]


class ResetWanted(Request):
    email: Annotated[str, Meta(max_length=254)]


class PasswordReset(Request):
    token: Annotated[str, Meta(max_length=100)]
    password: Annotated[str, Meta(max_length=1024)]


class PasswordChange(Request):
    old: Annotated[str, Meta(max_length=1024)]
    new: Annotated[str, Meta(max_length=1024)]


class SignInProvider(Answer):
    """A provider to sign in with: what people call it, and where its button leads.

    The address takes ``next``, a path on this site to go on at.
    """

    title: str
    address: str


class SignInWays(Answer):
    """How one can sign in, beside a password; ``reset`` tells whether a new one comes by mail."""

    provider: SignInProvider | None = None
    reset: bool = False


class SignedOut(Answer):
    """The session is over. ``address`` is where to go to sign out at the provider too."""

    address: str | None = None


class Me(Answer):
    id: str
    email: str
    handle: str
    name: str
    kind: Kind
    admin: bool
    inbox: str
    epoch: str


class SessionAnswer(Answer):
    """``network`` and ``agent`` tell from where, no more exactly than one needs to recognise it.

    ``current`` is the session that asks.
    """

    id: str
    created: datetime
    last_used: datetime
    expires: datetime
    network: str
    agent: str
    current: bool = False


class Sessions(Answer):
    items: tuple[SessionAnswer, ...]
    next: str | None = None


class Ticket(Answer):
    """A ticket for one WebSocket handshake: ``/api/v1/live?ticket=``."""

    ticket: str
    expires_in: int
