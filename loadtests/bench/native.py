"""The C programs beside this file, compiled when they are needed."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp


class NoCompiler(Exception):
    """A C compiler (cc, gcc or clang) is needed: the readers are a C program."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@cache
def program(name: str) -> Path:
    """The program of ``name``.c. Raises NoCompiler."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise NoCompiler
    target = Path(mkdtemp(prefix="headrace-bench-")) / name
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run([compiler, "-O2", "-o", target, source], check=True)
    return target
