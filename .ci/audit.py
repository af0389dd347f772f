"""Known vulnerabilities in what we depend on: PyPI's advisories by pip-audit, npm's by npm audit.

Where an index gives packages and no advisories, as mirrors do, it says loudly that nothing was
checked, and checks what an index always tells: whether a locked release was withdrawn. The exit
status is 1 for anything found, and with HEADRACE_AUDIT=required for anything not checked, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
LOCK = "requirements.lock"


class Outcome(NamedTuple):
    """What was found, and what could not be checked; both in sentences."""

    found: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def advisories_of_pypi(report: dict[str, Any]) -> Outcome:
    """From the JSON report of pip-audit. It skips what the index has no advisories for: all of
    it at an index that has none, which is no success; one of many is a gap."""
    if "dependencies" not in report:
        return Outcome(unchecked=(f"PyPI: {report['message']}",))
    packages = report["dependencies"]
    skipped = [row for row in packages if "skip_reason" in row]
    found = [
        f"{row['name']} {row['version']}: {flaw['id']}, mended in {flaw['fix_versions'] or 'none'}"
        for row in packages
        for flaw in row.get("vulns", ())
    ]
    if not packages or len(skipped) == len(packages):
        return Outcome(unchecked=("PyPI: this index gives no advisories",))
    return Outcome(tuple(found), tuple(f"PyPI: {row['skip_reason']}" for row in skipped))


def advisories_of_npm(report: dict[str, Any]) -> Outcome:
    """From the JSON report of npm audit; a refusal by the registry has no vulnerabilities in it,
    not even none."""
    if "vulnerabilities" not in report:
        return Outcome(unchecked=(f"npm: {report.get('message', 'the registry does not answer')}",))
    found = report["vulnerabilities"].values()
    return Outcome(tuple(f"{row['name']} {row['range']}: {row['severity']}" for row in found))


def withdrawn_from_pypi(report: dict[str, Any]) -> Outcome:
    """From pip's installation report: releases that were yanked (PEP 592)."""
    if "install" not in report:
        return Outcome(unchecked=(f"PyPI, what was withdrawn: {report['message']}",))
    rows = [row for row in report["install"] if row.get("is_yanked")]
    names = [f"{row['metadata']['name']} {row['metadata']['version']}" for row in rows]
    return Outcome(tuple(f"{name} was withdrawn from PyPI" for name in names))


def withdrawn_from_npm(lock: dict[str, Any]) -> Outcome:
    """From package-lock.json: releases that were deprecated."""
    rows = [
        (name, row["deprecated"]) for name, row in lock["packages"].items() if "deprecated" in row
    ]
    return Outcome(tuple(f"{name} is deprecated: {reason}" for name, reason in rows))


def verdict(outcomes: list[Outcome], *, required: bool) -> tuple[int, list[str]]:
    """The exit status, and the lines to print."""
    found = [line for outcome in outcomes for line in outcome.found]
    unchecked = [line for outcome in outcomes for line in outcome.unchecked]
    lines = [f"VULNERABLE  {line}" for line in found]
    lines += [f"NOT CHECKED  {line}" for line in unchecked]
    lines += [] if lines else ["no known vulnerabilities"]
    return int(bool(found or (required and unchecked))), lines


def _json(*command: str, directory: Path = ROOT) -> Any:
    """What a command prints; these exit with 1 for a finding, which is no failure of theirs.

    Where they fail, for want of an index or of trust in its certificate: why.
    """
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return {"message": (done.stderr.strip().splitlines() or ["no answer"])[-1]}


def main() -> int:
    python = (sys.executable, "-m")
    audit = ("pip_audit", "-r", LOCK, "--disable-pip", "--no-deps", "-f", "json")
    report = ("pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "-q")
    lock = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))
    outcomes = [
        advisories_of_pypi(_json(*python, *audit)),
        advisories_of_npm(_json("npm", "audit", "--json", directory=ROOT / "web")),
        withdrawn_from_pypi(_json(*python, *report, "-r", LOCK, "--report", "-")),
        withdrawn_from_npm(lock),
    ]
    status, lines = verdict(outcomes, required=os.environ.get("HEADRACE_AUDIT") == "required")
    sys.stdout.write("\n".join(lines) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
