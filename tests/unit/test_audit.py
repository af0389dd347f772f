"""The audit of dependencies: nothing that was not checked passes for checked."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

PATH = Path(__file__).parents[2] / ".ci" / "audit.py"
SOUND = {"name": "starlette", "version": "1.10", "vulns": []}
FLAW = {"id": "GHSA-1", "fix_versions": ["1.11"]}
SKIPPED = {"name": "httpx2", "skip_reason": "httpx2 is not there"}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "found", "unchecked"),
    [
        ([SOUND], 0, 0),
        ([SOUND, SOUND | {"vulns": [FLAW, FLAW]}], 2, 0),
        ([SOUND | {"vulns": [FLAW]}, SKIPPED], 1, 1),
        ([SKIPPED, SKIPPED], 0, 1),
        ([], 0, 1),
    ],
)
def test_what_the_index_has_no_advisories_for_was_not_checked(
    audit: ModuleType, packages: list[dict[str, Any]], found: int, unchecked: int
) -> None:
    outcome = audit.advisories_of_pypi({"dependencies": packages})
    assert (len(outcome.found), len(outcome.unchecked)) == (found, unchecked)


def test_a_registry_that_refuses_has_not_checked(audit: ModuleType) -> None:
    away = {"message": "SSLError: certificate verify failed"}
    for asked in (audit.advisories_of_pypi, audit.withdrawn_from_pypi):
        assert asked(away).found == ()
        assert "certificate verify failed" in asked(away).unchecked[0]
    refused = audit.advisories_of_npm({"message": "405 Method Not Allowed", "statusCode": 405})
    assert refused.unchecked == ("npm: 405 Method Not Allowed",)
    assert audit.advisories_of_npm({"vulnerabilities": {}}) == audit.Outcome()
    row = {"name": "vite", "range": "<8.1", "severity": "high"}
    assert audit.advisories_of_npm({"vulnerabilities": {"vite": row}}).found == ("vite <8.1: high",)


def test_what_was_withdrawn_is_found_without_advisories(audit: ModuleType) -> None:
    rows = [
        {"metadata": {"name": "a", "version": "1"}, "is_yanked": True},
        {"metadata": {"name": "b", "version": "2"}, "is_yanked": False},
    ]
    assert audit.withdrawn_from_pypi({"install": rows}).found == ("a 1 was withdrawn from PyPI",)
    lock = {"packages": {"": {}, "node_modules/c": {"deprecated": "use d"}}}
    assert audit.withdrawn_from_npm(lock).found == ("node_modules/c is deprecated: use d",)


@pytest.mark.parametrize(
    ("found", "unchecked", "required", "status", "line"),
    [
        ((), (), False, 0, "no known vulnerabilities"),
        (("x",), (), False, 1, "VULNERABLE  x"),
        ((), ("y",), False, 0, "NOT CHECKED  y"),
        ((), ("y",), True, 1, "NOT CHECKED  y"),
        (("x",), ("y",), False, 1, "NOT CHECKED  y"),
    ],
)
def test_what_is_found_fails_and_what_is_not_checked_is_said(
    audit: ModuleType,
    found: tuple[str, ...],
    unchecked: tuple[str, ...],
    required: bool,
    status: int,
    line: str,
) -> None:
    outcomes = [audit.Outcome(found, unchecked)]
    exit_status, lines = audit.verdict(outcomes, required=required)
    assert exit_status == status
    assert line in lines
