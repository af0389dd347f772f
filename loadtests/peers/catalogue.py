"""The peers, each with how it is installed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from loadtests.peers import centrifugo, libc, mercure
from loadtests.peers.peer import Dialect, Peer, Ports, Start
from loadtests.peers.scratch import node_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from loadtests.peers.scratch import Scratch

_SERVERS = Path(__file__).parent / "servers"
#: Debian's nginx makes directories in /var/lib/nginx, whatever its configuration says: it gets a
#: /var/lib of its own, which nobody else sees.
_OWN_VAR_LIB = (
    *("unshare", "--mount", "--map-root-user", "sh", "-c"),
    'mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/nginx && exec "$@"',
    "sh",
)
_GLIBC_OF_UWS = (2, 38)
_UVICORN = ("uvicorn", "uvloop", "httptools", "websockets")


def _on_node(package: str, file: str) -> Callable[[Scratch, Ports], Start]:
    def prepare(scratch: Scratch, ports: Ports) -> Start:
        home, version = scratch.node(file, package)
        # Where a program lies decides which node_modules it finds.
        program = shutil.copy(_SERVERS / f"{file}.js", home)
        environment = {"PORT": str(ports.live), "NODE_ENV": "production"}
        return Start(["node", str(program)], version, environment)

    return prepare


def _uws(scratch: Scratch, ports: Ports) -> Start:
    start = _on_node("@btc-vision/uwebsockets.js", "uws")(scratch, ports)
    if libc.has(_GLIBC_OF_UWS):
        return start
    loaded, version = libc.newer(scratch)
    command = [*loaded, node_program(), *start.command[1:]]
    return start._replace(command=command, version=f"{start.version}, glibc {version}")


def _on_uvicorn(file: str, *packages: str, **environment: str) -> Callable[[Scratch, Ports], Start]:
    def prepare(scratch: Scratch, ports: Ports) -> Start:
        python, version = scratch.python(file, [*packages, *_UVICORN])
        command = [str(python), "-m", "uvicorn", f"{file}:app", "--app-dir", str(_SERVERS)]
        options = ["--port", str(ports.live), "--no-access-log", "--log-level", "warning"]
        sockets = ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
        return Start([*command, *options, *sockets], version, environment)

    return prepare


def _websockets(scratch: Scratch, ports: Ports) -> Start:
    python, version = scratch.python("websockets_broadcast", ["websockets", "uvloop"])
    return Start(
        [str(python), str(_SERVERS / "websockets_broadcast.py")],
        version,
        {"PORT": str(ports.live), "PUBLISH_PORT": str(ports.publish)},
        has_publish_port=True,
    )


def _socketify(scratch: Scratch, ports: Ports) -> Start:
    python, version = scratch.python("socketify", ["socketify"])
    environment = {"PORT": str(ports.live)}
    return Start([str(python), str(_SERVERS / "uws_socketify.py")], version, environment)


def _nchan(scratch: Scratch, ports: Ports) -> Start:
    home, version = scratch.debian("nchan", ["nginx", "libnginx-mod-nchan"])
    written = (_SERVERS / "nchan.conf").read_text()
    for word, value in (("HERE", home), ("PORT", ports.live)):
        written = written.replace(word, str(value))
    (home / "nchan.conf").write_text(written)
    nginx = [str(home / "root/usr/sbin/nginx"), "-p", str(home), "-e", str(home / "error.log")]
    return Start([*_OWN_VAR_LIB, *nginx, "-c", str(home / "nchan.conf")], version)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("uws", "uWebSockets.js", _uws, takes_bursts=True),
        Peer("socketify", "uWebSockets, by socketify", _socketify, takes_bursts=True),
        Peer("nchan", "Nchan", _nchan),
        Peer("nchan-events", "Nchan, events", _nchan, Dialect(speaks="events", path="/events")),
        Peer("ws", "ws", _on_node("ws", "ws"), takes_bursts=True),
        Peer("websockets", "websockets.broadcast", _websockets, takes_bursts=True),
        Peer(
            "socketio",
            "Socket.IO",
            _on_node("socket.io", "socketio"),
            Dialect(path="/socket.io/?EIO=4&transport=websocket", hello="40", ready="40{"),
            takes_bursts=True,
        ),
        Peer(
            "starlette",
            "Starlette, broadcaster",
            _on_uvicorn("starlette_broadcaster", "broadcaster", "starlette"),
            rate=20,
        ),
        Peer(
            "channels-pubsub",
            "Django Channels, pub/sub layer",
            _on_uvicorn(
                "django_channels",
                *("channels", "channels_redis", "django"),
                LAYER="channels_redis.pubsub.RedisPubSubChannelLayer",
            ),
            rate=2,
        ),
        Peer(
            "channels",
            "Django Channels, Redis layer",
            _on_uvicorn(
                "django_channels",
                *("channels", "channels_redis", "django"),
                LAYER="channels_redis.core.RedisChannelLayer",
            ),
            rate=1,
        ),
        Peer("centrifugo", "Centrifugo", centrifugo.prepare, centrifugo.DIALECT),
        Peer("mercure", "Mercure", mercure.prepare, mercure.dialect()),
    )
}
