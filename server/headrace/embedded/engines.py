"""Both engines of a data directory, for as long as this process needs them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Self

from headrace.embedded.directory import Directory
from headrace.embedded.imprint import Imprint
from headrace.embedded.keeper import Engine
from headrace.embedded.postgres import Postgres
from headrace.embedded.valkey import Valkey
from headrace.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


class Engines:
    """Engines in use. As a context manager it leaves them at the end.

    ``database_url`` is for asyncpg, ``redis_url`` for redis-py; the latter answers while
    `headrace up` runs on this directory. ``imprint`` tells the directory from its copies.
    """

    def __init__(self, directory: Directory, *, bus: bool) -> None:
        self._directory = directory
        self.imprint = Imprint(directory.root)
        self._valkey = Valkey(directory.root / "valkey")
        self._up = directory.up_lock()
        self._users = directory.users_lock()
        self._watch: Watch | None = None
        self.redis_url = self._valkey.url
        try:
            with directory.gate():
                self._start(bus=bus)
        except BaseException:
            self.close()
            raise

    def _start(self, *, bus: bool) -> None:
        if bus:
            self._claim()
            self._valkey.start()
        self._watch = Watch(self._directory, self._valkey)
        self._users.share()
        self._postgres = Postgres(self._directory.root / "postgres")
        self.database_url = self._postgres.start()

    def _claim(self) -> None:
        if not self._up.try_take():
            raise ConfigurationError(
                f"data: `headrace up` runs on {self._directory.root} already. "
                "Stop it, or give another directory with --data."
            )

    def kept(self) -> tuple[Engine, Engine]:
        """Both, for `headrace up` to keep running: on the same addresses, whoever starts them."""
        return (
            Engine("PostgreSQL", self._postgres.runs, self._revive_postgres),
            Engine("Valkey", self._valkey.runs, self._revive_valkey),
        )

    def _revive_postgres(self) -> None:
        with self._directory.gate():
            self._postgres.revive()

    def _revive_valkey(self) -> None:
        with self._directory.gate():
            self._valkey.start()
            former, self._watch = self._watch, Watch(self._directory, self._valkey)
        if former is not None:
            former.dismiss()

    def has_up(self) -> bool:
        """Whether `headrace up` runs on this directory."""
        with self._directory.gate(), self._directory.up_lock() as lock:
            return not lock.try_take()

    def close(self) -> None:
        """Leave the engines; those that nobody else uses are stopped."""
        with self._directory.gate():
            self._up.close()
            self._users.close()
            stop_unused(self._directory, self._valkey)
        if self._watch is not None:
            self._watch.dismiss()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Watch:
    """A shell that waits for our end and, should it come without notice, sweeps up after us.

    It ends our Valkey by its pid, so that none is left where the directory went with us.
    """

    SCRIPT = 'read -r _ && exit; test -z "$1" || kill "$1"; shift; exec "$@"'

    def __init__(self, directory: Directory, valkey: Valkey) -> None:
        sweep = [sys.executable, "-m", "headrace.embedded", str(directory.root)]
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", self.SCRIPT, "headrace", str(valkey.pid or ""), *sweep],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """There is nothing to sweep up."""
        self._process.communicate(b"\n")


def stop_unused(directory: Directory, valkey: Valkey) -> None:
    """Stop what no process uses. Called behind the gate."""
    with directory.up_lock() as up:
        if up.try_take():
            valkey.stop()
    with directory.users_lock() as users:
        if users.try_take():
            Postgres(directory.root / "postgres").stop()


def start_engines(data: Path, *, bus: bool) -> Engines:
    """PostgreSQL, and Valkey with ``bus``, in the directory ``data``; both run on return.

    ``bus`` is for `headrace up`. Raises ConfigurationError or NewerData.
    """
    return Engines(Directory(data), bus=bus)
