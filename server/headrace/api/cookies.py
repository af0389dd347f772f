"""The cookies that browsers keep for us: secrets that no script can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.auth.credentials import COOKIE, HOST, cookie_in

if TYPE_CHECKING:
    from starlette.responses import Response

    from headrace.api.calls import Call

_DAY = 86_400


class Cookie(NamedTuple):
    """A cookie by its name (RFC 6265), which gets a prefix where browsers reach us by https, and
    how many seconds it is kept; None for as long as a session may last."""

    name: str
    seconds: int | None = None

    def value_in(self, call: Call[Any, Any]) -> str | None:
        """What the browser sent, if anything."""
        header = call.request.headers.get("cookie")
        return cookie_in(header, self.name, is_https=call.services.settings.is_https)

    def put(self, response: Response, call: Call[Any, Any], value: str) -> None:
        """Have the browser keep it."""
        seconds = self.seconds or call.services.settings.session_days * _DAY
        name, attributes = self._as_set(call)
        response.set_cookie(name, value, max_age=seconds, **attributes)

    def drop(self, response: Response, call: Call[Any, Any]) -> None:
        """Have the browser forget it."""
        name, attributes = self._as_set(call)
        response.delete_cookie(name, **attributes)

    def _as_set(self, call: Call[Any, Any]) -> tuple[str, dict[str, Any]]:
        is_https = call.request.url.scheme == "https" or call.services.settings.is_https
        attributes = {"path": "/", "secure": is_https, "httponly": True, "samesite": "lax"}
        return (HOST if is_https else "") + self.name, attributes


SESSION = Cookie(COOKIE)
#: What ties a provider's answer to the browser that asked.
SIGN_IN = Cookie("headrace_sign_in", 900)
