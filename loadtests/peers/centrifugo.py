"""Centrifugo, 6 or later: a binary that its makers publish, in no registry."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import msgspec

from loadtests.peers.peer import Dialect, Start

if TYPE_CHECKING:
    from loadtests.peers.peer import Ports
    from loadtests.peers.scratch import Scratch

_KEY = secrets.token_hex(32)

DIALECT = Dialect(
    path="/connection/websocket",
    hello='{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"hot"}}',
    ready='"id":2,"subscribe"',
    ping="{}",
    pong="{}",
    publish="/api/publish",
    body='{"channel":"hot","data":{"said":"PAYLOAD"}}',
    headers={"Content-Type": "application/json", "X-API-Key": _KEY},
)


def prepare(scratch: Scratch, ports: Ports) -> Start:
    """How to start the server that was given, or is on the path. Raises CannotInstall."""
    program, said = scratch.binary("centrifugo")
    home = scratch.directory / "centrifugo"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "config.json"
    configuration.write_bytes(msgspec.json.encode(configured(ports.live)))
    return Start([str(program), "--config", str(configuration)], version_of(said))


def version_of(said: str) -> str:
    """The number alone."""
    found = re.search(r"Centrifugo v(\S+)", said)
    return found[1] if found else said


def configured(port: int) -> dict[str, dict[str, object]]:
    """In memory, as it is by default; anybody may read."""
    return {
        "http_server": {"address": "127.0.0.1", "port": port},
        "client": {"insecure": True},
        "http_api": {"key": _KEY},
        "log": {"level": "error"},
    }
