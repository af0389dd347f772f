"""What a peer is: how it is installed and started, and what is said to it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import quote_plus

import msgspec

from loadtests.bench.readers import Foreign, ForeignEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loadtests.peers.scratch import Scratch

FORM = "application/x-www-form-urlencoded"


class Dialect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How readers and the publisher speak to a server.

    A reader says each line of ``hello`` once connected, is live when a message contains
    ``ready`` (at once if empty), and answers ``ping`` with ``pong``. Of a server that ``speaks``
    events it only hears. ``token`` (if any) is the bearer token that it shows. The payload goes to
    path ``publish`` in place of the word PAYLOAD in ``body``.
    """

    speaks: Literal["websocket", "events"] = "websocket"
    path: str = "/live"
    token: str = ""
    hello: str = ""
    ready: str = ""
    ping: str = ""
    pong: str = ""
    publish: str = "/publish"
    body: str = "PAYLOAD"
    headers: dict[str, str] = {}

    @property
    def greeting(self) -> Sequence[str]:
        """What a reader says first."""
        return self.hello.split("\n") if self.hello else []

    @property
    def foreign(self) -> Foreign | ForeignEvents:
        """As readers take it."""
        if self.speaks == "events":
            return ForeignEvents(self.path, self.ready)
        return Foreign(self.path, self.ready, self.ping, self.pong)

    def body_of(self, payload: str) -> str:
        """What is posted to publish it; written as forms want it, if it is one."""
        if self.headers.get("Content-Type") == FORM:
            payload = quote_plus(payload)
        return self.body.replace("PAYLOAD", payload)


class Ports(NamedTuple):
    """Where it is to listen; ``publish`` for servers that take HTTP on a port of their own."""

    live: int
    publish: int


class Start(NamedTuple):
    """A command ready to run, and which version of the peer it runs."""

    command: Sequence[str]
    version: str
    environment: Mapping[str, str] = {}
    has_publish_port: bool = False


class Peer(NamedTuple):
    """One server. ``rate`` is how often a second it is published to at most, for those that could
    not follow. ``prepare`` installs what is not there yet and says how to start it. One that takes
    bursts publishes each line of what is posted."""

    name: str
    title: str
    prepare: Callable[[Scratch, Ports], Start]
    dialect: Dialect = Dialect()
    rate: float = inf
    takes_bursts: bool = False
