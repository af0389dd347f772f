"""``python -m loadtests.locust COMMAND``: one command for each kind of load.

setup       make the people, groups and tokens on a Headrace, which may be running
steady      so many users for so long
day         a working day, in minutes
storm       everybody at once, cut off again and again
capacity    more users step by step, until the machine carries no more

What follows the command's own options goes to Locust, such as ``--processes -1``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from headrace.cli.runtime import opened
from headrace.settings import Settings
from loadtests.locust import talk
from loadtests.locust.cast import CAST
from loadtests.locust.population import plan, populate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.locust.cast import Cast

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_RESULTS = _HERE.parent / "results"
#: What each kind of load is run with unless told otherwise.
_DEFAULTS = {
    "steady": ("--users", "100", "--spawn-rate", "50", "--run-time", "60s"),
    "day": ("--users", "300"),
    "storm": ("--users", "300", "--storm-every", "15"),
    "capacity": ("--users", "1000000"),  # Locust would take nothing for one
}


def main(arguments: Sequence[str]) -> int:
    """Run a command; answers its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.locust",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["setup", *_DEFAULTS])
    options, rest = parser.parse_known_args(arguments)
    if options.command == "setup":
        return _set_up(rest)
    return load(options.command, rest)


def load(kind: str, rest: Sequence[str]) -> int:
    """Run Locust without its page, write its report; answers its exit code, 1 if it failed."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    report = _RESULTS / f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.html"
    defaults = ("--headless", "--only-summary", "--html", str(report), "--host", _HOST)
    files = [_HERE / "files" / "users.py"]
    if kind != "steady":
        files.append(_HERE / "files" / f"{kind}.py")
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "server"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "--locustfile", ",".join(map(str, files))),
            *(*defaults, *_DEFAULTS[kind], *rest),
        ],
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    )
    if report.exists():
        print(f"Report: {report}")
    return done.returncode


_HOST = "http://127.0.0.1:8080"


def _set_up(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.locust setup")
    parser.add_argument("--data", help="the data directory of a `headrace up`")
    parser.add_argument("--database-url", help="or its PostgreSQL …")
    parser.add_argument("--redis-url", help="… and its Redis")
    parser.add_argument("--trace", type=Path, help="a trace (csv.gz); default: the real year")
    parser.add_argument("--people", type=int, help="people at most; default: all of the trace")
    parser.add_argument("--cast", type=Path, default=CAST, help="the file to write")
    options = parser.parse_args(arguments)
    settings = Settings.load(
        os.environ,
        data=options.data,
        database_url=options.database_url,
        redis_url=options.redis_url,
    )
    began = time.monotonic()
    cast = asyncio.run(_made(settings, options.trace, options.people))
    cast.save(options.cast)
    seats = sum(len(player.groups) for player in cast.people)
    print(
        f"{len(cast.people):,} people, {len(cast.groups)} groups, {seats:,} memberships "
        f"in {time.monotonic() - began:.1f} s: {options.cast}"
    )
    return 0


async def _made(settings: Settings, trace: Path | None, people: int | None) -> Cast:
    planned = plan(talk.messages(trace), people)
    async with opened(settings) as runtime:
        return await populate(runtime, planned)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
