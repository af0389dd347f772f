"""``python -m tests.mutation [NAME...]``: which mutants do the tests kill?

The work tree is never touched: source and tests are copied to a scratch directory first. Ends
with 1 if a mutant survives, or if the tests fail without any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutation.mutants import MUTANTS, SOURCE, Mutant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds; who makes the tests hang is noticed too
FAILED = 1  # pytest: tests ran, and some failed


class Scratch:
    """A copy of source and tests, to do harm in."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        ignored = shutil.ignore_patterns("__pycache__", "static", ".hypothesis")
        for name in ("server", "tests"):
            shutil.copytree(ROOT / name, directory / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", directory)

    def verdict(self, mutant: Mutant) -> str:
        """What becomes of a mutant: killed, hanging or survived."""
        path = self.directory / SOURCE / mutant.file
        source = path.read_text()
        path.write_text(mutant.applied(source))
        try:
            code = self.run(mutant.tests)
        except subprocess.TimeoutExpired:
            return "killed (it hangs)"
        finally:
            path.write_text(source)
        if code not in (0, FAILED):
            raise SystemExit(f"{mutant.name}: pytest ended with {code}")
        return "killed" if code else "SURVIVED"

    def run(self, tests: Sequence[str]) -> int:
        """Run tests until the first failure; answers pytest's exit code."""
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        environment = os.environ | {"PYTHONPATH": str(self.directory / "server")}
        process = subprocess.run(
            [*command, "-p", "tests.mutation.profile", *tests],
            cwd=self.directory,
            env=environment,
            timeout=PATIENCE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.output = process.stdout.decode()
        return process.returncode


def chosen(names: Sequence[str]) -> list[Mutant]:
    known = {mutant.name: mutant for mutant in MUTANTS}
    if unknown := set(names) - set(known):
        raise SystemExit(f"there is no mutant {', '.join(sorted(unknown))}")
    return [known[name] for name in names] or list(MUTANTS)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def check_soundness(scratch: Scratch, mutants: Iterable[Mutant]) -> None:
    """Tests that fail anyway kill nothing."""
    tests = list(dict.fromkeys(path for mutant in mutants for path in mutant.tests))
    if scratch.run(tests):
        raise SystemExit(f"without any mutant the tests fail:\n{scratch.output}")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="only say which mutants there are")
    options = parser.parse_args(arguments)
    mutants = chosen(options.names)
    if options.list:
        for mutant in mutants:
            say(f"{mutant.name} ({mutant.file}): {mutant.breaks}")
        return 0
    return hunt(mutants)


def hunt(mutants: Sequence[Mutant]) -> int:
    """Try the tests on each mutant; answers 1 if one survives."""
    began, survivors = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="headrace-mutants-") as directory:
        scratch = Scratch(Path(directory))
        check_soundness(scratch, mutants)
        for mutant in mutants:
            since = time.monotonic()
            verdict = scratch.verdict(mutant)
            say(f"{time.monotonic() - since:6.1f} s  {verdict:10}  {mutant.name}")
            if verdict == "SURVIVED":
                survivors.append(mutant)
    for mutant in survivors:
        say(f"\nsurvived: {mutant.name} ({mutant.file}): {mutant.breaks}")
    killed = len(mutants) - len(survivors)
    say(f"{killed} of {len(mutants)} killed in {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
