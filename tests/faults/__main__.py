"""``python -m tests.faults [WORD...]``: break what can be broken, and say what held.

With words only those faults whose sentence has one of them. Ends with 1 if something fell short.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
#: Our report instead of pytest's; the rest as in pyproject.toml.
OPTIONS = (
    f"--rootdir={ROOT}",
    f"--config-file={ROOT / 'pyproject.toml'}",
    "--override-ini=addopts=--import-mode=importlib",
    *("-p", "no:terminal", "-p", "no:valkey", "-p", "no:locust"),
)
#: Files and single tests, each with what is done to the system in it.
PARTS = {
    "tests/scenario/test_faults.py": "Engines and nodes fail",
    "tests/scenario/test_live.py::test_a_node_killed_in_mid_traffic_costs_nobody_anything": (
        "Engines and nodes fail"
    ),
    "tests/scenario/test_presence.py::test_the_people_of_a_node_that_died_vanish": (
        "Engines and nodes fail"
    ),
    "tests/scenario/test_lies.py": "What looks well and is not",
    "tests/scenario/test_cluster.py": "A cluster as the bus",
    "tests/integration/test_epoch.py": "A backup is put back",
    "tests/scenario/test_restoring.py": "A backup is put back",
    "tests/scenario/test_delivery_cases.py": "What broke other servers",
    "tests/scenario/test_draining.py": "Nodes go down in order",
    "tests/scenario/test_crowding.py": "More come than fit",
}


def sentence(name: str) -> str:
    """What a test claims, in words."""
    claim, bracket, case = name.removeprefix("test_").partition("[")
    return claim.replace("_", " ") + (f" ({case.removesuffix(']')})" if bracket else "")


class Report:
    """A pytest plugin that says, claim by claim, whether it held."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word.lower() for word in words]
        self._part = ""
        self._why: dict[str, str] = {}
        self.held = 0
        self.short: list[tuple[str, str]] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what was asked for."""
        items[:] = [
            item
            for item in items
            if not self._words or any(word in sentence(item.name).lower() for word in self._words)
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what went wrong, in whatever phase; say how it came out after the last."""
        if report.failed:
            self._why.setdefault(report.nodeid, _why(report))
        if report.when == "teardown":
            self._tell(report)

    def _tell(self, report: pytest.TestReport) -> None:
        file, _, name = report.nodeid.partition("::")
        part = PARTS.get(report.nodeid) or PARTS[file]
        if part != self._part:
            self._part = part
            say(f"\n{self._part}")
        why = self._why.get(report.nodeid)
        if why is None:
            self.held += 1
        else:
            self.short.append((sentence(name), why))
        say(f"  {'held      ' if why is None else 'FELL SHORT'}  {sentence(name)}")


def _why(report: pytest.TestReport) -> str:
    """The last line of the error that tells of it."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(report.longrepr) if crash is None else str(crash.message)
    return text.strip().splitlines()[0]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD")
    began, report = time.monotonic(), Report(parser.parse_args(arguments).words)
    say("Breaking what can be broken; this takes some minutes.")
    code = pytest.main([*OPTIONS, *(str(ROOT / part) for part in PARTS)], plugins=[report])
    minutes = (time.monotonic() - began) / 60
    say(f"\n{report.held} of {report.held + len(report.short)} held, in {minutes:.1f} minutes.")
    for claim, why in report.short:
        say(f"\nFell short: {claim}.\n  {why}")
    if not report.held and not report.short:
        say("Nothing was tried: no claim has that word, or the tests cannot be collected.")
    return int(code != pytest.ExitCode.OK)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
