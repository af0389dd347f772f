"""A newer C library than the system's, beside it, for programs built against one."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loadtests.peers.scratch import Scratch

#: Debian 13: glibc 2.41. The C library comes last, as its version is told.
_RELEASE = "trixie"
_PACKAGES = ("libgcc-s1", "libstdc++6", "libc6")


def has(wanted: tuple[int, int]) -> bool:
    """Whether the system's own glibc is at least of this version."""
    name, version = platform.libc_ver()
    if name != "glibc":
        return False
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) >= wanted


def newer(scratch: Scratch) -> tuple[Sequence[str], str]:
    """What comes before the path of a program so that it runs with Debian's newer glibc, and
    that one's version. Raises CannotInstall."""
    home, version = scratch.debian("glibc", _PACKAGES, _RELEASE)
    (libraries,) = (home / "root/usr/lib").glob("*-linux-gnu")
    (loader,) = libraries.glob("ld-linux-*")
    return [str(loader), "--library-path", str(libraries)], version
