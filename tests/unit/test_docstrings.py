"""What a package's docstring says of its files is so, and is said of all of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: A file or a folder as a docstring names it, not one of another package.
_NAME = re.compile(r"(?<![/\w])([a-z_]+\.py\b|[a-z_]+/(?= ))")
_UNSAID = {"__init__.py", "__main__.py"}


def said(package: Path) -> set[str]:
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    return set(_NAME.findall(docstring))


def there(package: Path) -> set[str]:
    files = {file.name for file in package.glob("*.py")}
    return files | {f"{each.parent.name}/" for each in package.glob("*/__init__.py")}


def packages() -> list[Path]:
    """Those that say what is in them."""
    found = [
        path.parent for top in ("server", "loadtests") for path in (ROOT / top).rglob("__init__.py")
    ]
    return sorted(package for package in found if said(package))


@pytest.mark.parametrize("package", packages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_names_its_files_and_no_others(package: Path) -> None:
    assert there(package) - said(package) - _UNSAID == set(), "nothing is said of these"
    assert {name for name in said(package) if not (package / name).exists()} == set()


def test_the_packages_that_matter_say_what_is_in_them() -> None:
    names = {package.name for package in packages()}
    assert {"headrace", "api", "auth", "live", "log", "publishing", "bench"} <= names
