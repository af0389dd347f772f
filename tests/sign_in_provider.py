"""An OpenID Connect provider of our own, in a process of its own, that can be made to lie.

``python -m tests.sign_in_provider`` serves on a free port and prints its address. It is as strict
as a real one (client authentication, redirect address, PKCE, codes that work once) until a test
posts faults to ``/control``: names as they are read in ``Behaviour``.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import httpx
import uvicorn
from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

CLIENT = "headrace"
SECRET = "the client's secret"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
PEOPLE = {
    "jonas": {"email": "jonas@example.org", "email_verified": True, "name": "Jonas Weber"},
    "nora": {"email": "Nora@Example.org", "email_verified": True, "name": "Nora Neu"},
}


@dataclass
class Behaviour:
    """What it does, and which people it knows, by subject: their claims."""

    people: dict[str, dict[str, Any]] = field(default_factory=lambda: dict(PEOPLE))
    faults: dict[str, Any] = field(default_factory=dict)


class Provider:
    """The provider's state."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.behaviour = Behaviour()
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        self.asked: dict[str, int] = {}

    def fault(self, name: str) -> Any:
        return self.behaviour.faults.get(name)

    async def control(self, request: Request) -> Response:
        """``people`` and ``faults`` anew; ``rotate``: a new key."""
        told = await request.json()
        self.behaviour = Behaviour(told.get("people") or dict(PEOPLE), told.get("faults") or {})
        if told.get("rotate"):
            self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        asked, self.asked = self.asked, {}
        return JSONResponse(asked)

    async def discovery(self, _: Request) -> Response:
        if fault := await self.spoilt("discovery"):
            return fault
        about = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end?theme=plain",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(about | (self.fault("about") or {}))

    async def keys(self, _: Request) -> Response:
        if fault := await self.spoilt("keys"):
            return fault
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """The page on which somebody says who they are."""
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256":
            return Response("not a request of our client's", 400)
        names = "".join(
            f'<button name="login" value="{name}">{name}</button>' for name in self.behaviour.people
        )
        address = f"/authorize?{urlencode(asked)}".replace("&", "&amp;")
        return HTMLResponse(
            f'<title>Provider</title><form method="post" action="{address}">{names}'
            '<button name="login" value="">No</button></form>'
        )

    async def authorized(self, request: Request) -> Response:
        asked = dict(request.query_params)
        login = parse_qs((await request.body()).decode()).get("login", [""])[0]
        answer = {"state": asked["state"], "iss": self.issuer} | (self.fault("answer") or {})
        if login:
            code = secrets.token_urlsafe(12)
            self.codes[code] = asked | {"subject": login, "sid": secrets.token_urlsafe(8)}
            answer |= {"code": code, "session_state": "whatever providers add"}
        else:
            answer |= {"error": "access_denied"}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def token(self, request: Request) -> Response:
        if fault := await self.spoilt("token"):
            return fault
        form = {name: values[0] for name, values in parse_qs(await _text(request)).items()}
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {known}":
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or not _is_right(form, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(12)
        self.tokens[access_token] = asked["subject"]
        claims = self.claims(asked, access_token)
        tokens = {"token_type": "Bearer", "access_token": access_token, "expires_in": 60}
        return JSONResponse(tokens | {"id_token": self.signed(claims)})

    def claims(self, asked: dict[str, str], access_token: str) -> dict[str, Any]:
        now = int(time.time())
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        person = self.behaviour.people[asked["subject"]]
        claims = {
            "iss": self.issuer,
            "sub": asked["subject"],
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "sid": asked["sid"],
            "at_hash": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        }
        in_token = {} if self.fault("email_in_userinfo") else person
        changed = claims | in_token | (self.fault("claims") or {})
        return {name: value for name, value in changed.items() if value is not None}

    def signed(self, claims: dict[str, Any], kind: str = "JWT") -> str:
        """A token; or what liars make of it."""
        how = self.fault("signature")
        header = {"alg": "RS256", "kid": self.key.kid, "typ": kind}
        if how == "none":
            return _by_hand({"alg": "none"}, claims, lambda _: b"")
        if how == "public key as a secret":  # which a library refuses to do
            public = self.key.as_pem(private=False)
            return _by_hand(
                header | {"alg": "HS256"}, claims, lambda text: hmac.digest(public, text, "sha256")
            )
        if how == "client secret":
            registry = jws.JWSRegistry(algorithms=["HS256"])
            secret = OctKey.import_key(SECRET)
            return jwt.encode({"alg": "HS256"}, claims, secret, registry=registry)
        if how == "unknown key":
            other = RSAKey.generate_key(2048, auto_kid=True)
            return jwt.encode(header | {"kid": other.kid}, claims, other)
        if how == "foreign key":
            return jwt.encode(header, claims, RSAKey.generate_key(2048))
        return str(how) if how else jwt.encode(header, claims, self.key)

    async def userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        subject = self.tokens.get(token)
        if subject is None:
            return Response(None, 401)
        about = {"sub": subject} | self.behaviour.people[subject]
        return JSONResponse(about | (self.fault("userinfo") or {}))

    async def end(self, request: Request) -> Response:
        """The end of the session here, if it is one of ours."""
        hint = jwt.decode(request.query_params["id_token_hint"], self.key)
        if hint.claims["iss"] != self.issuer or request.query_params["theme"] != "plain":
            return Response(None, 400)
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)

    async def tell(self, request: Request) -> Response:
        """Tell a client that sessions are over: ``to``, ``claims`` beside the usual ones."""
        told = await request.json()
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(8),
            "events": {LOGOUT: {}},
        } | told["claims"]
        claims = {name: value for name, value in claims.items() if value is not None}
        return JSONResponse({"logout_token": self.signed(claims, "logout+jwt")})

    async def spoilt(self, where: str) -> Response | None:
        """What is answered instead, if there is a fault there."""
        self.asked[where] = self.asked.get(where, 0) + 1
        fault = self.fault(where)
        if fault == "slow":
            await asyncio.sleep(30)
        if fault == "redirect":
            return RedirectResponse(f"{self.issuer}/elsewhere", 302)
        if fault == "endless":
            return Response(b" " * 1_000_000 + b"{}")
        if fault == "packed":
            packed = gzip.compress(b"{}" + b" " * 1_000_000)
            return Response(packed, headers={"Content-Encoding": "gzip"})
        if isinstance(fault, int):
            return Response("no", fault)
        return None if fault is None else Response(fault, media_type="application/json")

    async def elsewhere(self, _: Request) -> Response:
        self.asked["elsewhere"] = self.asked.get("elsewhere", 0) + 1
        return Response("{}")

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/keys", self.keys),
                Route("/authorize", self.authorize),
                Route("/authorize", self.authorized, methods=["POST"]),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo),
                Route("/end", self.end),
                Route("/elsewhere", self.elsewhere),
                Route("/tell", self.tell, methods=["POST"]),
                Route("/control", self.control, methods=["POST"]),
            ]
        )


def _by_hand(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token as liars make it."""
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((signed, _encoded(sign(signed)))).decode()


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


async def _text(request: Request) -> str:
    return (await request.body()).decode()


def _is_right(form: dict[str, str], asked: dict[str, str]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    is_same_place = form.get("redirect_uri") == asked["redirect_uri"]
    return challenge == asked["code_challenge"] and is_same_place


class ProviderProcess:
    """The provider as a test holds it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.issuer = self._process.stdout.readline().strip()

    def control(self, **told: Any) -> dict[str, int]:
        """Set it anew; answers how often what was asked of it since the last time."""
        answer: dict[str, int] = httpx.post(f"{self.issuer}/control", json=told).json()
        return answer

    def sign_in(self, address: str, login: str) -> str:
        """Somebody signs in at the address to which we sent them; answers where they are sent."""
        answer = httpx.post(address, data={"login": login})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def logout_token(self, **claims: Any) -> str:
        answer = httpx.post(f"{self.issuer}/tell", json={"claims": claims}).json()
        return str(answer["logout_token"])

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stdout.write(f"{issuer}\n")
    sys.stdout.flush()
    config = uvicorn.Config(Provider(issuer).application(), log_level="warning")
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
