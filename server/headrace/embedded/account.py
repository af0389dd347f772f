"""Whom PostgreSQL runs as. It refuses root; so under root it gets a system user of its own."""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

SYSTEM_USER = "headrace"


class Account(NamedTuple):
    """A user and their group, by id."""

    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        """What subprocess needs to become this account; nothing unless we are root."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Make this account the owner; nothing happens unless we are root."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def reach(self, path: Path) -> None:
        """Let this account pass, but not read, the directories above ``path``; if we are root."""
        if os.geteuid() != 0:
            return
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                logger.warning("chmod o+x %s: PostgreSQL, not being root, passes there", folder)
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)

    def read(self, tree: Path) -> None:
        """Let this account read a program's files, installed by a root with a strict umask."""
        if os.geteuid() != 0 or tree.stat().st_mode & stat.S_IROTH:
            return
        for path in (tree, *tree.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def account_for(directory: Path) -> Account:
    """Ourselves; under root the owner of PostgreSQL's directory, or the system user."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if directory.exists() and (owner := directory.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _system_account()


def _system_account() -> Account:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _add_system_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_uid, entry.pw_gid)


def _add_system_user() -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and there is no useradd to add a user "
            f"{SYSTEM_USER!r} for it. Start Headrace as an ordinary user."
        )
    command = [program, "--system", "--user-group", "--no-create-home", SYSTEM_USER]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and adding a user {SYSTEM_USER!r} for it failed: "
            f"{done.stderr.strip()}"
        )
