"""Which server of the bus carries which channel.

In a cluster a channel belongs to one of 16,384 slots (CRC16 of its hash tag), and each slot to one
server (Redis Cluster specification, "Key distribution model"; sharded pub/sub follows the same).
A server by itself carries everything.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import RedisError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

log = logging.getLogger(__name__)

#: What a server that is away, or on its way out, answers with.
AWAY = (RedisError, OSError, TimeoutError)
SLOTS = 16_384
#: How a connection is read here, whatever the URL asks of redis-py: what is said on a channel comes
#: like any answer, not past the one who reads (``protocol``); whoever listens may hear nothing for
#: long, and nobody else reads meanwhile.
_OURS = {
    "protocol": 2,
    "decode_responses": False,
    "socket_timeout": None,
    "health_check_interval": 0,
}
#: Seconds for a connect, and for an answer.
PATIENCE = 2.0


class Server(NamedTuple):
    """A server's address. ``name`` may be shown; ``url`` may hold a password."""

    name: str
    url: str


class Range(NamedTuple):
    """Slots of one server, both ends included."""

    first: int
    last: int
    server: Server


class Layout:
    """The servers and what each of them carries."""

    def __init__(self, ranges: Iterable[Range], *, is_cluster: bool) -> None:
        self.is_cluster = is_cluster
        self._ranges = sorted(ranges)
        self._firsts = [each.first for each in self._ranges]
        self.servers = tuple(dict.fromkeys(each.server for each in self._ranges))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layout):
            return NotImplemented
        return (self.is_cluster, self._ranges) == (other.is_cluster, other._ranges)

    @classmethod
    def single(cls, server: Server) -> Layout:
        """One server that carries everything."""
        return cls([Range(0, SLOTS - 1, server)], is_cluster=False)

    @property
    def is_whole(self) -> bool:
        """Whether every channel has a server."""
        return sum(each.last - each.first + 1 for each in self._ranges) == SLOTS

    def server(self, channel: bytes) -> Server | None:
        """Who carries a channel; None where nobody does just now."""
        slot = key_slot(channel) if self.is_cluster else 0
        at = bisect_right(self._firsts, slot) - 1
        if at < 0 or slot > self._ranges[at].last:
            return None
        return self._ranges[at].server

    def probe(self, server: Server, node: str) -> bytes:
        """A channel of a node's own that this server carries."""
        names = (f"headrace:probe:{{{node}.{number}}}".encode() for number in count())
        return next(name for name in names if self.server(name) == server)


def client(server: Server) -> Any:
    """A client of a server. Whoever waits for an answer says how long: with a ``socket_timeout``,
    which there is by default, redis-py sends within ``asyncio.wait_for``, and that may swallow a
    cancellation in Python 3.11 (python/cpython#86296)."""
    # No retries inside the client: a connection that came back has missed something, and
    # the relay must hear of it.
    made = redis.Redis.from_url(
        server.url, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )
    made.connection_pool.connection_kwargs.update(_OURS)
    return made


def dial(server: Server) -> Any:
    """A connection to a server, not open yet, for who says the same all day: a client takes one
    from its pool for each command, and counts, which costs as much as the command."""
    return client(server).connection_pool.make_connection()


def seeds(url: str) -> list[Server]:
    """The servers that a URL names: for a cluster some, with commas between, will do.

    ``redis://user:password@a:7000,b:7000,c:7000/0``
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return [Server(parts.path, url)]
    user, at, hosts = parts.netloc.rpartition("@")
    return [
        Server(host, urlunsplit(parts._replace(netloc=user + at + host)))
        for host in hosts.split(",")
    ]


async def find(url: str, first: Iterable[Server] = ()) -> Layout:
    """Ask for the layout: those that are known and well ``first``, then those the URL names.

    Raises one of AWAY if nobody answers.
    """
    failure: BaseException = OSError(f"no server in {urlsplit(url).scheme}://")
    for server in dict.fromkeys((*first, *seeds(url))):
        try:
            return await _ask(server)
        except AWAY as error:
            log.debug("%s does not answer: %s", server.name, error)
            failure = error
    raise failure


async def _ask(server: Server) -> Layout:
    connection = client(server)
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await connection.execute_command("CLUSTER SLOTS")
    except ResponseError:  # it is none of a cluster, or behind a proxy that hides it
        return Layout.single(server)
    finally:
        await connection.aclose()
    return Layout(_ranges(server, answer), is_cluster=True)


def _ranges(asked: Server, answer: Sequence[Any]) -> Iterable[Range]:
    """From ``CLUSTER SLOTS``: first slot, last slot, who writes, who copies."""
    for first, last, writer, *_ in answer:
        host, port = writer[:2]
        yield Range(first, last, _member(asked, host, port))


def _member(asked: Server, host: bytes | None, port: int) -> Server:
    """A server of the cluster, reached as the one that was asked. One that does not know its own
    address leaves it out: it is where it was asked."""
    parts = urlsplit(asked.url)
    name = host.decode() if host else parts.hostname or "localhost"
    shown = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    user, at, _ = parts.netloc.rpartition("@")
    scheme = "redis" if parts.scheme == "unix" else parts.scheme
    whole = parts._replace(scheme=scheme, netloc=user + at + shown, path="")
    return Server(shown, urlunsplit(whole))
