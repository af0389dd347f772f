"""The cookies that browsers keep for us: secrets that no script can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.auth.credentials import COOKIE, cookie_in

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from headrace.api.calls import Call

_DAY = 86_400


class Cookie(NamedTuple):
    """A cookie by its name (RFC 6265)."""

    name: str

    def value_in(self, request: Request) -> str | None:
        """What the browser sent, if anything."""
        return cookie_in(request.headers.get("cookie"), self.name)

    def put(self, response: Response, call: Call[Any, Any], value: str) -> None:
        """Have the browser keep it for as long as a session may last."""
        seconds = call.services.settings.session_days * _DAY
        response.set_cookie(self.name, value, max_age=seconds, **_attributes(call))

    def drop(self, response: Response, call: Call[Any, Any]) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self.name, **_attributes(call))


SESSION = Cookie(COOKIE)
#: What ties a provider's answer to the browser that asked.
SIGN_IN = Cookie("headrace_sign_in")


def _attributes(call: Call[Any, Any]) -> dict[str, Any]:
    public_url = call.services.settings.public_url
    is_https = call.request.url.scheme == "https" or public_url.startswith("https://")
    return {"path": "/", "secure": is_https, "httponly": True, "samesite": "lax"}
