"""Builds the web client into server/headrace/static before a wheel of Headrace is made.

Nothing is built where the client there is of these very sources already: pip makes the wheel
twice (once for its metadata), and an editable install should be quick.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What Vite asks for (web/package.json, "engines").
NODE = (20, 19)


class WebClientHook(BuildHookInterface[Any]):
    """``npm ci && npm run build`` in web/."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects the wheel's files."""
        web = Path(self.root) / "web"
        static = Path(self.root) / "server" / "headrace" / "static"
        built_from = static / ".sources"
        wanted = fingerprint(web)
        if built_from.exists() and built_from.read_text() == wanted:
            return
        check_node()
        self.app.display_info("Building the web client")
        environment = os.environ | {"HEADRACE_WEB_OUT": str(static), "NO_COLOR": "1"}
        for command in ("ci", "--no-audit", "--no-fund"), ("run", "build"):
            npm(web, environment, *command)
        built_from.write_text(wanted)


def fingerprint(web: Path) -> str:
    """A digest of the client's sources, names included."""
    digest = hashlib.sha256()
    for path in sorted(sources(web)):
        digest.update(f"{path.relative_to(web)} {path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """The files below a folder; neither hidden ones nor those of installed packages."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == "node_modules":
            continue
        if path.is_dir():
            yield from sources(path)
        else:
            yield path


def check_node() -> None:
    """End the build with a sentence where Node is missing or too old."""
    wanted = ".".join(map(str, NODE))
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise SystemExit(
            f"Headrace's web client is built with Node {wanted} or newer and npm: "
            "install them, then try again."
        )
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    found = tuple(int(part) for part in done.stdout.strip().lstrip("v").split(".")[:2])
    if found < NODE:
        raise SystemExit(
            f"Headrace's web client is built with Node {wanted} or newer, "
            f"but {node} is {done.stdout.strip()}."
        )


def npm(web: Path, environment: dict[str, str], *arguments: str) -> None:
    """Run npm; what it said is printed if it fails."""
    done = subprocess.run(
        ["npm", *arguments],
        cwd=web,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} failed in {web}:\n{done.stdout}")
