"""Mercure, a hub for server-sent events: a binary that its makers publish, in no registry.

Before 1.0 a hub knew one key and a claim of its own; since then it knows issuers, and rights as
RFC 9396 has them (https://mercure.rocks/docs/UPGRADE). The token here is good for both.
"""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from joserfc import jwt
from joserfc.jwk import OctKey

from loadtests.peers.peer import FORM, Dialect, Start

if TYPE_CHECKING:
    from loadtests.peers.peer import Ports
    from loadtests.peers.scratch import Scratch

HUB = "/.well-known/mercure"
_CONFIGURATION = Path(__file__).parent / "servers/mercure.Caddyfile"
_ISSUER = "https://bench.invalid"
_RESOURCE = _ISSUER + HUB
_KEY = secrets.token_hex(32)
_A_DAY = 86_400
_RIGHTS_BEFORE_1 = f"publisher_jwt {_KEY}\n\t\t\tsubscriber_jwt {_KEY}"
_RIGHTS = (
    f"issuer {_ISSUER} {{\n\t\t\t\tpublisher {{\n\t\t\t\t\tjwt {_KEY}\n\t\t\t\t}}\n\t\t\t}}\n"
    f"\t\t\tresource_identifier {_RESOURCE}"
)


def prepare(scratch: Scratch, ports: Ports) -> Start:
    """How to start the hub that was given, or is on the path. Raises CannotInstall."""
    program, said = scratch.binary("mercure")
    version = version_of(said)
    home = scratch.directory / "mercure"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "Caddyfile"
    configuration.write_text(configured(ports.live, version))
    command = [str(program), "run", "--config", str(configuration), "--adapter", "caddyfile"]
    return Start(command, version)


def dialect() -> Dialect:
    """Reading without a token, publishing with one; ``topic`` is what 1.0 calls ``match``."""
    return Dialect(
        speaks="events",
        path=f"{HUB}?topic=hot&match=hot",
        publish=HUB,
        body="topic=hot&data=PAYLOAD",
        headers={"Content-Type": FORM, "Authorization": f"Bearer {_token()}"},
    )


def version_of(said: str) -> str:
    """The hub's own version in what it says, which names that of Caddy beside it."""
    found = re.search(r"Mercure\S* v?(\d\S*)", said)
    return found[1] if found else said


def configured(port: int, version: str) -> str:
    """A configuration for a hub of this version."""
    rights = _RIGHTS_BEFORE_1 if version.startswith("0.") else _RIGHTS
    text = _CONFIGURATION.read_text()
    return text.replace("PORT", str(port)).replace("RIGHTS", rights)


def _token() -> str:
    detail = {
        "type": "https://mercure.rocks/authorization-detail",
        "actions": ["publish"],
        "topics": [{"match": "*"}],
    }
    now = int(time.time())
    claims = {
        "mercure": {"publish": ["*"]},
        "authorization_details": [detail],
        "iss": _ISSUER,
        "aud": _RESOURCE,
        "sub": "bench",
        "client_id": "bench",
        "jti": secrets.token_hex(8),
        "iat": now,
        "exp": now + _A_DAY,
    }
    header = {"alg": "HS256", "typ": "at+jwt"}
    return jwt.encode(header, claims, OctKey.import_key(_KEY))
