"""A directory for what registries hold: kept between runs, never part of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCRATCH = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "headrace-peers"
_MARK = "installed"
_MIRROR = "http://deb.debian.org/debian"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_APT = """\
Dir::Etc::SourceList "{sources}";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "{state}";
Dir::State::status "/dev/null";
Dir::Cache "{state}/cache";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


class CannotInstall(Exception):
    """A registry or its client is not to be had, or does not have the package."""


class Scratch:
    """Installs once for each name; the presence of a file says that it was done to the end."""

    def __init__(self, directory: Path, binaries: Mapping[str, Path] | None = None) -> None:
        """``binaries``: programs by name, of peers that no registry has."""
        self.directory = directory
        self._binaries = binaries or {}

    def binary(self, name: str) -> tuple[Path, str]:
        """The program that was given under this name, or is on the path; and its version."""
        found = self._binaries.get(name) or shutil.which(name)
        if found is None:
            raise CannotInstall(
                f"it is in none of the registries used here; give its binary (--binary {name}=FILE)"
                " or start it yourself and describe it (--external FILE)"
            )
        return Path(found), _run([str(found), "version"]).strip()

    def python(self, name: str, packages: Sequence[str]) -> tuple[Path, str]:
        """An interpreter that has these packages, and the first one's version."""
        home = self.directory / name
        interpreter = home / "bin/python"
        if not (home / _MARK).exists():
            shutil.rmtree(home, ignore_errors=True)
            venv.create(home, with_pip=True)
            _run([str(interpreter), "-m", "pip", "install", "--quiet", *packages])
            (home / _MARK).touch()
        package = packages[0].partition("[")[0]
        asked = f"import importlib.metadata as m; print(m.version({package!r}))"
        return interpreter, _run([str(interpreter), "-c", asked]).strip()

    def node(self, name: str, package: str) -> tuple[Path, str]:
        """A directory whose node_modules have the package, and its version."""
        home = self.directory / name
        if not (home / _MARK).exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            _run(["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(home), package])
            (home / _MARK).touch()
        described = json.loads((home / "node_modules" / package / "package.json").read_text())
        return home, str(described["version"])

    def debian(self, name: str, packages: Sequence[str], release: str = "") -> tuple[Path, str]:
        """A directory in whose ``root`` the packages are unpacked, and the last one's version.

        They are those of the system's own release, unless another of Debian's is named.
        """
        home = self.directory / name
        if not (home / _MARK).exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            _run([*_apt(release, home / "apt"), "download", *packages], cwd=home)
            for file in home.glob("*.deb"):
                _run(["dpkg", "-x", str(file), str(home / "root")])
            (home / _MARK).touch()
        (last,) = home.glob(f"{packages[-1]}_*.deb")
        return home, last.name.split("_")[1].replace("%3a", ":")


def node_program() -> str:
    """Where Node's own binary is, whatever stands for it on the path. Raises CannotInstall."""
    return _run(["node", "-p", "process.execPath"]).strip()


def _apt(release: str, state: Path) -> Sequence[str]:
    """apt-get as it is here; or, if a release is named, one that knows that release alone and
    keeps in ``state`` what it knows: the system's own lists stay as they are."""
    if not release:
        return ["apt-get"]
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True)
    sources = state / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYS}] {_MIRROR} {release} main\n")
    configuration = state / "apt.conf"
    configuration.write_text(_APT.format(sources=sources, state=state))
    command = ["apt-get", "-c", str(configuration)]
    _run([*command, "update"])
    return command


def _run(command: Sequence[str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotInstall(f"{command[0]} cannot be run here: {error.strerror}") from error
    if done.returncode:
        raise CannotInstall(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout
